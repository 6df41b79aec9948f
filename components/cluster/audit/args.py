"""What the audit trail is made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.cluster.audit.config import trail_buffer_mi
from components.contracts import PublicAuthorities, WorkloadIdentity

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.contracts import Bucket, IssuerRef, PlacedIn
    from components.sources import Sources
    from components.workload import Workload

IMAGE = "docker.io/fluent/fluentd-kubernetes-daemonset:v1.19.3-debian-{store}-1.1"
"""Upstream's images of fluentd, with the plugin of one kind of store each, and that of Prometheus; for x86_64 alone."""
WITH_IDENTITIES = ("AWS", "GCS")
"""Providers that pods can prove themselves to without keys."""


def check_bucket(bucket: Bucket) -> None:
    """Refuse a bucket that the trail cannot be written to.

    Raises:
        ValueError: it is for something else, or its store is not reached in this way.
    """
    keyless = isinstance(bucket.access, WorkloadIdentity)
    if bucket.purpose != "audit":
        raise ValueError(f"bucket {bucket.name} is for {bucket.purpose}, not for audit")
    if bucket.provider == "GCS" and not keyless:
        raise ValueError(f"bucket {bucket.name}: Google Cloud Storage is reached by workload identity, not with keys")
    if bucket.provider == "GCS" and not isinstance(bucket.trust, PublicAuthorities):
        raise ValueError(f"bucket {bucket.name}: Google Cloud Storage has a certificate of a public authority")
    if keyless and bucket.provider not in WITH_IDENTITIES:
        raise ValueError(f"bucket {bucket.name}: a workload identity is for {' and '.join(WITH_IDENTITIES)} alone")


@dataclass(frozen=True, kw_only=True)
class AuditTrailArgs:
    """What the program decides.

    Raises:
        ValueError: the bucket cannot take the trail, or the volume is too small for its buffers.
    """

    sources: Sources
    placed: PlacedIn
    authority: IssuerRef
    """Signs the certificate of the secure listener."""
    bucket: Bucket
    size: Workload
    storage_gi: int
    """Volume of each replica's buffers, in GiB."""
    storage_class: str | None
    """None takes the cluster's default class."""
    image: str | None = None
    """Full reference, made from upstream's image for this kind of store; None takes upstream's."""
    protect: bool = True
    """Whether the pods, whose volumes may hold what is nowhere else yet, are protected from deletion."""
    depends_on: Sequence[pulumi.Resource] = ()

    def __post_init__(self) -> None:
        check_bucket(self.bucket)
        trail_buffer_mi(self.storage_gi)

    @property
    def full_image(self) -> str:
        """The image as the cluster pulls it; one that the customer names is taken as it is."""
        store = "gcs" if self.bucket.provider == "GCS" else "s3"
        return self.image or self.sources.image(IMAGE.format(store=store))
