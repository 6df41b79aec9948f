"""An S3-compatible object store in the cluster, on one of two engines."""

from components.cluster.objectstore.args import ObjectStoreArgs
from components.cluster.objectstore.engine import Engine, Minio, SeaweedFs, volumes_gi
from components.cluster.objectstore.flows import object_store_flows, seaweedfs_monitors
from components.cluster.objectstore.seaweedfs import SeaweedFsSize
from components.cluster.objectstore.store import ObjectStore

__all__ = [
    "Engine",
    "Minio",
    "ObjectStore",
    "ObjectStoreArgs",
    "SeaweedFs",
    "SeaweedFsSize",
    "object_store_flows",
    "seaweedfs_monitors",
    "volumes_gi",
]
