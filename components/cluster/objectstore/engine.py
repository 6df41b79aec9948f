"""The engines an object store can run on, and how its clients see each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from components.cluster.objectstore import minio, seaweedfs
from components.contracts import Pods

if TYPE_CHECKING:
    from components.cluster.objectstore.seaweedfs import SeaweedFsSize
    from components.workload import Workload

REGION = "us-east-1"
"""What both engines take a client for that names no region."""


@dataclass(frozen=True, kw_only=True)
class SeaweedFs:
    """SeaweedFS, from its chart."""

    size: SeaweedFsSize


@dataclass(frozen=True, kw_only=True)
class Minio:
    """MinIO, from images of the customer's: upstream publishes none any more."""

    image: str
    """Full reference of the server's image."""
    client_image: str
    """Full reference of an image with `mc` and a shell."""
    size: Workload
    """One pod, or four."""


Engine: TypeAlias = SeaweedFs | Minio


def s3_pods(engine: Engine, namespace: str) -> Pods:
    """Return the pods that answer S3."""
    labels = minio.LABELS if isinstance(engine, Minio) else seaweedfs.pod_labels("s3")
    return Pods(namespace=namespace, labels=labels)


def s3_port(engine: Engine) -> int:
    """Return the port of these pods and of the Service in front of them."""
    return minio.PORT if isinstance(engine, Minio) else seaweedfs.S3


def s3_host(engine: Engine, namespace: str) -> str:
    """Return the name that the store's certificate carries."""
    service = minio.NAME if isinstance(engine, Minio) else f"{seaweedfs.RELEASE}-s3"
    return f"{service}.{namespace}.svc.cluster.local"


def s3_endpoint(engine: Engine, namespace: str) -> str:
    """Return the URL that clients use."""
    return f"https://{s3_host(engine, namespace)}:{s3_port(engine)}"


def provider(engine: Engine) -> Literal["Minio", "SeaweedFS"]:
    """Return the engine as rclone names it."""
    return "Minio" if isinstance(engine, Minio) else "SeaweedFS"


def volumes_gi(engine: Engine, storage_gi: int) -> int:
    """Return the size of all volumes together, in GiB, for a given size of one that holds data."""
    if isinstance(engine, Minio):
        return engine.size.replicas * storage_gi
    size = engine.size
    return (
        size.master.replicas * seaweedfs.MASTER_GI
        + size.volume.replicas * storage_gi
        + size.filer.replicas * seaweedfs.names_gi(storage_gi)
    )
