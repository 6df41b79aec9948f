"""Puts Postgres on the stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pulumi
from component_stage import ONE, SOURCES, THREE, perform

from components.cluster.postgres.component import Postgres, PostgresArgs
from components.contracts import Bucket, GivenAuthority, PlatformAuthority, Pods, PublicAuthorities, StaticKeys

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

    from components.contracts import Trust, WorkloadIdentity
    from components.sources import Sources
    from components.workload import Workload

CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster"
SCHEDULE = "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup"
OBJECT_STORE = "kubernetes:barmancloud.cnpg.io/v1:ObjectStore"
PASSWORD = "random:index/randomPassword:RandomPassword"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"

STORE_KEY = "planted-store-key"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def bucket(
    stage: Stage | None = None,
    *,
    identity: WorkloadIdentity | None = None,
    trust: Trust | None = None,
    provider: Literal["AWS", "SeaweedFS"] = "SeaweedFS",
) -> Bucket:
    """Make a bucket for backups: on a stage with secret keys, or with an identity in place of keys."""
    key = pulumi.Output.secret(STORE_KEY) if stage else STORE_KEY
    return Bucket(
        purpose="backups",
        name="acme-backups",
        endpoint="https://store.acme.example:8333",
        region="eu-1",
        provider=provider,
        access=identity or StaticKeys(access_key_id="AKIA", secret_access_key=key),
        trust=trust or PublicAuthorities(),
        reached_at=Pods(namespace="objects", labels={"app": "store"}),
        port=8333,
        ready=[stage.prop("bucket")] if stage else [],
    )


def made(
    *,
    size: Workload = THREE,
    sources: Sources = SOURCES,
    trust: str = "platform",
    identity: WorkloadIdentity | None = None,
    protect: bool = True,
    preview: bool = False,
) -> tuple[Recording, Postgres]:
    """Record Postgres. `trust` is the store's: `platform`, `given` or `public`."""
    kept: list[Postgres] = []

    def trusted(stage: Stage) -> Trust:
        if trust == "platform":
            return PlatformAuthority(issuer=stage.issuer("store-issuer"))
        return GivenAuthority(certificate=PEM) if trust == "given" else PublicAuthorities()

    def make(stage: Stage) -> None:
        args = PostgresArgs(
            sources=sources,
            operator=stage.place("operators"),
            placed=stage.place("data"),
            authority=stage.issuer("own-issuer"),
            backups=bucket(stage, identity=identity, trust=trusted(stage)),
            backup_retention_days=30,
            size=size,
            operator_size=THREE if size.replicas > 1 else ONE,
            storage_gi=50,
            storage_class="fast",
            protect=protect,
            depends_on=[stage.prop("flows")],
        )
        kept.append(Postgres("postgres", args, stage.opts))

    return perform(make, preview=preview), kept[0]
