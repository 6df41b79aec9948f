"""An object store on a stage, with the arguments that its tests share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from component_stage import ONE, SOURCES, THREE, perform

from components.cluster.objectstore import Minio, ObjectStore, ObjectStoreArgs, SeaweedFs, SeaweedFsSize
from components.contracts import IssuerRef, PlacedIn
from components.workload import Workload

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

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
