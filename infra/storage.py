"""From the model stores of the settings to the remotes that Core 2 is given."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from components.seldon.storage import StorageRemote
from infra.settings.seldon import S3

if TYPE_CHECKING:
    from infra.settings import Settings
    from infra.settings.seldon import Runtime, Storage

HTTPS = 443


def storage_remote(settings: Settings, storage: Storage) -> StorageRemote:
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
    """Ports of the stores that a runtime reads models from; public buckets are read over HTTPS."""
    ports = {HTTPS} if runtime.models else set[int]()
    for storage in runtime.storage:
        port = urlsplit(storage.endpoint).port if isinstance(storage, S3) else None
        ports.add(port or HTTPS)
    return sorted(ports)
