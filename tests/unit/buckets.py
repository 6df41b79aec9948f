"""A bucket of an object store in the cluster, and what its fields may be instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from components.contracts import (
    Bucket,
    GivenAuthority,
    IssuerRef,
    PlatformAuthority,
    Pods,
    StaticKeys,
    WorkloadIdentity,
)

if TYPE_CHECKING:
    from components.contracts import BucketPurpose

KEY = "planted-secret-key"
GIVEN = GivenAuthority(certificate="-----BEGIN CERTIFICATE-----\nacme\n-----END CERTIFICATE-----\n")
IDENTITY = WorkloadIdentity(annotations={"acme.example/role": "reader"})
ISSUED = PlatformAuthority(issuer=IssuerRef(name="platform-authority", ready=[]))


def bucket(purpose: BucketPurpose = "models", **changed: Any) -> Bucket:
    """Make a bucket with some fields changed."""
    made = Bucket(
        purpose=purpose,
        name=f"seldon-{purpose}",
        endpoint="https://seaweedfs-s3.seldon-storage.svc.cluster.local:8333",
        region="us-east-1",
        provider="SeaweedFS",
        access=StaticKeys(access_key_id=f"{purpose}-reader", secret_access_key=KEY),
        trust=ISSUED,
        reached_at=Pods(namespace="seldon-storage", labels={"app": "store"}),
        port=8333,
        ready=[],
    )
    return replace(made, **changed)
