"""The custom resources of one Kafka cluster, as plain data (kafka.strimzi.io/v1 of Strimzi 1.2.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from components.cluster.kafka.names import CLIENTS, CLUSTER, LISTENER_SECRET
from components.cluster.priority import DATA_PRIORITY
from components.hardening import POD_SECURITY
from components.workload import zone_spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.workload import Workload

KAFKA_VERSION = "4.2.1"
"""The older of the two lines that Strimzi 1.2.0 runs: nearest to what Core 2 lists, see docs/kafka.md."""

ClientAuthentication: TypeAlias = Literal["scram", "mtls"]

_AUTHORITY_MOUNT = "/mnt/clients-authority"
"""Strimzi lets a container mount volumes below /mnt only."""

_PRINCIPALS = "RULE:^CN=([a-z0-9-]+)$/CN=$1/,RULE:^.*$/nobody/"
"""Who a client certificate stands for: a common name and nothing more. Strimzi's own users carry an organisation too,
so no certificate of the platform's authority can pass for one of them."""


@dataclass(frozen=True, kw_only=True)
class ClusterSize:
    """How big a Kafka cluster is."""

    brokers: Workload
    """One broker is its own controller; several have controllers of their own."""
    controllers: Workload
    """Odd, because a majority of them decides; unused beside a single broker."""
    storage_gi: int
    """Volume per broker, in GiB."""
    controller_storage_gi: int = 10

    def __post_init__(self) -> None:
        if self.brokers.replicas > 1 and self.controllers.replicas % 2 == 0:
            raise ValueError(f"{self.controllers.replicas} Kafka controllers cannot form a clear majority: not odd")

    @property
    def replication_factor(self) -> int:
        """Copies of every topic."""
        return min(3, self.brokers.replicas)

    @property
    def in_sync(self) -> int:
        """Copies that must have a message before it counts as written; one broker less may be gone."""
        return max(1, self.replication_factor - 1)


def _volume(size_gi: int, storage_class: str | None) -> dict[str, Any]:
    volume: dict[str, Any] = {
        "id": 0,
        "type": "persistent-claim",
        "size": f"{size_gi}Gi",
        "kraftMetadata": "shared",
        "deleteClaim": False,
    }
    return {"type": "jbod", "volumes": [{**volume, **({"class": storage_class} if storage_class else {})}]}


def pod_template(labels: Mapping[str, str], *, replicas: int) -> dict[str, Any]:
    """Template of a pod; containers get the rest of `restricted` from the operator.

    The group is the one that Strimzi's images run under, which volumes must belong to. Two replicas on one node would
    be lost together, so the second waits for another node instead.
    """
    spread = zone_spread(labels)
    by_node = {**spread[0], "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule"}
    return {
        "securityContext": {**POD_SECURITY, "fsGroup": 0},
        "priorityClassName": DATA_PRIORITY,
        "enableServiceLinks": False,
        **({"topologySpreadConstraints": [*spread, by_node]} if replicas > 1 else {}),
    }


def _pool(
    name: str, roles: list[str], workload: Workload, storage: dict[str, Any], authentication: ClientAuthentication
) -> dict[str, Any]:
    labels = {"strimzi.io/cluster": CLUSTER, "strimzi.io/pool-name": name}
    template: dict[str, Any] = {"pod": pod_template(labels, replicas=workload.replicas)}
    if authentication == "mtls" and "broker" in roles:
        only_certificate = {"secretName": LISTENER_SECRET, "items": [{"key": "ca.crt", "path": "ca.crt"}]}
        template["pod"]["volumes"] = [{"name": "clients-authority", "secret": only_certificate}]
        template["kafkaContainer"] = {"volumeMounts": [{"name": "clients-authority", "mountPath": _AUTHORITY_MOUNT}]}
    return {
        "replicas": workload.replicas,
        "roles": roles,
        "resources": workload.resources,
        "storage": storage,
        "template": template,
    }


def node_pools(
    size: ClusterSize, *, storage_class: str | None, authentication: ClientAuthentication
) -> dict[str, dict[str, Any]]:
    """Specs of the KafkaNodePools, by name; Kafka advises against combined roles where it matters.

    (https://kafka.apache.org/42/operations/kraft, "Process Roles")
    """
    data = _volume(size.storage_gi, storage_class)
    if size.brokers.replicas == 1:
        return {"dual": _pool("dual", ["controller", "broker"], size.brokers, data, authentication)}
    metadata = _volume(size.controller_storage_gi, storage_class)
    return {
        "controller": _pool("controller", ["controller"], size.controllers, metadata, authentication),
        "broker": _pool("broker", ["broker"], size.brokers, data, authentication),
    }


def _client_authentication(authentication: ClientAuthentication) -> dict[str, Any]:
    """Certificates are checked against the platform's authority, not against one of the operator's.

    Strimzi's own `tls` would have the operator make each client's key, and us copy it from namespace to namespace.
    """
    if authentication == "scram":
        return {"type": "scram-sha-512"}
    return {
        "type": "custom",
        "sasl": False,
        "listenerConfig": {
            "ssl.client.auth": "required",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": f"{_AUTHORITY_MOUNT}/ca.crt",
            "ssl.principal.mapping.rules": _PRINCIPALS,
        },
    }


def kafka_spec(
    size: ClusterSize, *, authentication: ClientAuthentication, user_operator: Workload, message_max_bytes: int
) -> dict[str, Any]:
    """Spec of the Kafka resource: one listener, TLS, for known clients alone; nothing but their own topics for each.

    Core 2 makes its topics itself, so a mistyped name makes none.
    """
    copies, in_sync = size.replication_factor, size.in_sync
    listener = {
        "name": "clients",
        "port": CLIENTS,
        "type": "internal",
        "tls": True,
        "authentication": _client_authentication(authentication),
        "configuration": {
            "brokerCertChainAndKey": {"secretName": LISTENER_SECRET, "certificate": "tls.crt", "key": "tls.key"}
        },
    }
    return {
        "kafka": {
            "version": KAFKA_VERSION,
            "listeners": [listener],
            "authorization": {"type": "simple"},
            "metricsConfig": {"type": "strimziMetricsReporter"},
            "config": {
                "allow.everyone.if.no.acl.found": False,
                "auto.create.topics.enable": False,
                "default.replication.factor": copies,
                "min.insync.replicas": in_sync,
                "offsets.topic.replication.factor": copies,
                "transaction.state.log.replication.factor": copies,
                "transaction.state.log.min.isr": in_sync,
                "message.max.bytes": message_max_bytes,
                "log.retention.hours": 168,
            },
        },
        "entityOperator": {
            "template": {"pod": pod_template({}, replicas=1)},
            # The operator makes a Secret for each user; the prefix keeps those apart from everything else here.
            "userOperator": {"secretPrefix": "user-", "resources": user_operator.resources},
        },
    }
