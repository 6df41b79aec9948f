"""An object store on a stage, with the arguments that its tests share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from component_stage import ONE, SOURCES, THREE, perform

from components.cluster.objectstore import Minio, ObjectStore, ObjectStoreArgs, SeaweedFs, SeaweedFsSize
from components.contracts import IssuerRef, PlacedIn
from components.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from component_stage import Stage
    from recorder import Recording

Object: TypeAlias = dict[str, Any]
Mutation: TypeAlias = "Callable[[Object], None]"

FOUR = Workload(replicas=4, cpu_milli=500, memory_mi=2048)
SMALL = SeaweedFs(size=SeaweedFsSize(master=ONE, volume=ONE, filer=ONE, gateway=ONE))
BIG = SeaweedFs(size=SeaweedFsSize(master=THREE, volume=THREE, filer=THREE, gateway=THREE))
MINIO = Minio(
    image="registry.acme.example/mirror/minio:2025-10-15",
    client_image="registry.acme.example/mirror/mc:2025-08-13",
    size=FOUR,
)
ONE_MINIO = replace(MINIO, size=ONE)
ARGS = ObjectStoreArgs(
    sources=SOURCES,
    placed=PlacedIn(namespace="seldon-storage", ready=[]),
    engine=BIG,
    authority=IssuerRef(name="platform-authority", ready=[]),
    storage_gi=200,
    storage_class="fast",
    audit_retention_days=365,
)


def made(*, preview: bool = False, **changed: Any) -> tuple[Recording, ObjectStore]:
    """Record an object store with some arguments changed."""
    kept: list[ObjectStore] = []

    def make(stage: Stage) -> None:
        args = replace(
            replace(ARGS, **changed),
            placed=stage.place("seldon-storage"),
            authority=stage.issuer("platform-authority"),
            depends_on=[stage.prop("flows")],
        )
        kept.append(ObjectStore("object-store", args, stage.opts))

    return perform(make, preview=preview), kept[0]


def restricted(name: str, workload: Object) -> Iterator[str]:
    """Yield what a workload with data lacks of what all of them have."""
    pod = workload["spec"]["template"]["spec"]
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield f"{name}: the pod is not restricted"
    for container in pod["containers"]:
        wanted = {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
        if container.get("securityContext") != wanted:
            yield f"{name}: the container is not restricted"
        if "limits" not in container.get("resources", {}):
            yield f"{name}: the container has no limits"
    if any("hostPath" in volume for volume in pod["volumes"]):
        yield f"{name}: a volume of the node"
    if pod.get("priorityClassName") != "seldon-data":
        yield f"{name}: no priority"
    if "topologySpreadConstraints" not in pod or "podAntiAffinity" not in pod.get("affinity", {}):
        yield f"{name}: the pods are not spread"
    if any("emptyDir" in volume for volume in pod["volumes"] if volume["name"] != "tmp"):
        yield f"{name}: data would go with the pod"


def set_(path: str, value: object) -> Mutation:
    """Set a value at a path with slashes."""

    def change(tree: Object) -> None:
        *above, last = path.split("/")
        for key in above:
            tree = tree[key]
        tree[last] = value

    return change


def drop(path: str) -> Mutation:
    """Take away what is at a path with slashes."""

    def change(tree: Object) -> None:
        *above, last = path.split("/")
        for key in above:
            tree = tree[key]
        del tree[last]

    return change
