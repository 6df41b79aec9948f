"""What operators make in a cluster, from upstream facts: the one table to extend when a new kind of resource appears.

A chart or the program creates a custom resource; its operator makes pods and Services from it, which no recording and
no rendering shows. For every kind of custom resource on a platform there is an entry here, or the tests of the network
fail and name the kind:

- in `MADE`, a function from the resource to the objects that its operator makes: with `pods(...)` one workload with the
  labels and ports of its pods, with `service(...)` a Service and its type. The docstring says where the facts are from;
- or in `PODLESS`, when nothing runs because of it.

Workloads of charts (Deployment, StatefulSet, Job ...) and of the program itself need no entry. Four more tables are
for the cases around them: `ALSO_LISTENING`, ports that a pod does not declare; `WEBHOOKS`, what the API server calls;
`NOT_YET`, clients that flows name before anything makes them; and `SERVED_TO`, who may talk to what holds data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from components.contracts import Pods

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Object: TypeAlias = dict[str, Any]
Maker: TypeAlias = "Callable[[Object, Sequence[Object]], list[Object]]"
"""From a custom resource, and all objects of the platform, to what its operator makes."""

NAME = "app.kubernetes.io/name"


def pods(owner: Object, name: str, labels: Mapping[str, str], ports: Mapping[str, int | tuple[int, str]]) -> Object:
    """Make a workload in its owner's namespace; `ports` are by name: a number, or number and protocol."""
    listening = [
        {"name": key, "containerPort": port[0], "protocol": port[1]}
        if isinstance(port, tuple)
        else {"name": key, "containerPort": port}
        for key, port in ports.items()
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": owner["metadata"]["namespace"], "labels": dict(labels)},
        "spec": {"containers": [{"name": "main", "ports": listening}]},
    }


def service(
    owner: Object,
    name: str,
    selector: Mapping[str, str],
    ports: Mapping[str, tuple[int, int | str]],
    kind: str = "ClusterIP",
) -> Object:
    """Make a Service in its owner's namespace, labelled like its pods.

    `ports` are by name: the Service's number, and the number or name that the pods have for it.
    """
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": owner["metadata"]["namespace"], "labels": dict(selector)},
        "spec": {
            "type": kind,
            "selector": dict(selector),
            "ports": [{"name": key, "port": port, "targetPort": target} for key, (port, target) in ports.items()],
        },
    }


def _named(objects: Sequence[Object], kind: str, name: str) -> Object:
    (found,) = [item for item in objects if item["kind"] == kind and item["metadata"]["name"] == name]
    return found


def _ports(pod: Mapping[str, Any]) -> dict[str, int | tuple[int, str]]:
    containers: list[Object] = pod["containers"]
    return {port["name"]: port["containerPort"] for one in containers for port in one.get("ports", [])}


def _prometheus(cr: Object, _: Sequence[Object]) -> list[Object]:
    """prometheus-operator, makeSelectorLabels in pkg/prometheus/server/operator.go, pkg/operator/config_reloader.go."""
    name = cr["metadata"]["name"]
    labels = {
        NAME: "prometheus",
        "app.kubernetes.io/managed-by": "prometheus-operator",
        "app.kubernetes.io/instance": name,
        "operator.prometheus.io/name": name,
        "prometheus": name,
    }
    return [
        pods(cr, f"prometheus-{name}", labels, {"http-web": 9090, "reloader-web": 8080}),
        service(cr, "prometheus-operated", {NAME: "prometheus"}, {"web": (9090, "http-web")}),
    ]


def _alertmanager(cr: Object, _: Sequence[Object]) -> list[Object]:
    """prometheus-operator, pkg/alertmanager/{operator,statefulset}.go: the mesh speaks TCP and UDP."""
    name = cr["metadata"]["name"]
    labels = {
        NAME: "alertmanager",
        "app.kubernetes.io/managed-by": "prometheus-operator",
        "app.kubernetes.io/instance": name,
        "alertmanager": name,
    }
    ports = {"http-web": 9093, "mesh-tcp": 9094, "mesh-udp": (9094, "UDP"), "reloader-web": 8080}
    return [
        pods(cr, f"alertmanager-{name}", labels, ports),
        service(cr, "alertmanager-operated", {NAME: "alertmanager"}, {"web": (9093, "http-web")}),
    ]


CORE_SERVICES: tuple[tuple[str, str, dict[str, tuple[int, int | str]]], ...] = (
    ("seldon-mesh", "seldon-envoy", {"data": (80, "http"), "stats": (9003, "envoy-stats")}),
    (
        "seldon-scheduler",
        "seldon-scheduler",
        {
            "xds": (9002, "xds"),
            "scheduler": (9004, "scheduler"),
            "scheduler-mtls": (9044, "scheduler-mtls"),
            "agent": (9005, "agent"),
            "agent-mtls": (9055, "agent-mtls"),
            "dataflow": (9008, "dataflow"),
        },
    ),
)
"""Services of a runtime: name, component, and ports."""


