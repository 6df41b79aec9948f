"""The object store: in the cluster, or the customer's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.namespaces import volume_quota
from components.cluster.objectstore import (
    Minio,
    ObjectStore,
    ObjectStoreArgs,
    SeaweedFs,
    SeaweedFsSize,
    object_store_flows,
    seaweedfs_monitors,
    volumes_gi,
)
from components.external.objectstore import ExternalBucket, ExternalObjectStore, external_buckets
from infra import names
from infra.settings import stores as settings_stores
from infra.settings.stores import InClusterObjectStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.cluster.monitoring import Monitor
    from components.cluster.objectstore import Engine
    from components.contracts import Bucket, BucketPurpose, IssuerRef
    from infra.settings import Settings
    from infra.settings.platform import Platform
    from infra.site import Site
    from infra.sizes import ObjectStoreSize


def make_buckets(
    site: Site, *, authority: IssuerRef, depends_on: Sequence[pulumi.Resource]
) -> dict[BucketPurpose, Bucket]:
    """Declare the object store of the stack; a bucket for each purpose, or none."""
    wanted = site.stack.object_store
    if isinstance(wanted, InClusterObjectStore):
        return _inside(site, wanted, authority, depends_on)
    if isinstance(wanted, settings_stores.ExternalObjectStore):
        return _outside(site.settings, wanted)
    return {}


def monitors(platform: Platform) -> list[Monitor]:
    """Return what Prometheus scrapes of it."""
    wanted = platform.object_store
    if isinstance(wanted, InClusterObjectStore) and isinstance(wanted.engine, settings_stores.SeaweedFs):
        return seaweedfs_monitors(names.OBJECT_STORE)
    return []


def _engine(wanted: InClusterObjectStore, size: ObjectStoreSize) -> Engine:
    engine = wanted.engine
    if isinstance(engine, settings_stores.Minio):
        return Minio(image=engine.image, client_image=engine.client_image, size=size.minio)
    return SeaweedFs(size=SeaweedFsSize(master=size.master, volume=size.volume, filer=size.filer, gateway=size.gateway))


def _inside(
    site: Site, wanted: InClusterObjectStore, authority: IssuerRef, depends_on: Sequence[pulumi.Resource]
) -> dict[BucketPurpose, Bucket]:
    size = site.settings.object_store
    engine = _engine(wanted, size)
    placed = site.namespace(
        names.OBJECT_STORE,
        "models, batch files, the audit trail and backups",
        quota=volume_quota(1, volumes_gi(engine, size.storage_gi)),
    )
    flows = object_store_flows(engine, namespace=names.OBJECT_STORE, prometheus=site.map.prometheus)
    args = ObjectStoreArgs(
        sources=site.sources,
        placed=placed,
        engine=engine,
        authority=authority,
        storage_gi=size.storage_gi,
        storage_class=site.stack.cluster.storage_class,
        audit_retention_days=size.audit_retention_days,
        protect=site.protected("object-store"),
        depends_on=[*depends_on, *site.open("network-object-store", flows)],
    )
    return ObjectStore("object-store", args, site.opts).buckets


def _outside(settings: Settings, given: settings_stores.ExternalObjectStore) -> dict[BucketPurpose, Bucket]:
    return external_buckets(
        ExternalObjectStore(
            provider=given.provider,
            endpoint=given.endpoint,
            region=given.region,
            certificate_authority=given.certificate_authority,
            cidrs=given.cidrs,
            buckets={
                purpose: ExternalBucket(
                    name=bucket.name,
                    access_key_id=settings.secret(bucket.access_key_id),
                    secret_access_key=settings.secret(bucket.secret_access_key),
                )
                for purpose, bucket in given.buckets.by_purpose.items()
            },
        )
    )
