"""What Core 2 is told about Kafka: the values of its charts, and the user, for which its chart has one name only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pulumi

from components.contracts import (
    GivenCertificate,
    IssuedCertificate,
    OAuthBearer,
    PlatformAuthority,
    PublicAuthorities,
    Sasl,
)
from components.seldon.values import core_resources, restricted, spread
from components.seldon.volumes import SELDON_CONFIG
from components.variables import from_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.contracts import KafkaEndpoint
    from components.workload import Workload

USER_SECRET = "seldon-kafka"  # noqa: S105 (a name)
"""A user's name and password, or an OAuth client."""
CLIENT_SECRET = "seldon-kafka-client"  # noqa: S105 (a name)
"""A client certificate with its key and its issuer."""
AUTHORITY_SECRET = "seldon-kafka-authority"  # noqa: S105 (a name)
"""The authority that signed the brokers' certificates."""

TOPIC_PREFIX = "seldon"
"""Topics are named `seldon.<namespace>.<model or pipeline>...` (Core 2 v2.10.2, scheduler/pkg/kafka/topics.go)."""

MESSAGE_MAX_BYTES = 8 * 2**20
"""The largest message, in bytes: what Seldon's pages set for managed Kafka. The chart's own 1 GB is what each stream of
the dataflow engine would then buffer."""

_USERNAME_VARIABLES = ("KAFKA_CLIENT_SASL_USERNAME", "SELDON_KAFKA_SASL_USERNAME")
_CONTAINERS = {"dataflow": "dataflow-engine", "modelgateway": "modelgateway", "pipelinegateway": "pipelinegateway"}
_WORKLOADS = {name: f"seldon-{container}" for name, container in _CONTAINERS.items()}


@dataclass(frozen=True, kw_only=True)
class Pipelines:
    """Kafka, and how big each part is that works with it."""

    kafka: KafkaEndpoint
    modelgateway: Workload
    pipelinegateway: Workload
    dataflow: Workload

    def sizes(self) -> dict[str, Workload]:
        """Return the size of each part, by the name that it has in the charts."""
        return {name: cast("Workload", getattr(self, name)) for name in _CONTAINERS}

    def workloads(self) -> dict[str, Workload]:
        """Return the size of each part, by the name of its Deployment."""
        return {_WORKLOADS[name]: size for name, size in self.sizes().items()}


def authority_secret_name(kafka: KafkaEndpoint) -> str | None:
    """Name the Secret of the brokers' authority; without one, Core 2 uses the public ones in its images."""
    if isinstance(kafka.trust, PublicAuthorities):
        return None
    both_ours = isinstance(kafka.trust, PlatformAuthority) and isinstance(kafka.authentication, IssuedCertificate)
    return CLIENT_SECRET if both_ours else AUTHORITY_SECRET


def security_values(kafka: KafkaEndpoint) -> dict[str, Any]:
    """`security.kafka` of seldon-core-v2-setup.

    The chart names no algorithm for endpoint identification, and then Core 2 does not compare a broker's name with its
    certificate. Keys of the Secrets are the last parts of the chart's default paths.
    """
    authority = authority_secret_name(kafka)
    client = {
        "endpointIdentificationAlgorithm": "https",
        **({"brokerValidationSecret": authority} if authority else {}),
    }
    who = kafka.authentication
    if isinstance(who, (GivenCertificate, IssuedCertificate)):
        return {"protocol": "SSL", "ssl": {"client": {**client, "secret": CLIENT_SECRET}}}
    mechanism = who.mechanism if isinstance(who, Sasl) else "OAUTHBEARER"
    return {
        "protocol": "SASL_SSL",
        "sasl": {"mechanism": mechanism, "client": {"secret": USER_SECRET}},
        "ssl": {"client": client},
    }


def pipeline_setup_values(pipelines: Pipelines) -> dict[str, Any]:
    """What pipelines add to the values of seldon-core-v2-setup."""
    kafka = pipelines.kafka
    return {
        "kafka": {
            "bootstrap": kafka.bootstrap,
            "topicPrefix": TOPIC_PREFIX,
            "consumer": {"messageMaxBytes": MESSAGE_MAX_BYTES},
            "producer": {"messageMaxBytes": MESSAGE_MAX_BYTES},
            "topics": {"replicationFactor": kafka.replication_factor, "numPartitions": kafka.partitions},
        },
        "security": {"kafka": security_values(kafka)},
        **{name: core_resources(size) for name, size in pipelines.sizes().items()},
    }


def pipeline_runtime_values(pipelines: Pipelines) -> dict[str, Any]:
    """What pipelines add to the values of seldon-core-v2-runtime: each part reads its Secrets from the API server."""
    values: dict[str, Any] = {
        name: {
            "disable": False,
            "replicas": size.replicas,
            "podSpec": {**restricted(_CONTAINERS[name], token=True), **spread(_WORKLOADS[name])},
        }
        for name, size in pipelines.sizes().items()
    }
    who = pipelines.kafka.authentication
    if isinstance(who, OAuthBearer):
        # Kafka's Java client 4 fetches tokens from listed URLs only (https://kafka.apache.org/40/configuration/system-properties).
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={who.token_url}"
        values["dataflow"]["podSpec"]["containers"][0]["env"] = [{"name": "JAVA_TOOL_OPTIONS", "value": allowed}]
    return values


def with_user_of_namespace(type_: str, props: Mapping[str, Any]) -> dict[str, Any]:
    """Let each pod take the name of its Kafka user from the Secret of its namespace: each tenant has its own."""
    if type_ != SELDON_CONFIG:
        return dict(props)
    reference = from_secret(USER_SECRET, "username")

    def variable(entry: dict[str, Any]) -> dict[str, Any]:
        return {"name": entry["name"], "valueFrom": reference} if entry["name"] in _USERNAME_VARIABLES else entry

    def container(spec: dict[str, Any]) -> dict[str, Any]:
        return {**spec, "env": [variable(entry) for entry in spec["env"]]} if "env" in spec else spec

    def component(spec: dict[str, Any]) -> dict[str, Any]:
        pod = spec["podSpec"]
        return {**spec, "podSpec": {**pod, "containers": [container(each) for each in pod["containers"]]}}

    changed = {**props["spec"], "components": [component(each) for each in props["spec"]["components"]]}
    return {**props, "spec": changed}


def kafka_transforms(kafka: KafkaEndpoint) -> list[pulumi.ResourceTransform]:
    """Return the transforms of the setup chart that Kafka asks for."""

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        props = with_user_of_namespace(args.type_, cast("Mapping[str, Any]", args.props))
        return pulumi.ResourceTransformResult(props=props, opts=args.opts)

    return [transform] if isinstance(kafka.authentication, Sasl) else []
