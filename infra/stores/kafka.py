"""Kafka: in the cluster, or the customer's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.kafka.component import Kafka, KafkaArgs
from components.cluster.kafka.flows import kafka_flows, reader_flows
from components.cluster.kafka.monitors import kafka_monitors, pipeline_monitors
from components.cluster.kafka.resources import ClusterSize
from components.cluster.kafka.users import LogReader
from components.cluster.namespaces import volume_quota
from components.contracts import GivenCertificate, OAuthBearer, Sasl
from components.external.kafka import ExternalKafka, external_kafka
from components.seldon.kafka import MESSAGE_MAX_BYTES, TOPIC_PREFIX
from infra import names
from infra.settings import kafka as settings_kafka
from infra.settings.kafka import KafkaCertificate, KafkaOAuth, KafkaScram, NoKafka, Strimzi
from infra.settings.stores import NoSearch

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.cluster.monitoring import Monitor
    from components.contracts import IssuerRef, KafkaAuthentication, KafkaEndpoint
    from infra.settings import Settings
    from infra.settings.platform import Platform
    from infra.site import Site

REQUEST_LOGGER = "metronome"
"""Consumer group of the request logger (`requestLogger.kafka_consumer.group_id` of chart seldon-deploy 2.4.0)."""


def make_kafka(site: Site, *, authority: IssuerRef, depends_on: Sequence[pulumi.Resource]) -> dict[str, KafkaEndpoint]:
    """Declare the Kafka of the stack; for the namespace of each client, how that client reaches it and as whom."""
    wanted = site.stack.kafka
    readers = [reader.namespace for reader in _readers(site.stack)]
    endpoints: dict[str, KafkaEndpoint] = {}
    if isinstance(wanted, Strimzi):
        endpoints = _inside(site, wanted, authority, depends_on)
    elif isinstance(wanted, settings_kafka.ExternalKafka):
        endpoints = dict.fromkeys([*_runtimes(site.stack), *readers], _outside(site.settings, wanted))
    for reader in readers if endpoints else []:
        site.open(f"network-kafka-{reader}", reader_flows(reader, endpoints[reader]))
    return endpoints


def monitors(platform: Platform) -> list[Monitor]:
    """Return what Prometheus scrapes of it and of pipelines."""
    if isinstance(platform.kafka, NoKafka):
        return []
    inside = isinstance(platform.kafka, Strimzi)
    brokers = kafka_monitors(operator_namespace=names.KAFKA_OPERATOR, namespace=names.KAFKA) if inside else []
    return [*brokers, *pipeline_monitors(_runtimes(platform))]


def _runtimes(platform: Platform) -> list[str]:
    return [runtime.namespace for runtime in platform.seldon.runtimes]


def _readers(platform: Platform) -> list[LogReader]:
    """The request logger needs both: requests to read, and an Elasticsearch to write them to."""
    return [] if isinstance(platform.search, NoSearch) else [LogReader(namespace=names.LOGS, group=REQUEST_LOGGER)]


def _inside(
    site: Site, wanted: Strimzi, authority: IssuerRef, depends_on: Sequence[pulumi.Resource]
) -> dict[str, KafkaEndpoint]:
    size, sizes = site.settings.kafka, site.settings.sizes
    operator = site.namespace(names.KAFKA_OPERATOR, "Strimzi, the operator of Kafka", holds_data=False)
    placed = site.namespace(
        names.KAFKA, "Kafka, for pipelines", quota=volume_quota(size.workload.replicas, size.storage_gi)
    )
    flows = kafka_flows(site.map, operator_namespace=names.KAFKA_OPERATOR, namespace=names.KAFKA)
    args = KafkaArgs(
        sources=site.sources,
        operator_placed=operator,
        placed=placed,
        authority=authority,
        authentication=wanted.authentication,
        size=ClusterSize(brokers=size.workload, controllers=sizes.kafka_controller, storage_gi=size.storage_gi),
        operator_size=sizes.kafka_operator,
        storage_class=site.stack.cluster.storage_class,
        runtimes=_runtimes(site.stack),
        readers=_readers(site.stack),
        topic_prefix=TOPIC_PREFIX,
        message_max_bytes=MESSAGE_MAX_BYTES,
        protect=site.protected("kafka"),
        depends_on=[*depends_on, *site.open("network-kafka", flows)],
    )
    return Kafka("kafka", args, site.opts).endpoints


def _outside(settings: Settings, given: settings_kafka.ExternalKafka) -> KafkaEndpoint:
    return external_kafka(
        ExternalKafka(
            bootstrap=given.bootstrap,
            authentication=_authentication(settings, given.authentication),
            certificate_authority=given.certificate_authority,
            cidrs=given.cidrs,
            replication_factor=given.replication_factor,
            partitions=settings.sizes.pipelinegateway.replicas,
        )
    )


def _authentication(settings: Settings, given: settings_kafka.KafkaAuthentication) -> KafkaAuthentication:
    if isinstance(given, KafkaCertificate):
        return GivenCertificate(certificate=given.certificate, private_key=settings.secret(given.private_key))
    if isinstance(given, KafkaOAuth):
        return OAuthBearer(
            client_id=given.client_id,
            client_secret=settings.secret(given.client_secret),
            token_url=given.token_url,
            scope=given.scope or "",
            extensions=given.extensions or "",
        )
    return Sasl(
        mechanism="SCRAM-SHA-512" if isinstance(given, KafkaScram) else "PLAIN",
        username=given.username,
        password=settings.secret(given.password),
    )
