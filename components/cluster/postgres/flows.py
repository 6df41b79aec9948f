"""Who talks to whom around Postgres, and what Prometheus scrapes there. Its clients' flow is theirs.

Ports: 8000 is the instances' status (TLS, for the operator and for each other), 9187 their metrics, 9443 the operator's
webhooks, 8080 its metrics, 9090 the plugin (pkg/management/url/url.go and internal/cmd/manager/controller/cmd.go of
CloudNativePG 1.30.0; chart plugin-barman-cloud 0.7.0). The operator never connects to the database itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.flows import scrape, to_api_server, to_bucket
from components.cluster.monitoring import Monitor
from components.cluster.network import Flow, Pods
from components.cluster.postgres import spec
from components.cluster.postgres.operator import OPERATOR_LABELS, PLUGIN_LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.cluster.flows import PlatformMap
    from components.contracts import Bucket, Endpoint

STATUS, METRICS = 8000, 9187
WEBHOOKS, OPERATOR_METRICS, PLUGIN = 9443, 8080, 9090

PEERS = {"app.kubernetes.io/name": "postgresql"}
"""Pods that the operator makes in the namespace: instances, the jobs that set one up, and clusters restored beside."""


def postgres_flows(place: PlatformMap, *, operator: str, namespace: str, backups: Bucket) -> list[Flow]:
    """Flows of the operator, its plugin and the database."""
    controller = Pods(namespace=operator, labels=OPERATOR_LABELS)
    plugin = Pods(namespace=operator, labels=PLUGIN_LABELS)
    peers = Pods(namespace=namespace, labels=PEERS)

    def flow(name: str, source: Endpoint, target: Endpoint, ports: Sequence[int], why: str) -> Flow:
        return Flow(name=name, source=source, target=target, ports=ports, why=why)

    return [
        to_api_server(place, "postgres-operator", controller, "makes instances and fails over"),
        to_api_server(place, "postgres-plugin", plugin, "reads where backups go, and lets instances read it"),
        to_api_server(place, "postgres", peers, "each instance reads its configuration and reports its state"),
        flow(
            "api-postgres-webhooks",
            place.api_server,
            controller,
            [WEBHOOKS],
            "the API server asks the operator's webhooks",
        ),
        flow("postgres-operator-instances", controller, peers, [STATUS], "state and switchover, mTLS"),
        flow("postgres-operator-plugin", controller, plugin, [PLUGIN], "how instances take backups, mTLS"),
        flow("postgres-peers", peers, peers, [spec.PORT, STATUS], "replication, mTLS; who still sees the primary"),
        to_bucket("postgres-backups", peers, backups, "WAL and backups to the object store, TLS"),
        scrape(place.prometheus, "postgres", peers, [METRICS], "state of the database and of its backups"),
        scrape(place.prometheus, "postgres-operator", controller, [OPERATOR_METRICS], "health of the operator"),
    ]


def postgres_monitors(*, operator: str, namespace: str) -> list[Monitor]:
    """What Prometheus scrapes; the chart's and the operator's own monitors are off."""
    return [
        Monitor(name="postgres", kind="PodMonitor", labels=PEERS, namespaces=[namespace], port="metrics"),
        Monitor(
            name="postgres-operator",
            kind="PodMonitor",
            labels=OPERATOR_LABELS,
            namespaces=[operator],
            port="metrics",
        ),
    ]
