"""The audit trail on a stage, and the buckets of every kind that it is written to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
from component_stage import SOURCES, perform

from components.cluster.audit.args import AuditTrailArgs
from components.cluster.audit.component import AuditTrail
from components.contracts import (
    Addresses,
    Bucket,
    GivenAuthority,
    IssuerRef,
    PlacedIn,
    PlatformAuthority,
    Pods,
    PublicAuthorities,
    StaticKeys,
    WorkloadIdentity,
)
from components.workload import Workload

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

    from components.contracts import AuditEndpoint

HERE = "seldon-audit"
KEY_ID, KEY = "audit-writer", "planted-bucket-key"
IDENTITY = WorkloadIdentity(annotations={"cloud.acme.example/role": "audit-writer"})
AWS = Bucket(
    purpose="audit",
    name="acme-seldon-audit",
    endpoint="https://s3.eu-central-1.amazonaws.com",
    region="eu-central-1",
    provider="AWS",
    access=StaticKeys(access_key_id=KEY_ID, secret_access_key=KEY),
    trust=PublicAuthorities(),
    reached_at=Addresses(cidrs=["10.9.0.0/24"]),
    port=443,
    ready=[],
)
BUCKETS: dict[str, Bucket] = {
    "s3 with keys": AWS,
    "s3 with an identity": replace(AWS, access=IDENTITY),
    "s3 inside of a network": replace(AWS, endpoint="https://bucket.vpce-1.s3.eu-central-1.vpce.amazonaws.com"),
    "gcs": replace(AWS, provider="GCS", endpoint="https://storage.googleapis.com", access=IDENTITY),
    "another store": replace(AWS, provider="Other", endpoint="https://s3.acme.example:9000", port=9000),
    "another store with a given authority": replace(
        AWS, provider="Ceph", endpoint="https://s3.acme.example", trust=GivenAuthority(certificate="PEM of acme")
    ),
    "in the cluster": replace(
        AWS,
        name="seldon-audit",
        provider="SeaweedFS",
        endpoint="https://seaweedfs-s3.seldon-storage.svc.cluster.local:8333",
        trust=PlatformAuthority(issuer=IssuerRef(name="platform-authority", ready=[])),
        reached_at=Pods(namespace="seldon-storage", labels={"app.kubernetes.io/component": "s3"}),
        port=8333,
    ),
}
ARGS = AuditTrailArgs(
    sources=SOURCES,
    placed=PlacedIn(namespace=HERE, ready=[]),
    authority=IssuerRef(name="platform-authority", ready=[]),
    bucket=BUCKETS["in the cluster"],
    size=Workload(replicas=2, cpu_milli=500, memory_mi=1024),
    storage_gi=50,
    storage_class="encrypted",
)


def made(bucket: Bucket = ARGS.bucket, *, preview: bool = False, **changed: Any) -> tuple[Recording, AuditEndpoint]:
    """Record an audit trail with some arguments changed."""
    kept: list[AuditEndpoint] = []

    def make(stage: Stage) -> None:
        access = bucket.access
        if isinstance(access, StaticKeys):
            access = replace(access, secret_access_key=pulumi.Output.secret(access.secret_access_key))
        args = replace(
            replace(ARGS, **changed),
            bucket=replace(bucket, access=access, ready=[stage.prop("bucket")]),
            placed=stage.place(HERE),
            authority=stage.issuer("platform-authority"),
            depends_on=[stage.prop("flows")],
        )
        kept.append(AuditTrail("audit", args, stage.opts).endpoint)

    return perform(make, preview=preview), kept[0]
