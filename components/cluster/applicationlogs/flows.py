"""Who talks to whom around the collector, and what Prometheus scrapes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.applicationlogs import names
from components.cluster.audit.flows import to_audit
from components.cluster.flows import scrape
from components.cluster.monitoring import Monitor
from components.cluster.network import Flow, Pods

if TYPE_CHECKING:
    from components.cluster.applicationlogs.args import AccessLog
    from components.cluster.flows import PlatformMap
    from components.contracts import SearchEndpoint


def application_logs_flows(
    place: PlatformMap, *, namespace: str, search: SearchEndpoint, access: AccessLog | None
) -> list[Flow]:
    """Flows of the collector: to Elasticsearch, to the audit trail, and of its metrics. It asks no API server."""
    pods = Pods(namespace=namespace, labels=names.LABELS)
    flows = [
        Flow(
            name="node-logs-search",
            source=pods,
            target=search.reached_at,
            ports=[search.port],
            why="logs of models and servers, TLS",
        ),
        scrape(place.prometheus, "node-logs", pods, [names.METRICS], "what is read, and what waits to be sent"),
    ]
    if access:
        flows.append(to_audit("node-logs-audit", pods, access.audit))
    return flows


def application_logs_monitors(namespace: str) -> list[Monitor]:
    """Return what Prometheus scrapes."""
    return [
        Monitor(
            name=names.NAME,
            kind="PodMonitor",
            labels=names.LABELS,
            namespaces=[namespace],
            port="metrics",
            path=names.METRICS_PATH,
        )
    ]
