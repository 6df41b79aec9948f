"""Every object of a recorded platform, and the pods among them: of the program, of its charts and of operators."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from netpol import Pod, Port
from operated import ALSO_LISTENING, MADE, NOT_YET, PODLESS
from recorder import unsecret
from rich.console import Console
from stand_ins import Helm, is_hook

from rehearsal.toolchain import ensure_tools

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from netpol import Object
    from recorder import Recording

    from components.contracts import Pods

CHART = "kubernetes:helm.sh/v4:Chart"
BUILT_IN = {"", "apps", "autoscaling", "batch", "policy"}
WORKLOADS = {"DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"}


class UnknownKindError(AssertionError):
    """A custom resource of a kind of which operated.py does not say what its operator makes."""


@cache
def _helm() -> Helm:
    return Helm(binary=ensure_tools(console=Console(stderr=True)).helm)


@cache
def _rendered(chart: str, release: str, namespace: str, values: str) -> list[Object]:
    rendered = [
        item
        for item in _helm()(chart, json.loads(values), namespace=namespace, release=release)
        if item["kind"] != "CustomResourceDefinition" and not is_hook(item)
    ]
    for item in rendered:
        item["metadata"].setdefault("namespace", namespace)
    return rendered


def _created(recording: Recording) -> Iterator[Object]:
    """Yield what the program creates, charts as what they render."""
    for resource in recording.resources:
        if resource.type == CHART:
            chart = str(resource.inputs["chart"]).rpartition("/")[2]
            values = json.dumps(resource.inputs.get("values", {}), sort_keys=True)
            yield from _rendered(chart, resource.object_name, str(resource.namespace), values)
        elif "apiVersion" in resource.inputs:
            yield unsecret(resource.inputs)


def group_of(item: Object) -> str:
    """Return the API group of an object; that of the core is empty."""
    return item["apiVersion"].rpartition("/")[0]


def _operated(objects: list[Object]) -> Iterator[Object]:
    for item in objects:
        kind = f"{group_of(item)}/{item['kind']}"
        if group_of(item) in BUILT_IN or group_of(item).endswith(".k8s.io") or kind in PODLESS:
            continue
        if kind not in MADE:
            raise UnknownKindError(f"{kind}: say in tests/unit/operated.py what its operator makes of it")
        yield from MADE[kind](item, objects)


def everything(recording: Recording) -> list[Object]:
    """Return all objects: created by the program, rendered by its charts, and made of them by operators.

    Raises:
        UnknownKindError: it is not known what an operator makes of a custom resource.
    """
    created = [*_created(recording)]
    return [*created, *_operated(created)]


def _template(item: Object) -> Object | None:
    """Return metadata and spec of the pods of an object; None when it makes none."""
    if item["kind"] == "Pod":
        return item
    if item["kind"] == "CronJob":
        return item["spec"]["jobTemplate"]["spec"]["template"]
    return item["spec"]["template"] if item["kind"] in WORKLOADS else None


def _labels(item: Object, template: Object) -> dict[str, str]:
    """Return the labels of a pod, with those that Kubernetes itself adds."""
    name = item["metadata"]["name"]
    added: dict[str, str] = {}
    if item["kind"] == "StatefulSet":
        added = {"statefulset.kubernetes.io/pod-name": f"{name}-0", "apps.kubernetes.io/pod-index": "0"}
    elif item["kind"] == "Job":
        added = {"job-name": name, "batch.kubernetes.io/job-name": name}
    return {**template.get("metadata", {}).get("labels", {}), **added}


def _ports(spec: Mapping[str, Any], labels: Mapping[str, str]) -> tuple[Port, ...]:
    containers: list[Object] = [*spec.get("initContainers", []), *spec["containers"]]
    declared: list[Port] = []
    for container in containers:
        ports: list[Object] = container.get("ports") or []
        declared += [Port(port["containerPort"], port.get("protocol", "TCP"), port.get("name", "")) for port in ports]
    silent = [Port(port) for label in labels.items() for port in ALSO_LISTENING.get(label, ())]
    return (*declared, *silent)


def _is_made(pods: Pods, made: list[tuple[Object, Mapping[str, str], Object]]) -> bool:
    """Say whether the program makes such pods in this stack."""
    there = [labels for metadata, labels, _ in made if metadata["namespace"] == pods.namespace]
    return any(pods.labels.items() <= labels.items() for labels in there)


@dataclass(frozen=True, eq=False)
class Workloads:
    """The objects of a platform, read as pods and Services."""

    objects: list[Object]

    def of(self, *kinds: str, group: str | None = None) -> list[Object]:
        """Return the objects of the named kinds, of one API group where the kinds alone are not clear."""
        return [item for item in self.objects if item["kind"] in kinds and group in (None, group_of(item))]

    @cached_property
    def specs(self) -> dict[Pod, Object]:
        """One pod of each workload, with an address of each family, and its spec; clients that come later have none."""
        found: list[tuple[Object, Mapping[str, str], Object]] = []
        for item in self.objects:
            template = _template(item)
            if template is not None:
                found.append((item["metadata"], _labels(item, template), template["spec"]))
        later = [pod for pod in NOT_YET if pod.namespace in self.namespaces and not _is_made(pod, found)]
        found += [({"name": "later", "namespace": pod.namespace}, pod.labels, {"containers": []}) for pod in later]
        return {
            Pod(
                name=metadata["name"],
                namespace=metadata["namespace"],
                labels=labels,
                ports=_ports(spec, labels),
                addresses=(ip_address(f"100.64.{index // 250}.{index % 250 + 1}"), ip_address(f"fd99::{index + 1:x}")),
                host_network=bool(spec.get("hostNetwork")),
            ): spec
            for index, (metadata, labels, spec) in enumerate(found)
        }

    @cached_property
    def pods(self) -> list[Pod]:
        """Every pod."""
        return [*self.specs]

    @cached_property
    def namespaces(self) -> dict[str, dict[str, str]]:
        """Labels of every namespace that the program makes."""
        return {item["metadata"]["name"]: item["metadata"].get("labels", {}) for item in self.of("Namespace")}

    @cached_property
    def policies(self) -> list[Object]:
        """Every NetworkPolicy, whoever makes it."""
        return self.of("NetworkPolicy")
