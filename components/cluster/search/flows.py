"""Who talks to Elasticsearch, to whom it talks, and what Prometheus scrapes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.flows import (
    ENTERPRISE_LABELS,
    REQUEST_LOGGER_LABELS,
    scrape,
    to_api_server,
    to_bucket,
)
from components.cluster.monitoring import Monitor
from components.cluster.network import Flow
from components.cluster.search import names
from components.contracts import Pods

if TYPE_CHECKING:
    from components.cluster.flows import PlatformMap
    from components.contracts import Bucket, Endpoint


def search_flows(place: PlatformMap, *, operator: str, namespace: str, backups: Bucket) -> list[Flow]:
    """Flows of the operator and of the nodes.

    ECK's hook before a node stops asks the cluster through its Service (nodespec/lifecycle_hook.go at tag v3.2.0).
    """
    nodes = Pods(namespace=namespace, labels=names.POD_LABELS)
    operator_pods = Pods(namespace=operator, labels=names.OPERATOR_LABELS)
    setup = Pods(namespace=namespace, labels=names.SETUP_LABELS)

    def flow(name: str, source: Endpoint, target: Endpoint, port: int, why: str) -> Flow:
        return Flow(name=name, source=source, target=target, ports=[port], why=why)

    return [
        to_api_server(place, "elastic-operator", operator_pods, "makes Elasticsearch"),
        flow("elastic-operator-search", operator_pods, nodes, names.HTTP, "watches its health and moves its data, TLS"),
        flow("search-nodes", nodes, nodes, names.TRANSPORT, "one cluster of nodes, mTLS"),
        flow("search-shutdown", nodes, nodes, names.HTTP, "a node that stops hands over first, TLS"),
        to_bucket("search-object-store", nodes, backups, "snapshots, TLS"),
        flow("search-snapshots", setup, nodes, names.HTTP, "registers where snapshots go, TLS"),
        scrape(place.prometheus, "elastic-operator", operator_pods, [names.OPERATOR_METRICS], "health of the operator"),
    ]


def search_client_flows(place: PlatformMap, *, logs: str, search: Endpoint, port: int) -> list[Flow]:
    """Flows of the two readers of request logs, wherever Elasticsearch is."""
    enterprise = Pods(namespace=place.core, labels=ENTERPRISE_LABELS)
    logger = Pods(namespace=logs, labels=REQUEST_LOGGER_LABELS)
    return [
        Flow(name="enterprise-search", source=enterprise, target=search, ports=[port], why="shows request logs, TLS"),
        Flow(name="logger-search", source=logger, target=search, ports=[port], why="writes request logs, TLS"),
    ]


def search_monitors(*, operator: str) -> list[Monitor]:
    """What Prometheus scrapes; Elasticsearch itself has no metrics of that form."""
    return [
        Monitor(
            name=names.OPERATOR, kind="PodMonitor", labels=names.OPERATOR_LABELS, namespaces=[operator], port="metrics"
        )
    ]
