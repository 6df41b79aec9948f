"""From the model stores of the settings to the remotes that Core 2 is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.seldon.storage import PlatformStore, StorageRemote
from components.urls import HTTPS, https_port
from infra.settings.seldon import S3, PlatformStorage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.contracts import Bucket, BucketPurpose
    from infra.settings import Settings
    from infra.settings.seldon import Gcs, Runtime


def own_stores(runtime: Runtime) -> list[S3 | Gcs]:
    """Return the stores that only this runtime reads."""
    return [storage for storage in runtime.storage if not isinstance(storage, PlatformStorage)]


def platform_store(runtime: Runtime, buckets: Mapping[BucketPurpose, Bucket]) -> PlatformStore | None:
    """Return the platform's own bucket of models if the runtime asks for it; settings refuse that without a store."""
    for storage in runtime.storage:
        if isinstance(storage, PlatformStorage):
            return PlatformStore(scheme=storage.scheme, models=buckets["models"])
    return None


def storage_remote(settings: Settings, storage: S3 | Gcs) -> StorageRemote:
    """Make the rclone remote of a store; its keys stay secret."""
    if isinstance(storage, S3):
        return StorageRemote(
            scheme=storage.scheme,
            type="s3",
            parameters={
                "provider": storage.provider,
                "env_auth": "false",
                "endpoint": storage.endpoint,
                "region": storage.region,
                "access_key_id": settings.secret(storage.access_key_id),
                "secret_access_key": settings.secret(storage.secret_access_key),
            },
        )
    return StorageRemote(
        scheme=storage.scheme,
        type="google cloud storage",
        parameters={
            "service_account_credentials": settings.secret(storage.service_account_key),
            "bucket_policy_only": "true",
        },
    )


def storage_ports(runtime: Runtime) -> list[int]:
    """Ports of the stores outside that a runtime reads models from; public buckets are read over HTTPS.

    The platform's own store has a flow of its own.
    """
    inside = {storage.scheme for storage in runtime.storage if isinstance(storage, PlatformStorage)}
    outside = [model for model in runtime.models if model.storage_uri.partition("://")[0] not in inside]
    ports = {HTTPS} if outside else set[int]()
    for storage in own_stores(runtime):
        ports.add(https_port(storage.endpoint) if isinstance(storage, S3) else HTTPS)
    return sorted(ports)
