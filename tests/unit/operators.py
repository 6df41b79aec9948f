"""What operators make of custom resources, from their sources: labels and ports of pods, types of Services.

Each function takes a custom resource, and all objects of the platform, and returns the objects that its operator makes:
with `pods(...)` one workload, with `service(...)` a Service. Its docstring says where the facts are from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Object: TypeAlias = dict[str, Any]

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


def prometheus(cr: Object, _: Sequence[Object]) -> list[Object]:
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


def alertmanager(cr: Object, _: Sequence[Object]) -> list[Object]:
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


def seldon_runtime(cr: Object, objects: Sequence[Object]) -> list[Object]:
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


def server(cr: Object, objects: Sequence[Object]) -> list[Object]:
    """seldon-core, operator/controllers/reconcilers/server: a StatefulSet, and a headless Service for each replica."""
    name = cr["metadata"]["name"]
    first = {"statefulset.kubernetes.io/pod-name": f"{name}-0"}
    labels = {NAME: "seldon-server", "seldon-server-name": name, **first}
    config = _named(objects, "ServerConfig", cr["spec"]["serverConfig"])
    return [
        pods(cr, name, labels, _ports(config["spec"]["podSpec"])),
        service(cr, f"{name}-0", first, {"http": (9000, "http"), "grpc": (9500, "grpc")}),
    ]


def postgres(cr: Object, _: Sequence[Object]) -> list[Object]:
    """CloudNativePG 1.30.0, pkg/specs/{pods,jobs,services}.go: instances, the job that sets them up, Services."""
    name = cr["metadata"]["name"]
    own = {"cnpg.io/cluster": name}
    labels = {
        **own,
        NAME: "postgresql",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/component": "database",
        "app.kubernetes.io/managed-by": "cloudnative-pg",
    }
    ports = {"postgresql": 5432, "metrics": 9187, "status": 8000}
    instance, roles = {"cnpg.io/podRole": "instance"}, ("primary", "replica")
    made = [pods(cr, f"{name}-{role}", {**labels, **instance, "cnpg.io/instanceRole": role}, ports) for role in roles]
    made.append(pods(cr, f"{name}-1-initdb", {**labels, "cnpg.io/jobRole": "initdb"}, {}))
    selectors = {"rw": {"cnpg.io/instanceRole": "primary"}, "ro": {"cnpg.io/instanceRole": "replica"}, "r": instance}
    made += [
        service(cr, f"{name}-{suffix}", {**own, **chosen}, {"postgres": (5432, 5432)})
        for suffix, chosen in selectors.items()
    ]
    further: list[Object] = cr["spec"].get("managed", {}).get("services", {}).get("additional", [])
    for entry in further:
        template: Object = entry["serviceTemplate"]
        chosen, kind = selectors[entry["selectorType"]], template.get("spec", {}).get("type", "ClusterIP")
        made.append(service(cr, template["metadata"]["name"], {**own, **chosen}, {"postgres": (5432, 5432)}, kind))
    return made


def elasticsearch(cr: Object, _: Sequence[Object]) -> list[Object]:
    """ECK 3.2.0, pkg/controller/elasticsearch/{label,services,nodespec}: a StatefulSet for each node set."""
    name = cr["metadata"]["name"]
    own = {"common.k8s.elastic.co/type": "elasticsearch", "elasticsearch.k8s.elastic.co/cluster-name": name}
    sets: list[Object] = cr["spec"]["nodeSets"]
    made = [
        pods(
            cr,
            f"{name}-es-{entry['name']}",
            {**own, "elasticsearch.k8s.elastic.co/statefulset-name": f"{name}-es-{entry['name']}"},
            {"https": 9200, "transport": 9300},
        )
        for entry in sets
    ]
    made.append(service(cr, f"{name}-es-internal-http", own, {"https": (9200, 9200)}))
    for key, port in (("http", 9200), ("transport", 9300)):
        options: Object = cr["spec"].get(key) or {}
        kind: str = options.get("service", {}).get("spec", {}).get("type", "ClusterIP")
        made.append(service(cr, f"{name}-es-{key}", own, {key: (port, port)}, kind))
    return made


def _kafka_labels(cluster: str, component: str, kind: str) -> dict[str, str]:
    return {
        "strimzi.io/cluster": cluster,
        "strimzi.io/kind": "Kafka",
        "strimzi.io/name": f"{cluster}-{component}",
        "strimzi.io/component-type": kind,
        NAME: kind,
        "app.kubernetes.io/instance": cluster,
        "app.kubernetes.io/managed-by": "strimzi-cluster-operator",
    }


def kafka_nodes(cr: Object, objects: Sequence[Object]) -> list[Object]:
    """Strimzi 1.2.0, cluster-operator model/KafkaCluster.java (getContainerPortList): by the roles of the pool."""
    cluster, roles = cr["metadata"]["labels"]["strimzi.io/cluster"], cr["spec"]["roles"]
    kafka: Object = _named(objects, "Kafka", cluster)["spec"]["kafka"]
    listeners: list[Object] = kafka["listeners"]
    ports: dict[str, int | tuple[int, str]] = {"tcp-kafkaagent": 8443}
    if "controller" in roles:
        ports["tcp-ctrlplane"] = 9090
    if "broker" in roles:
        ports |= {"tcp-replication": 9091, **{f"tcp-{entry['name']}": entry["port"] for entry in listeners}}
    if kafka.get("metricsConfig"):
        ports["tcp-prometheus"] = 9404
    labels = {
        **_kafka_labels(cluster, "kafka", "kafka"),
        "strimzi.io/pool-name": cr["metadata"]["name"],
        "strimzi.io/broker-role": str("broker" in roles).lower(),
        "strimzi.io/controller-role": str("controller" in roles).lower(),
    }
    return [pods(cr, f"{cluster}-{cr['metadata']['name']}", labels, ports)]


def kafka(cr: Object, objects: Sequence[Object]) -> list[Object]:
    """Strimzi 1.2.0, model/{KafkaCluster,EntityOperator}.java: Services, entity operator, and policies unless off."""
    name = cr["metadata"]["name"]
    brokers = {"strimzi.io/cluster": name, "strimzi.io/name": f"{name}-kafka", "strimzi.io/broker-role": "true"}
    listeners: list[Object] = cr["spec"]["kafka"]["listeners"]
    inside = {f"tcp-{entry['name']}": (entry["port"], entry["port"]) for entry in listeners}
    made = [service(cr, f"{name}-kafka-{suffix}", brokers, inside) for suffix in ("bootstrap", "brokers")]
    outside = {
        "nodeport": "NodePort",
        "loadbalancer": "LoadBalancer",
        "ingress": "LoadBalancer",
        "route": "LoadBalancer",
    }
    for entry in listeners:
        if entry["type"] in outside:
            ports = {"tcp-external": (entry["port"], entry["port"])}
            made.append(service(cr, f"{name}-kafka-{entry['name']}", brokers, ports, outside[entry["type"]]))
    operators: Object = cr["spec"].get("entityOperator") or {}
    ports = {"userOperator": ("healthcheck-uo", 8081), "topicOperator": ("healthcheck-to", 8080)}
    running = dict(ports[key] for key in operators if key in ports)
    if running:
        made.append(
            pods(cr, f"{name}-entity-operator", _kafka_labels(name, "entity-operator", "entity-operator"), running)
        )
    if not _without_policies(objects):
        made.append(_kafka_policy(cr, listeners))
    return made


def _without_policies(objects: Sequence[Object]) -> bool:
    """Tell whether Strimzi is told to make no NetworkPolicies, which is not its default."""
    operator = _named(objects, "Deployment", "strimzi-cluster-operator")
    containers: list[Object] = operator["spec"]["template"]["spec"]["containers"]
    environment: list[Object] = [entry for container in containers for entry in container.get("env", [])]
    return {"name": "STRIMZI_NETWORK_POLICY_GENERATION", "value": "false"} in environment


def _kafka_policy(cr: Object, listeners: Sequence[Object]) -> Object:
    """Make the part of Strimzi's own policy that is open to everybody: listeners, as long as they name no peers."""
    name = cr["metadata"]["name"]
    rules = [
        {"ports": [{"protocol": "TCP", "port": entry["port"]}], "from": entry.get("networkPolicyPeers") or []}
        for entry in listeners
    ]
    selector = {"matchLabels": {"strimzi.io/cluster": name, "strimzi.io/name": f"{name}-kafka"}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": f"{name}-network-policy-kafka", "namespace": cr["metadata"]["namespace"]},
        "spec": {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": rules},
    }


def cluster_issuer(cr: Object, objects: Sequence[Object]) -> list[Object]:
    """cert-manager, pkg/issuer/acme/http/{pod,service}.go: for a challenge over HTTP, beside the certificate."""
    solvers = cr["spec"].get("acme", {}).get("solvers", [])
    name = "cm-acme-http-solver"
    labels = {"acme.cert-manager.io/http01-solver": "true"}
    asked = [
        item
        for item in objects
        if item["kind"] == "Certificate" and item["spec"]["issuerRef"]["name"] == cr["metadata"]["name"]
    ]
    return [
        made
        for solver in solvers
        if "http01" in solver
        for item in asked
        for made in (
            pods(item, name, labels, {"http": 8089}),
            service(
                item, name, labels, {"http": (8089, 8089)}, solver["http01"]["ingress"].get("serviceType", "NodePort")
            ),
        )
    ]
