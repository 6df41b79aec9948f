"""Who talks to whom around the audit trail, and what Prometheus scrapes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.audit import names
from components.cluster.flows import ENTERPRISE_LABELS, scrape, to_bucket
from components.cluster.monitoring import Monitor
from components.cluster.network import OUTSIDE, Addresses, Flow, Pods
from components.contracts import WorkloadIdentity
from components.urls import HTTPS

if TYPE_CHECKING:
    from components.cluster.flows import PlatformMap
    from components.contracts import AuditEndpoint, Bucket

GOOGLE_IDENTITIES = Addresses(cidrs=("169.254.169.252/32", "169.254.169.254/32"))
GOOGLE_IDENTITY_PORTS = (80, 988)
"""GKE's metadata server, which answers a pod with the identity of its service account and never with that of the node
(https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy)."""


def audit_flows(place: PlatformMap, *, namespace: str, bucket: Bucket) -> list[Flow]:
    """Flows of the aggregator. The plain listener is opened to the Enterprise Platform's pods and to nobody else.

    Clients of the secure listener declare theirs, with `to_audit`.
    """
    aggregator = Pods(namespace=namespace, labels=names.LABELS)
    return [
        Flow(
            name="audit-platform",
            source=Pods(namespace=place.core, labels=ENTERPRISE_LABELS),
            target=aggregator,
            ports=[names.PLAIN],
            why="audit records of the platform's API, plaintext: its client knows no TLS",
        ),
        to_bucket("audit-bucket", aggregator, bucket, "the audit trail to the object store, TLS"),
        *_identity(aggregator, bucket),
        scrape(place.prometheus, "audit", aggregator, [names.METRICS], "what waits for the object store"),
    ]


def _identity(aggregator: Pods, bucket: Bucket) -> list[Flow]:
    """Let the aggregator prove who it is, where it has no keys."""
    if not isinstance(bucket.access, WorkloadIdentity):
        return []
    target, ports = (GOOGLE_IDENTITIES, GOOGLE_IDENTITY_PORTS) if bucket.provider == "GCS" else (OUTSIDE, (HTTPS,))
    return [Flow(name="audit-identity", source=aggregator, target=target, ports=ports, why="the cloud's identities")]


def to_audit(name: str, source: Pods, audit: AuditEndpoint) -> Flow:
    """Let a client send records to the secure listener; whoever runs the client declares it, once."""
    return Flow(
        name=name,
        source=source,
        target=audit.reached_at,
        ports=[audit.secure_port],
        why="records for the audit trail, TLS and a shared key",
    )


def audit_monitors(namespace: str) -> list[Monitor]:
    """Return what Prometheus scrapes."""
    return [Monitor(name="audit", kind="PodMonitor", labels=names.LABELS, namespaces=[namespace], port="metrics")]
