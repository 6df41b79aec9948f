"""Connections of Kafka in the cluster, and of who reads what runtimes write; a runtime's own stand with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.flows import REQUEST_LOGGER_LABELS, scrape, to_api_server, to_tokens
from components.cluster.kafka.names import (
    AGENT,
    CONTROL_PLANE,
    NODE_LABELS,
    NODE_METRICS,
    OPERATOR_LABELS,
    OPERATOR_METRICS,
    REPLICATION,
    USER_OPERATOR_LABELS,
    USER_OPERATOR_METRICS,
    brokers,
)
from components.cluster.network import Flow
from components.contracts import Pods

if TYPE_CHECKING:
    from components.cluster.flows import PlatformMap
    from components.contracts import KafkaEndpoint


def kafka_flows(place: PlatformMap, *, operator_namespace: str, namespace: str) -> list[Flow]:
    """Flows of Strimzi and its brokers; all are mTLS but those of metrics.

    Nodes read their certificates from Secrets (Strimzi 1.2.0, model/KafkaBrokerConfigurationBuilder.java).
    """
    operator = Pods(namespace=operator_namespace, labels=OPERATOR_LABELS)
    nodes = Pods(namespace=namespace, labels=NODE_LABELS)
    users = Pods(namespace=namespace, labels=USER_OPERATOR_LABELS)

    return [
        to_api_server(place, "strimzi", operator, "makes brokers and their certificates"),
        to_api_server(place, "kafka", nodes, "reads its certificates"),
        to_api_server(place, "kafka-users", users, "reads users and their passwords"),
        Flow(
            name="strimzi-kafka",
            source=operator,
            target=nodes,
            ports=[CONTROL_PLANE, REPLICATION, AGENT],
            why="rolls brokers one by one, when all copies are in sync",
        ),
        Flow(
            name="kafka-peers",
            source=nodes,
            target=nodes,
            ports=[CONTROL_PLANE, REPLICATION],
            why="controllers agree, brokers copy from each other",
        ),
        Flow(
            name="kafka-users-kafka",
            source=users,
            target=brokers(namespace),
            ports=[REPLICATION],
            why="writes users and what each may do",
        ),
        scrape(place.prometheus, "strimzi", operator, [OPERATOR_METRICS], "health of the operator"),
        scrape(place.prometheus, "kafka", nodes, [NODE_METRICS], "health of brokers and controllers"),
        scrape(place.prometheus, "kafka-users", users, [USER_OPERATOR_METRICS], "health of the operator of users"),
    ]


def reader_flows(namespace: str, kafka: KafkaEndpoint) -> list[Flow]:
    """Flows of the request logger in its namespace."""
    logger = Pods(namespace=namespace, labels=REQUEST_LOGGER_LABELS)
    why = "requests of pipelines, to be logged, TLS"
    requests = Flow(name="logger-kafka", source=logger, target=kafka.reached_at, ports=kafka.ports, why=why)
    return [requests, *to_tokens("logger-tokens", logger, kafka)]
