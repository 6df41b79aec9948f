"""The table of flows: every connection that the platform needs, and so the only ones that its policies allow."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from components.cluster.ingress import GATEWAY_LABELS
from components.cluster.network import OUTSIDE, Addresses, Endpoint, Flow, Pods
from components.contracts import OAuthBearer
from components.urls import https_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.contracts import Bucket, KafkaEndpoint

XDS, SCHEDULER_TLS, AGENT_TLS, DATAFLOW = 9002, 9044, 9055, 9008
ENVOY, ENVOY_STATS = 9000, 9003
SERVER_HTTP, SERVER_GRPC, AGENT_METRICS = 9001, 9501, 9006
MLSERVER_METRICS, TRITON_METRICS = 8082, 8002
PIPELINE_HTTP, PIPELINE_GRPC, PIPELINE_METRICS = 9010, 9011, 9006
"""Ports of Core 2 that have a client. Left out, and so closed: 5572 (rclone without authentication), the scheduler's
plaintext listeners 9004 and 9005 (9008 too, without pipelines), and the model servers' own 9000 and 9500, which only
their pod uses."""

ENTERPRISE_LABELS = {"app.kubernetes.io/name": "seldon-deploy"}
REQUEST_LOGGER_LABELS = {"app": "seldon-request-logger"}
"""Pods of chart seldon-deploy 2.4.0: the Enterprise Platform and the request logger. Until it is installed they match
nothing."""

PROMETHEUS, ALERTMANAGER, RELOADER = 9090, 9093, 8080
"""Ports of monitoring; the last is that of the container that reloads configuration."""


def _named(namespace: str, name: str) -> Pods:
    return Pods(namespace=namespace, labels={"app.kubernetes.io/name": name})


@dataclass(frozen=True, kw_only=True)
class PlatformMap:
    """Where the parts of the platform run."""

    certificates: str
    ingress: str
    gateway_labels: Mapping[str, str] = field(default_factory=lambda: GATEWAY_LABELS)
    """Of the pods that clients reach."""
    monitoring: str
    core: str
    """Namespace of the Core 2 controller."""
    api_server: Addresses
    api_server_port: int

    @property
    def gateway(self) -> Pods:
        """Pods of the gateway."""
        return Pods(namespace=self.ingress, labels=self.gateway_labels)

    @property
    def cert_manager(self) -> Pods:
        """Pods of cert-manager's controller."""
        return _named(self.certificates, "cert-manager")

    @property
    def prometheus(self) -> Pods:
        """Pods of Prometheus."""
        return _named(self.monitoring, "prometheus")

    @property
    def controller(self) -> Pods:
        """Pods of the Core 2 controller."""
        return Pods(namespace=self.core, labels={"control-plane": "v2-controller-manager"})


def to_api_server(place: PlatformMap, name: str, source: Pods, why: str) -> Flow:
    """Let pods talk to the API server."""
    return Flow(name=f"{name}-api", source=source, target=place.api_server, ports=[place.api_server_port], why=why)


def scrape(prometheus: Pods, name: str, target: Endpoint, ports: Sequence[int], why: str) -> Flow:
    """Let Prometheus scrape."""
    return Flow(name=f"scrape-{name}", source=prometheus, target=target, ports=ports, why=why)


def to_bucket(name: str, source: Endpoint, bucket: Bucket, why: str) -> Flow:
    """Let a client reach its bucket; whoever runs the client declares it, once."""
    return Flow(name=name, source=source, target=bucket.reached_at, ports=[bucket.port], why=why)


def to_tokens(name: str, source: Pods, kafka: KafkaEndpoint) -> list[Flow]:
    """Let a client of Kafka fetch its tokens, where it proves with tokens who it is."""
    if not isinstance(kafka.authentication, OAuthBearer):
        return []
    port = https_port(kafka.authentication.token_url)
    return [Flow(name=name, source=source, target=OUTSIDE, ports=[port], why="tokens for Kafka")]


def platform_flows(place: PlatformMap) -> list[Flow]:
    """Flows of the shared parts: certificates, monitoring, controller. Those of the ingress are the ingress's own."""
    webhook = _named(place.certificates, "webhook")
    operator = Pods(namespace=place.monitoring, labels={"app": "kube-prometheus-stack-operator"})
    state_metrics = _named(place.monitoring, "kube-state-metrics")
    alertmanager = _named(place.monitoring, "alertmanager")
    watchers: list[tuple[str, Pods, str]] = [
        ("cert-manager", place.cert_manager, "issues certificates"),
        ("cainjector", _named(place.certificates, "cainjector"), "writes the webhook's authority"),
        ("webhook", webhook, "reads its own certificate"),
        ("prometheus-operator", operator, "makes Prometheus and Alertmanager"),
        ("prometheus", place.prometheus, "finds what to scrape"),
        ("kube-state-metrics", state_metrics, "watches what it counts"),
        ("controller", place.controller, "makes runtimes and servers"),
    ]
    scraped: list[tuple[str, Endpoint, Sequence[int], str]] = [
        ("cert-manager", place.cert_manager, [9402], "expiry of certificates"),
        ("kube-state-metrics", state_metrics, [8080], "state of pods, for usage"),
        ("prometheus-operator", operator, [8080], "health of the operator"),
        ("prometheus", place.prometheus, [PROMETHEUS, RELOADER], "health of each Prometheus, seen by the other"),
        ("alertmanager", alertmanager, [RELOADER], "health of what reloads Alertmanager's configuration"),
        ("kubelet", OUTSIDE, [10250], "CPU and memory of containers, for usage; nodes have no fixed addresses"),
    ]
    flows = [to_api_server(place, name, source, why) for name, source, why in watchers]
    flows += [scrape(place.prometheus, name, target, ports, why) for name, target, ports, why in scraped]
    flows += [
        Flow(
            name="api-cert-manager-webhook",
            source=place.api_server,
            target=webhook,
            ports=[10250],
            why="the API server asks the validation webhook",
        ),
        Flow(
            name="prometheus-alerts",
            source=place.prometheus,
            target=alertmanager,
            ports=[ALERTMANAGER],
            why="firing alerts, and health of Alertmanager",
        ),
        Flow(
            name="alertmanager-peers",
            source=alertmanager,
            target=alertmanager,
            ports=[9094],
            why="replicas agree on what was sent",
        ),
        Flow(
            name="alertmanager-gossip",
            source=alertmanager,
            target=alertmanager,
            ports=[9094],
            protocol="UDP",
            why="replicas tell each other what was sent, and whether they live",
        ),
    ]
    return flows