def _seldon_runtime(cr: Object, objects: Sequence[Object]) -> list[Object]:
    """seldon-core, operator/controllers/reconcilers/seldon: a workload per component, Services for two of them."""
    overrides: list[Object] = cr["spec"]["overrides"]
    by_name = {override["name"]: override for override in overrides}
    components: list[Object] = _named(objects, "SeldonConfig", cr["spec"]["seldonConfig"])["spec"]["components"]
    made = [
        pods(cr, part["name"], {**part.get("labels", {}), NAME: part["name"]}, _ports(part["podSpec"]))
        for part in components
        if not by_name.get(part["name"], {}).get("disable")
    ]
    for name, workload, ports in CORE_SERVICES:
        kind = by_name[workload].get("serviceType") or "ClusterIP"
        made.append(service(cr, name, {NAME: workload}, ports, kind))
    return made


def _server(cr: Object, objects: Sequence[Object]) -> list[Object]:
    """seldon-core, operator/controllers/reconcilers/server: a StatefulSet, and a headless Service for each replica."""
    name = cr["metadata"]["name"]
    first = {"statefulset.kubernetes.io/pod-name": f"{name}-0"}
    labels = {NAME: "seldon-server", "seldon-server-name": name, **first}
    config = _named(objects, "ServerConfig", cr["spec"]["serverConfig"])
    return [
        pods(cr, name, labels, _ports(config["spec"]["podSpec"])),
        service(cr, f"{name}-0", first, {"http": (9000, "http"), "grpc": (9500, "grpc")}),
    ]


def _postgres_cluster(cr: Object, _: Sequence[Object]) -> list[Object]:
    """cloudnative-pg 1.30.0, pkg/specs/{pods,jobs,services}.go: instances, a job for each new one, three Services."""
    name = cr["metadata"]["name"]
    labels = {NAME: "postgresql", "app.kubernetes.io/managed-by": "cloudnative-pg", "cnpg.io/cluster": name}
    mine, port = {"cnpg.io/cluster": name}, {"postgres": (5432, 5432)}
    made = [pods(cr, f"{name}-join", {**labels, "cnpg.io/jobRole": "join"}, {})]
    for suffix, role in (("rw", "primary"), ("ro", "replica")):
        instance = {**labels, "cnpg.io/podRole": "instance", "cnpg.io/instanceRole": role}
        made.append(pods(cr, f"{name}-{role}", instance, {"postgresql": 5432, "metrics": 9187, "status": 8000}))
        made.append(service(cr, f"{name}-{suffix}", {**mine, "cnpg.io/instanceRole": role}, port))
    return [*made, service(cr, f"{name}-r", {**mine, "cnpg.io/podRole": "instance"}, port)]


MADE: dict[str, Maker] = {
    "mlops.seldon.io/SeldonRuntime": _seldon_runtime,
    "mlops.seldon.io/Server": _server,
    "monitoring.coreos.com/Alertmanager": _alertmanager,
    "monitoring.coreos.com/Prometheus": _prometheus,
    "postgresql.cnpg.io/Cluster": _postgres_cluster,
}
"""By `<group>/<kind>`."""

PODLESS = {
    "barmancloud.cnpg.io/ObjectStore",
    "cert-manager.io/Certificate",
    "cert-manager.io/ClusterIssuer",
    "cert-manager.io/Issuer",
    "mlops.seldon.io/Model",
    "mlops.seldon.io/SeldonConfig",
    "mlops.seldon.io/ServerConfig",
    "monitoring.coreos.com/PodMonitor",
    "monitoring.coreos.com/PrometheusRule",
    "monitoring.coreos.com/ServiceMonitor",
    "networking.istio.io/DestinationRule",
    "networking.istio.io/Gateway",
    "networking.istio.io/VirtualService",
    "postgresql.cnpg.io/ScheduledBackup",
    "security.istio.io/AuthorizationPolicy",
    "security.istio.io/PeerAuthentication",
    "security.istio.io/RequestAuthentication",
    "telemetry.istio.io/Telemetry",
}
"""Kinds because of which nothing runs: configuration of something that runs anyway."""

ALSO_LISTENING: dict[tuple[str, str], tuple[int, ...]] = {
    ("app", "istio-ingressgateway"): (80, 443, 15020, 15021),
    ("control-plane", "v2-controller-manager"): (8081,),
    (NAME, "plugin-barman-cloud"): (8081,),
    (NAME, "seldon-envoy"): (9001,),
    (NAME, "seldon-server"): (9007,),
}
"""Ports on which pods with a label listen although no container declares them."""

WEBHOOKS: dict[str, int] = {"cloudnative-pg": 9443, "istiod": 15017, "webhook": 10250}
"""Ports on which the API server calls pods, by their name label."""

NOT_YET: tuple[Pods, ...] = (Pods(namespace="seldon-system", labels={NAME: "seldon-deploy"}),)
"""Pods that flows name and nothing makes yet, with the labels that their chart will give them."""

SERVED_TO: dict[tuple[str, int], set[str]] = {
    ("prometheus", 9090): {"prometheus"},
    ("alertmanager", 9093): {"prometheus"},
    ("postgresql", 5432): {"postgresql", "seldon-deploy"},
    ("postgresql", 8000): {"cloudnative-pg", "postgresql"},
    ("seldon-scheduler", 9008): {"seldon-dataflow-engine"},
}
"""Who may reach a port that holds data or does not encrypt: name label and port, and the name labels of its clients."""
