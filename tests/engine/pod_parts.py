"""What pods that operators make have in common, and what a quota counts of one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from kubernetes.utils.quantity import parse_quantity  # pyright: ignore[reportUnknownVariableType] (it has no types)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Object: TypeAlias = dict[str, Any]
Objects: TypeAlias = "Callable[[str], Sequence[Object]]"
"""Gives all objects of a kind, which is given as `<plural>.<group>`; none when the server does not know it."""


def quantity(amount: str | int) -> Decimal:
    """Read an amount as Kubernetes writes it."""
    return Decimal(parse_quantity(amount))


@dataclass(frozen=True, kw_only=True)
class Made:
    """Pods that are alike, made for one custom resource."""

    pod: Object
    count: int = 1
    """How many of them live at a time."""
    claims: Sequence[str] = ()
    """Sizes of the volumes that each claims."""


def containers_of(pod: Object) -> list[Object]:
    """Return all containers of a pod, those that run before or beside the others too."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def requested(pod: Object, resource: Literal["cpu", "memory"]) -> Decimal:
    """Return what a quota counts of a pod: what runs side by side, or the one before that which wants most.

    https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
    """

    def of(container: Object) -> Decimal:
        return quantity(container.get("resources", {}).get("requests", {}).get(resource, 0))

    beside, most = Decimal(), Decimal()
    for container in pod["spec"].get("initContainers", []):
        if container.get("restartPolicy") == "Always":
            beside += of(container)
            most = max(most, beside)
        else:
            most = max(most, beside + of(container))
    return max(most, beside + sum(map(of, pod["spec"]["containers"]), Decimal()))


def pod_of(owner: Object, name: str, spec: Mapping[str, Any]) -> Object:
    filled = {key: value for key, value in spec.items() if value is not None}
    metadata = {"name": name, "namespace": owner["metadata"]["namespace"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": filled}


def named(objects: Objects, kind: str, name: str) -> Object:
    (found,) = [each for each in objects(kind) if each["metadata"]["name"] == name]
    return found


def container_of(objects: Objects, deployment: str) -> Object:
    """Return the container of an operator."""
    (container,) = named(objects, "deployments.apps", deployment)["spec"]["template"]["spec"]["containers"]
    return container


def environment(objects: Objects, deployment: str) -> dict[str, str]:
    return {entry["name"]: entry.get("value", "") for entry in container_of(objects, deployment).get("env", [])}


def merged(base: Sequence[Object], over: Sequence[Object]) -> list[Object]:
    """Merge containers by name; what only one side has stays."""
    by_name = {container["name"]: container for container in over}
    names = {container["name"] for container in base}
    merged = [{**container, **by_name.get(container["name"], {})} for container in base]
    return [*merged, *(container for container in over if container["name"] not in names)]


def claim_sizes(templates: Sequence[Object]) -> list[str]:
    return [template["spec"]["resources"]["requests"]["storage"] for template in templates]
