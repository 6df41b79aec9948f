"""Who may talk to whom inside an object store, and how its clients name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.flows import scrape
from components.cluster.monitoring import Monitor
from components.cluster.network import Flow
from components.cluster.objectstore import minio, seaweedfs
from components.cluster.objectstore.engine import Minio, s3_pods, s3_port
from components.cluster.objectstore.setup import SETUP_LABELS
from components.contracts import Pods

if TYPE_CHECKING:
    from components.cluster.objectstore.engine import Engine


def object_store_flows(engine: Engine, *, namespace: str, prometheus: Pods) -> list[Flow]:
    """Flows of the store itself: its parts, setup Job and metrics. Each client declares its own."""
    setup = Flow(
        name="setup-store",
        source=Pods(namespace=namespace, labels=SETUP_LABELS),
        target=s3_pods(engine, namespace),
        ports=[s3_port(engine)],
        why="makes buckets and users, TLS",
    )
    own = _minio_flows(namespace) if isinstance(engine, Minio) else _seaweedfs_flows(namespace, prometheus)
    return [setup, *own]


def _minio_flows(namespace: str) -> list[Flow]:
    """Prometheus is left out: it would need this authority, and volumes are watched through the kubelet."""
    pods = Pods(namespace=namespace, labels=minio.LABELS)
    return [Flow(name="minio-peers", source=pods, target=pods, ports=[minio.PORT], why="drives of the other pods, TLS")]


def _seaweedfs_flows(namespace: str, prometheus: Pods) -> list[Flow]:
    """Left out, and so closed: HTTP of masters and filers (9333, 8888), which no part uses."""
    parts = {
        part: Pods(namespace=namespace, labels=seaweedfs.pod_labels(part))
        for part in ("master", "volume", "filer", "s3")
    }
    asks = [
        ("master", "master", [seaweedfs.MASTER_GRPC], "masters agree, mTLS"),
        ("volume", "master", [seaweedfs.MASTER_GRPC], "reports what it holds, mTLS"),
        ("filer", "master", [seaweedfs.MASTER_GRPC], "asks where to write, mTLS"),
        ("s3", "master", [seaweedfs.MASTER_GRPC], "finds filers and volumes, mTLS"),
        ("master", "volume", [seaweedfs.VOLUME_GRPC], "makes and compacts volumes, mTLS"),
        ("volume", "volume", [seaweedfs.VOLUME, seaweedfs.VOLUME_GRPC], "second copies; what it sends is encrypted"),
        ("filer", "volume", [seaweedfs.VOLUME, seaweedfs.VOLUME_GRPC], "its own logs, encrypted"),
        ("s3", "volume", [seaweedfs.VOLUME, seaweedfs.VOLUME_GRPC], "contents of objects, encrypted"),
        ("master", "filer", [seaweedfs.FILER_GRPC], "upkeep: logs and unfinished uploads, mTLS"),
        ("master", "s3", [seaweedfs.S3_GRPC], "upkeep: expiry of old versions, mTLS"),
        ("filer", "filer", [seaweedfs.FILER_GRPC], "each has all names, mTLS"),
        ("s3", "filer", [seaweedfs.FILER_GRPC], "names of objects, mTLS"),
    ]
    flows = [
        Flow(name=f"seaweedfs-{source}-{target}", source=parts[source], target=parts[target], ports=ports, why=why)
        for source, target, ports, why in asks
    ]
    flows += [
        scrape(prometheus, f"seaweedfs-{part}", parts[part], [seaweedfs.METRICS], "health and use of the store")
        for part in seaweedfs.SCRAPED
    ]
    return flows


def seaweedfs_monitors(namespace: str) -> list[Monitor]:
    """Return what Prometheus scrapes of SeaweedFS: volume servers, filers and gateways, whose ports have this name."""
    return [
        Monitor(name="seaweedfs", kind="PodMonitor", labels=seaweedfs.LABELS, namespaces=[namespace], port="metrics")
    ]
