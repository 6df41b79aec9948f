"""An S3-compatible object store that the customer runs, with a bucket and a user for each purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from components.contracts import Bucket, StaticKeys
from components.external.outside import reached_at, trust
from components.urls import https_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from components.contracts import BucketPurpose


@dataclass(frozen=True, kw_only=True)
class ExternalBucket:
    """What the customer says about one bucket: its name, and the keys of a user that may do what its purpose needs."""

    name: str
    access_key_id: pulumi.Input[str]
    secret_access_key: pulumi.Input[str]
    """Secret."""


@dataclass(frozen=True, kw_only=True)
class ExternalObjectStore:
    """What the customer says about the store."""

    provider: Literal["AWS", "Ceph", "Minio", "Other"]
    endpoint: str
    """HTTPS URL, with its port when it is not 443."""
    region: str
    certificate_authority: str | None
    """PEM; None when the store is signed by an authority that clients know."""
    cidrs: Sequence[str]
    """Networks that the store is in; empty when they are not known."""
    buckets: Mapping[BucketPurpose, ExternalBucket]


def external_buckets(given: ExternalObjectStore) -> dict[BucketPurpose, Bucket]:
    """Return the buckets of a store that is there already.

    Without `cidrs` clients may reach its port at any address but those where clouds keep credentials.

    Raises:
        ValueError: the endpoint does not speak HTTPS.
    """
    url = urlsplit(given.endpoint)
    if url.scheme != "https" or not url.hostname:
        raise ValueError(f"endpoint {given.endpoint} is no https URL")
    return {
        purpose: Bucket(
            purpose=purpose,
            name=bucket.name,
            endpoint=given.endpoint,
            region=given.region,
            provider=given.provider,
            access=StaticKeys(access_key_id=bucket.access_key_id, secret_access_key=bucket.secret_access_key),
            trust=trust(given.certificate_authority),
            reached_at=reached_at(given.cidrs),
            port=https_port(given.endpoint),
            ready=(),
        )
        for purpose, bucket in given.buckets.items()
    }
