"""What Prometheus scrapes of NGINX."""

from __future__ import annotations

from components.cluster.monitoring import Monitor
from components.cluster.nginx.values import POD_LABELS


def nginx_monitors(namespace: str) -> list[Monitor]:
    """Counters of connections and requests, and of what the controller did."""
    return [
        Monitor(name="gateway", kind="PodMonitor", labels=POD_LABELS, namespaces=[namespace], port="prometheus"),
    ]