def runtime_flows(place: PlatformMap, namespace: str, *, storage_ports: Sequence[int]) -> list[Flow]:
    """Flows of one runtime. `storage_ports` are those of the object stores that its models come from."""
    scheduler = _named(namespace, "seldon-scheduler")
    envoy = _named(namespace, "seldon-envoy")
    servers = _named(namespace, "seldon-server")

    def flow(name: str, source: Endpoint, target: Endpoint, ports: Sequence[int], why: str) -> Flow:
        return Flow(name=name, source=source, target=target, ports=ports, why=why)

    flows = [
        flow(f"gateway-{namespace}", place.gateway, envoy, [ENVOY], "inference requests, TLS"),
        flow(f"controller-{namespace}", place.controller, scheduler, [SCHEDULER_TLS], "models and servers, mTLS"),
        flow(f"envoy-scheduler-{namespace}", envoy, scheduler, [XDS], "routes of models, mTLS"),
        flow(f"server-scheduler-{namespace}", servers, scheduler, [AGENT_TLS], "what to load, mTLS"),
        flow(f"envoy-server-{namespace}", envoy, servers, [SERVER_HTTP, SERVER_GRPC], "inference, mTLS"),
        # seldon-core, scheduler/pkg/agent/repository/mlserver: an explainer calls its model through seldon-mesh.
        flow(f"server-envoy-{namespace}", servers, envoy, [ENVOY], "explainers ask the models that they explain, TLS"),
        scrape(place.prometheus, f"envoy-{namespace}", envoy, [ENVOY_STATS], "requests of the runtime"),
        scrape(
            place.prometheus,
            f"server-{namespace}",
            servers,
            [AGENT_METRICS, MLSERVER_METRICS, TRITON_METRICS],
            "inference metrics, for usage",
        ),
        to_api_server(place, f"scheduler-{namespace}", scheduler, "reads certificates and configuration"),
        to_api_server(place, f"server-{namespace}", servers, "reads certificates, configuration and storage secrets"),
    ]
    if storage_ports:
        flows.append(flow(f"storage-{namespace}", servers, OUTSIDE, storage_ports, "downloads of models"))
    return flows


def pipeline_flows(place: PlatformMap, namespace: str, kafka: KafkaEndpoint) -> list[Flow]:
    """Flows that pipelines add to one runtime."""
    scheduler, envoy = _named(namespace, "seldon-scheduler"), _named(namespace, "seldon-envoy")
    pipelines, models = _named(namespace, "seldon-pipelinegateway"), _named(namespace, "seldon-modelgateway")
    dataflow = _named(namespace, "seldon-dataflow-engine")
    parts = {"pipelinegateway": pipelines, "modelgateway": models, "dataflow": dataflow}

    def flow(name: str, source: Endpoint, target: Endpoint, ports: Sequence[int], why: str) -> Flow:
        return Flow(name=f"{name}-{namespace}", source=source, target=target, ports=ports, why=why)

    flows = [
        flow(f"{name}-kafka", part, kafka.reached_at, kafka.ports, "steps of pipelines, TLS")
        for name, part in parts.items()
    ]
    flows += [
        to_api_server(place, f"{name}-{namespace}", part, "reads certificates and its Kafka user")
        for name, part in parts.items()
    ]
    flows += [
        flow("pipelinegateway-scheduler", pipelines, scheduler, [SCHEDULER_TLS], "what to serve, mTLS"),
        flow("modelgateway-scheduler", models, scheduler, [SCHEDULER_TLS], "what to serve, mTLS"),
        flow("dataflow-scheduler", dataflow, scheduler, [DATAFLOW], "what to join, plaintext: Core 2 has no TLS here"),
        flow("envoy-pipelinegateway", envoy, pipelines, [PIPELINE_HTTP, PIPELINE_GRPC], "calls of pipelines, mTLS"),
        flow("pipelinegateway-envoy", pipelines, envoy, [ENVOY], "whether models are ready, TLS"),
        flow("modelgateway-envoy", models, envoy, [ENVOY], "inference of a step, TLS"),
        scrape(
            place.prometheus, f"pipelinegateway-{namespace}", pipelines, [PIPELINE_METRICS], "requests of pipelines"
        ),
    ]
    tokens = [to_tokens(f"{name}-tokens-{namespace}", part, kafka) for name, part in parts.items()]
    return [*flows, *chain.from_iterable(tokens)]
