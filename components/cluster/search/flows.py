"""Who talks to Elasticsearch, to whom it talks, and what Prometheus scrapes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.monitoring import Monitor
from components.cluster.network import Flow
from components.cluster.search import names
from components.contracts import Pods

if TYPE_CHECKING:
    from components.cluster.flows import PlatformMap
    from components.contracts import Endpoint


def search_flows(place: PlatformMap, *, operator: str, namespace: str, store: Endpoint, store_port: int) -> list[Flow]:
    """Flows of the operator and of the nodes. `store` is where the backup bucket is.

    ECK's hook before a node stops asks the cluster through its Service (nodespec/lifecycle_hook.go at tag v3.2.0).
    """
    nodes = Pods(namespace=namespace, labels=names.POD_LABELS)
    operator_pods = Pods(namespace=operator, labels=names.OPERATOR_LABELS)
    setup = Pods(namespace=namespace, labels=names.SETUP_LABELS)

    def flow(name: str, source: Endpoint, target: Endpoint, port: int, why: str) -> Flow:
        return Flow(name=name, source=source, target=target, ports=[port], why=why)

    return [
        flow("elastic-operator-api", operator_pods, place.api_server, place.api_server_port, "makes Elasticsearch"),
        flow("elastic-operator-search", operator_pods, nodes, names.HTTP, "watches its health and moves its data, TLS"),
        flow("search-nodes", nodes, nodes, names.TRANSPORT, "one cluster of nodes, mTLS"),
        flow("search-shutdown", nodes, nodes, names.HTTP, "a node that stops hands over first, TLS"),
        flow("search-object-store", nodes, store, store_port, "snapshots, TLS"),
        flow("search-snapshots", setup, nodes, names.HTTP, "registers where snapshots go, TLS"),
        flow(
            "scrape-elastic-operator", place.prometheus, operator_pods, names.OPERATOR_METRICS, "health of the operator"
        ),
    ]


def search_client_flows(place: PlatformMap, *, logs: str, search: Endpoint, port: int) -> list[Flow]:
    """Flows of the two readers of request logs, wherever Elasticsearch is.

    The labels are those that the chart seldon-deploy 2.4.0 gives its pods; until it is installed they match nothing.
    """
    enterprise = Pods(namespace=place.core, labels={"app.kubernetes.io/name": "seldon-deploy"})
    logger = Pods(namespace=logs, labels={"app": "seldon-request-logger"})
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
