"""Names and ports that Strimzi 1.2.0 derives or fixes (cluster-operator, model/KafkaCluster.java and Labels.java)."""

from __future__ import annotations

from components.contracts import Pods

CLUSTER = "seldon"
"""Name of the Kafka resource; its Services are `seldon-kafka-bootstrap` and `seldon-kafka-brokers`."""
OPERATOR = "strimzi-cluster-operator"
"""Deployment and ServiceAccount of the operator, whatever the release is called."""
OPERATOR_LABELS = {"name": OPERATOR}
NODE_LABELS = {"strimzi.io/cluster": CLUSTER, "strimzi.io/name": f"{CLUSTER}-kafka"}
"""Of every Kafka node, controllers too."""
BROKER_LABELS = {**NODE_LABELS, "strimzi.io/broker-role": "true"}
USER_OPERATOR_LABELS = {"strimzi.io/cluster": CLUSTER, "strimzi.io/name": f"{CLUSTER}-entity-operator"}

CONTROL_PLANE, REPLICATION, CLIENTS, AGENT = 9090, 9091, 9093, 8443
"""Ports of a node: its controller, brokers among themselves, clients, and Strimzi's agent."""
NODE_METRICS, OPERATOR_METRICS, USER_OPERATOR_METRICS = 9404, 8080, 8081

LISTENER_SECRET = "seldon-kafka-listener"  # noqa: S105 (a name)
"""Certificate of the listener that clients connect to."""


def bootstrap_host(namespace: str) -> str:
    """Return the name that clients ask first."""
    return f"{CLUSTER}-kafka-bootstrap.{namespace}.svc.cluster.local"


def listener_names(namespace: str) -> list[str]:
    """Return the names that brokers are reached by: the bootstrap Service, and each broker as it announces itself."""
    services = (f"{CLUSTER}-kafka-bootstrap", f"*.{CLUSTER}-kafka-brokers")
    suffixes = (f"{namespace}.svc", f"{namespace}.svc.cluster.local")
    return [f"{service}.{suffix}" for service in services for suffix in suffixes]


def brokers(namespace: str) -> Pods:
    """Return the pods that clients talk to."""
    return Pods(namespace=namespace, labels=BROKER_LABELS)
