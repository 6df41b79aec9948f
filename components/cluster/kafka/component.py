"""Kafka inside the cluster: Strimzi's operator, one cluster of brokers, and a user for each client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_random as random
from pulumi_kubernetes import apiextensions

from components.charts import Release
from components.cluster.certificates import CertificateRequest, certificate
from components.cluster.kafka.names import CLIENTS, CLUSTER, LISTENER_SECRET, bootstrap_host, brokers, listener_names
from components.cluster.kafka.operator import CHART, operator_values
from components.cluster.kafka.resources import ClientAuthentication, ClusterSize, kafka_spec, node_pools
from components.cluster.kafka.rights import operator_rights
from components.cluster.kafka.users import (
    LogReader,
    check_names,
    password_secret,
    reader_rules,
    runtime_rules,
    user_spec,
)
from components.contracts import IssuedCertificate, KafkaEndpoint, PlatformAuthority, Sasl
from components.definitions import own_definitions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import IssuerRef, KafkaAuthentication, PlacedIn
    from components.sources import Sources
    from components.workload import Workload

READY = {"pulumi.com/waitFor": "condition=Ready"}
IN_CLUSTER = {"strimzi.io/cluster": CLUSTER}


@dataclass(frozen=True, kw_only=True)
class KafkaArgs:
    """What Kafka is made with."""

    sources: Sources
    operator_placed: PlacedIn
    placed: PlacedIn
    """Namespace of the brokers; nothing else runs there."""
    authority: IssuerRef
    """Issues the listener's certificate and, for `mtls`, those of the clients."""
    authentication: ClientAuthentication
    size: ClusterSize
    operator_size: Workload
    """Of Strimzi's operator; the operator of users runs once, with the same resources."""
    storage_class: str | None
    """None takes the cluster's default."""
    runtimes: Sequence[str]
    """Namespaces whose pipelines use Kafka; each gets a user of its own."""
    readers: Sequence[LogReader]
    topic_prefix: str
    """First part of the names of all topics."""
    message_max_bytes: int
    protect: bool = True
    """Whether the cluster is protected from deletion, with what is in it."""
    depends_on: Sequence[pulumi.Resource] = ()


class Kafka(pulumi.ComponentResource):
    """Kafka for pipelines.

    Raises:
        ValueError: the name of one runtime begins like the groups of another.
    """

    endpoints: dict[str, KafkaEndpoint]
    """For each namespace with a client, how that client reaches Kafka and as whom."""

    def __init__(self, name: str, args: KafkaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:Kafka", name, {}, opts)
        check_names(args.runtimes)
        self._name = name
        self._args = args
        self._namespace = args.placed.namespace
        self._before: list[pulumi.Resource] = [*args.operator_placed.ready, *args.placed.ready, *args.depends_on]
        operator = self._operator()
        cluster = self._cluster(operator)
        users = {runtime: runtime_rules(runtime, args.topic_prefix) for runtime in args.runtimes}
        users |= {reader.namespace: reader_rules(reader, args.topic_prefix) for reader in args.readers}
        self.endpoints = {user: self._user(user, rules, cluster) for user, rules in users.items()}
        self.register_outputs({"bootstrap": self._bootstrap})

    @property
    def _bootstrap(self) -> str:
        return f"{bootstrap_host(self._namespace)}:{CLIENTS}"

    def _operator(self) -> pulumi.Resource:
        name, args = self._name, self._args
        home = args.operator_placed.namespace
        opts = pulumi.ResourceOptions(parent=self, depends_on=self._before)
        rights = operator_rights(name, operator_namespace=home, namespace=self._namespace, opts=opts)
        values = operator_values(namespace=self._namespace, size=args.operator_size, sources=args.sources)
        return args.sources.install(
            f"{name}-strimzi",
            Release(chart=CHART, name=CHART, namespace=home, values=values),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*rights, *self._before]),
            transforms=[own_definitions(protect=args.protect)],
        )

    def _cluster(self, operator: pulumi.Resource) -> pulumi.Resource:
        args = self._args
        listener = certificate(
            f"{self._name}-listener",
            CertificateRequest(name=LISTENER_SECRET, dns_names=listener_names(self._namespace)),
            namespace=self._namespace,
            issuer=args.authority,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._before),
        )
        pools = node_pools(args.size, storage_class=args.storage_class, authentication=args.authentication)
        made = [
            self._custom("KafkaNodePool", pool, spec, {"labels": IN_CLUSTER}, [operator], protect=args.protect)
            for pool, spec in pools.items()
        ]
        spec = kafka_spec(
            args.size,
            authentication=args.authentication,
            user_operator=args.operator_size,
            message_max_bytes=args.message_max_bytes,
        )
        after = [operator, listener, *made]
        return self._custom("Kafka", CLUSTER, spec, {"annotations": READY}, after, protect=args.protect)

    def _user(self, user: str, rules: Sequence[dict[str, Any]], cluster: pulumi.Resource) -> KafkaEndpoint:
        args = self._args
        who, needed = self._identity(user)
        spec = user_spec(user, rules, authentication=args.authentication)
        metadata = {"labels": IN_CLUSTER, "annotations": READY}
        made = self._custom("KafkaUser", user, spec, metadata, [cluster, *needed], protect=False)
        return KafkaEndpoint(
            bootstrap=self._bootstrap,
            authentication=who,
            trust=PlatformAuthority(issuer=args.authority),
            replication_factor=args.size.replication_factor,
            partitions=args.size.brokers.replicas,
            reached_at=brokers(self._namespace),
            ports=[CLIENTS],
            ready=[made],
        )

    def _identity(self, user: str) -> tuple[KafkaAuthentication, list[pulumi.Resource]]:
        if self._args.authentication == "mtls":
            return IssuedCertificate(issuer=self._args.authority, common_name=user), []
        drawn = random.RandomPassword(
            f"{self._name}-{user}-password", length=40, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        secret = corev1.Secret(
            f"{self._name}-{user}-password",
            metadata=metav1.ObjectMetaArgs(name=password_secret(user), namespace=self._namespace),
            string_data={"password": drawn.result},
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._before),
        )
        return Sasl(mechanism="SCRAM-SHA-512", username=user, password=drawn.result), [secret]

    def _custom(
        self,
        kind: str,
        object_name: str,
        spec: dict[str, Any],
        metadata: dict[str, dict[str, str]],
        depends_on: list[pulumi.Resource],
        *,
        protect: bool,
    ) -> pulumi.Resource:
        return apiextensions.CustomResource(
            f"{self._name}-{kind.lower()}-{object_name}",
            api_version="kafka.strimzi.io/v1",
            kind=kind,
            metadata=metav1.ObjectMetaArgs(
                name=object_name,
                namespace=self._namespace,
                labels=metadata.get("labels"),
                annotations=metadata.get("annotations"),
            ),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=depends_on, protect=protect),
        )
