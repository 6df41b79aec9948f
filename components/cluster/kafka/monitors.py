"""What Prometheus scrapes of Kafka and of the pipelines that use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.kafka.names import NODE_LABELS, OPERATOR_LABELS, USER_OPERATOR_LABELS
from components.cluster.monitoring import Monitor

if TYPE_CHECKING:
    from collections.abc import Sequence


def kafka_monitors(*, operator_namespace: str, namespace: str) -> list[Monitor]:
    """Strimzi and its nodes, by the names that Strimzi 1.2.0 gives to ports."""
    return [
        Monitor(
            name="strimzi", kind="PodMonitor", labels=OPERATOR_LABELS, namespaces=[operator_namespace], port="http"
        ),
        Monitor(name="kafka", kind="PodMonitor", labels=NODE_LABELS, namespaces=[namespace], port="tcp-prometheus"),
        Monitor(
            name="kafka-users",
            kind="PodMonitor",
            labels=USER_OPERATOR_LABELS,
            namespaces=[namespace],
            port="healthcheck-uo",
        ),
    ]


def pipeline_monitors(namespaces: Sequence[str]) -> list[Monitor]:
    """Requests of pipelines; the other parts of them offer no metrics (Core 2 v2.10.2, setup chart)."""
    labels = {"app.kubernetes.io/name": "seldon-pipelinegateway"}
    return [
        Monitor(name="pipelinegateway", kind="PodMonitor", labels=labels, namespaces=namespaces, port="metrics"),
    ]
