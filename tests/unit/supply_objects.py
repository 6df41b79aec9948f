"""The Kubernetes objects of whole stacks without an engine, as the engine would be asked for them."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platforms
import pulumi
from recorder import PROJECT, Recording, unsecret
from rich.console import Console
from stand_ins import Helm, is_hook

from rehearsal.stackfile import read_project
from rehearsal.toolchain import ensure_tools
from supply.objects import StackObject
from supply.stack import Stack, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from recorder import Recorded
    from stand_ins import Object

ROOT = Path(__file__).parents[2]
CHART = "kubernetes:helm.sh/v4:Chart"
EXAMPLES = ("enterprise-in-cluster",)
"""Examples of settings with the Enterprise Platform; here they have a mirror, too."""
NAMES = sorted(path.name.split(".")[1] for path in (ROOT / "stacks").glob("Pulumi.*.yaml"))


@cache
def stack(name: str) -> Stack:
    """Read a stack file of this project, or an example of settings."""
    if name not in EXAMPLES:
        return read(ROOT, name)
    config = copy.deepcopy(platforms.enterprise("in-cluster"))
    pull = {"username": "puller", "password": {"secret": "registryPassword"}}
    config[platforms.PLATFORM]["images"] = {"registry": "registry.acme.example", "pullSecret": pull}
    config[f"{PROJECT}:registryPassword"] = {"secure": "none"}
    return Stack(project=read_project(ROOT), name=name, config=config)


@cache
def objects(name: str) -> tuple[StackObject, ...]:
    """Return the objects of a stack."""
    return tuple(_objects(platforms.record_platform(stack(name).config)))


@cache
def upstream_objects(name: str) -> tuple[StackObject, ...]:
    """Return the objects of a stack whose mirror was taken out."""
    return tuple(_objects(platforms.record_platform(stack(name).without_mirror())))


def kube(kind: str, body: Mapping[str, Any], *, name: str = "shop", namespace: str = "acme") -> StackObject:
    """Make an object of a kind, given as `<apiVersion>/<kind>`."""
    api_version, _, last = kind.rpartition("/")
    named = {"apiVersion": api_version, "kind": last, "metadata": {"name": name, "namespace": namespace}}
    return StackObject(id=f"{kind}:{namespace}/{name}", body={**named, **body})


def _objects(recording: Recording) -> Iterator[StackObject]:
    for resource in recording.resources:
        if resource.type == CHART:
            yield from _rendered(resource)
        elif "apiVersion" in resource.inputs:
            yield StackObject(id=resource.urn, body=unsecret(resource.inputs))


def _rendered(chart: Recorded) -> Iterator[StackObject]:
    name = str(chart.inputs["chart"]).rpartition("/")[2]
    values = json.dumps(chart.inputs.get("values", {}), sort_keys=True)
    for item in _helm_output(name, chart.object_name, str(chart.namespace), values):
        if is_hook(item):
            continue
        item["metadata"].setdefault("namespace", chart.namespace)
        version = "core/v1" if item["apiVersion"] == "v1" else item["apiVersion"]
        props = item
        for transform in chart.transforms:
            arguments = pulumi.ResourceTransformArgs(
                custom=True,
                type_=f"kubernetes:{version}:{item['kind']}",
                name=item["metadata"]["name"],
                props=props,
                opts=pulumi.ResourceOptions(),
            )
            changed = transform(arguments)
            props = changed.props if changed else props
        place = f"{item['metadata']['namespace']}/{item['metadata']['name']}"
        yield StackObject(id=f"{chart.urn}:{version}:{item['kind']}:{place}", body=props, chart=name)


@cache
def _helm_output(chart: str, release: str, namespace: str, values: str) -> list[Object]:
    helm = Helm(binary=ensure_tools(console=Console(stderr=True)).helm)
    return helm(chart, json.loads(values), namespace=namespace, release=release)
