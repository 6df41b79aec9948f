"""Connections of Kafka in the cluster, and of who reads what runtimes write; a runtime's own stand with it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

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
from components.cluster.network import OUTSIDE, Flow
from components.contracts import OAuthBearer, Pods

if TYPE_CHECKING:
    from components.cluster.flows import PlatformMap
    from components.contracts import KafkaEndpoint

REQUEST_LOGGER = {"app": "seldon-request-logger"}
"""Pods that chart seldon-deploy 2.4.0 gives the request logger."""


def kafka_flows(place: PlatformMap, *, operator_namespace: str, namespace: str) -> list[Flow]:
    """Flows of Strimzi and its brokers; all are mTLS but those of metrics.

    Nodes read their certificates from Secrets (Strimzi 1.2.0, model/KafkaBrokerConfigurationBuilder.java).
    """
    operator = Pods(namespace=operator_namespace, labels=OPERATOR_LABELS)
    nodes = Pods(namespace=namespace, labels=NODE_LABELS)
    users = Pods(namespace=namespace, labels=USER_OPERATOR_LABELS)

    def to_api_server(name: str, source: Pods, why: str) -> Flow:
        return Flow(name=f"{name}-api", source=source, target=place.api_server, ports=[place.api_server_port], why=why)

    def scrape(name: str, target: Pods, port: int, why: str) -> Flow:
        return Flow(name=f"scrape-{name}", source=place.prometheus, target=target, ports=[port], why=why)

    return [
        to_api_server("strimzi", operator, "makes brokers and their certificates"),
        to_api_server("kafka", nodes, "reads its certificates"),
        to_api_server("kafka-users", users, "reads users and their passwords"),
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
        scrape("strimzi", operator, OPERATOR_METRICS, "health of the operator"),
        scrape("kafka", nodes, NODE_METRICS, "health of brokers and controllers"),
        scrape("kafka-users", users, USER_OPERATOR_METRICS, "health of the operator of users"),
    ]


def reader_flows(namespace: str, kafka: KafkaEndpoint) -> list[Flow]:
    """Flows of the request logger in its namespace."""
    logger = Pods(namespace=namespace, labels=REQUEST_LOGGER)
    why = "requests of pipelines, to be logged, TLS"
    flows = [Flow(name="logger-kafka", source=logger, target=kafka.reached_at, ports=kafka.ports, why=why)]
    if isinstance(kafka.authentication, OAuthBearer):
        port = urlsplit(kafka.authentication.token_url).port or 443
        flows.append(Flow(name="logger-tokens", source=logger, target=OUTSIDE, ports=[port], why="tokens for Kafka"))
    return flows
