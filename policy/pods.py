"""The pods that a resource leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.tree import items, mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.model import Resource
    from policy.tree import Tree

_WORKLOADS = ("DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet")


def kind(resource: Resource) -> str:
    """Return the last part of the type token of an object of the cluster, nothing for others."""
    return resource.type.rpartition(":")[2] if resource.type.startswith("kubernetes:") else ""


def pod_specs(resource: Resource) -> Iterator[Tree]:
    """Yield the spec of each pod template: of workloads, and of the custom resources that have whole templates."""
    spec, of_kind = resource.spec, kind(resource)
    if of_kind == "Pod":
        yield spec
    elif of_kind in _WORKLOADS:
        yield mapping(spec, "template", "spec")
    elif of_kind == "CronJob":
        yield mapping(spec, "jobTemplate", "spec", "template", "spec")
    elif of_kind == "Elasticsearch":
        yield from (mapping(node_set, "podTemplate", "spec") for node_set in items(spec, "nodeSets"))


def containers(spec: Tree) -> list[Tree]:
    """Return every container of a pod."""
    return [each for group in ("initContainers", "containers", "ephemeralContainers") for each in items(spec, group)]
