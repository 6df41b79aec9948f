"""What an object store is made with, whatever runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from components.cluster.objectstore.engine import Engine
    from components.cluster.objectstore.rights import BucketPlan
    from components.contracts import IssuerRef, PlacedIn, StaticKeys
    from components.sources import Sources


@dataclass(frozen=True, kw_only=True)
class ObjectStoreArgs:
    """What the program decides."""

    sources: Sources
    placed: PlacedIn
    engine: Engine
    authority: IssuerRef
    """Signs the certificate that clients see."""
    storage_gi: int
    """Volume of each pod that holds data, in GiB."""
    storage_class: str | None
    """None takes the cluster's default class."""
    audit_retention_days: int
    """Days in which nobody can change or remove an entry of the audit trail."""
    protect: bool = True
    """Whether what holds data, and the keys without which it cannot be read, are protected from deletion."""
    depends_on: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True)
class StorePlan:
    """What an engine is to run: the arguments, the buckets that follow from them, and the keys of their users."""

    args: ObjectStoreArgs
    buckets: Sequence[BucketPlan]
    keys: Mapping[str, StaticKeys]

    @property
    def namespace(self) -> str:
        """Where the store runs."""
        return self.args.placed.namespace

    def bucket_of(self, purpose: str) -> str:
        """Return the name of the bucket for a purpose."""
        return next(bucket.name for bucket in self.buckets if bucket.purpose == purpose)
