"""The stand-in charts: strict about keys, faithful about images, hooks and security settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
import stand_ins
from rich.console import Console
from stand_ins import Helm, Object, RefusedValuesError

from rehearsal.toolchain import ensure_tools

if TYPE_CHECKING:
    from collections.abc import Iterator

MIRROR = "registry.acme.example/mirror"
SETUP = "seldon-core-v2-setup"
RUNTIME = "seldon-core-v2-runtime"
SERVERS = "seldon-core-v2-servers"
MONITORING = "kube-prometheus-stack"
STRIMZI = "strimzi-kafka-operator"
RESTRICTED = {"seccompProfile": {"type": "RuntimeDefault"}}
PULL = [{"name": "registry-pull"}]

ENTERPRISE = "seldon-deploy"
SEP = f"{MIRROR}/seldonio"
ENTERPRISE_MIRRORED: Object = {
    "image": {"image": f"{SEP}/seldon-deploy-server:2.4.0"},
    "loadtest": {"image": f"{SEP}/hey-loadtester:0.2"},
    "alibidetect": {"image": f"{SEP}/alibi-detect-server:1.18.2"},
    "env": {"REFERENCE_DATA_FORWARDER_IMAGE": f"{SEP}/reference-data-forwarder:0.3.0"},
    "batchjobs": {
        "processor": {"image": f"{SEP}/seldon-core-s2i-python38:1.18.2"},
        "processorV2": {"image": f"{SEP}/mlserver:1.6.0-slim"},
        "storageInitializer": {"image": f"{SEP}/rclone-storage-initializer:1.18.2"},
    },
    "requestLogger": {"image": f"{SEP}/metronome:1.8.4"},
}

SETUP_COMPONENTS = ("controller", "scheduler", "envoy", "hodometer", "modelgateway", "pipelinegateway", "dataflow")
MIRRORED: dict[str, Object] = {
    "argo-workflows": {"controller": {"image": {"registry": MIRROR}}, "executor": {"image": {"registry": MIRROR}}},
    "base": {},
    "cert-manager": {"imageRegistry": MIRROR},
    "eck-operator": {"image": {"repository": f"{MIRROR}/eck/eck-operator"}},
    "cloudnative-pg": {"image": {"repository": f"{MIRROR}/cloudnative-pg/cloudnative-pg"}},
    "gateway": {},
    "istiod": {"global": {"hub": f"{MIRROR}/istio"}},
    MONITORING: {"global": {"imageRegistry": MIRROR}},
    "nginx-ingress": {"controller": {"image": {"repository": f"{MIRROR}/nginx/nginx-ingress"}}},
    "plugin-barman-cloud": {"image": {"registry": MIRROR}, "sidecarImage": {"registry": MIRROR}},
    "seaweedfs": {"global": {"imageRegistry": MIRROR}},
    "seldon-core-v2-crds": {},
    SETUP: {
        **{component: {"image": {"registry": MIRROR}} for component in SETUP_COMPONENTS},
        "serverConfig": {
            container: {"image": {"registry": MIRROR}} for container in ("rclone", "agent", "mlserver", "triton")
        },
    },
    RUNTIME: {},
    SERVERS: {},
    ENTERPRISE: ENTERPRISE_MIRRORED,
    STRIMZI: {"defaultImageRegistry": MIRROR},
}


@pytest.fixture(scope="module")
def helm() -> Helm:
    return Helm(binary=ensure_tools(console=Console(stderr=True)).helm)


def under(path: str, value: object) -> Object:
    """Return values with one key set, by its dotted path."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return cast("Object", value)


def strict_objects(schema: Object, path: str = "") -> Iterator[tuple[str, Object]]:
    """Yield every object of a JSON Schema that lists its properties."""
    if "properties" in schema:
        yield path, schema
    for key in ("properties", "$defs"):
        for name, inner in cast("Object", schema.get(key, {})).items():
            yield from strict_objects(cast("Object", inner), f"{path}/{name}")


@pytest.mark.parametrize("chart", stand_ins.NAMES)
def test_renders_with_its_own_defaults(helm: Helm, chart: str) -> None:
    objects = helm(chart)
    assert objects
    identities = [(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in objects]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("chart", stand_ins.NAMES)
def test_an_unknown_key_is_refused_by_name(helm: Helm, chart: str) -> None:
    with pytest.raises(RefusedValuesError, match="notAKey"):
        helm(chart, {"notAKey": True})


@pytest.mark.parametrize("chart", stand_ins.NAMES)
def test_a_schema_is_open_only_where_it_says_so(chart: str) -> None:
    schema = json.loads((stand_ins.CHARTS / chart / "values.schema.json").read_text(encoding="utf-8"))
    assert schema["description"]
    for path, found in strict_objects(schema):
        assert found.get("additionalProperties") is False or found.get("description"), path


@pytest.mark.parametrize(
    ("chart", "path", "value"),
    [
        (SETUP, "envoy.service.type", "ClusterIP"),
        (SETUP, "scheduler.service.type", "ClusterIP"),
        (SETUP, "controller.skipOperatorClusterRoleCreation", True),
        (SETUP, "opentelemetry.enable", False),
        (SETUP, "serviceGRPCPrefix", "http2-"),
        (SETUP, "kafka.consumer.topicMetadataRefreshIntervalMs", 1000),
        (SETUP, "controller.podSpec", {}),
        (RUNTIME, "scheduler.replicas", 2),
        (RUNTIME, "config.scalingConfig", {}),
        (SERVERS, "mlserver.labels", {"first": "a", "second": "b"}),
        ("cert-manager", "installCRDs", True),
        ("istiod", "global.imagePullSecrets", PULL),
        ("gateway", "image", "proxyv2"),
        ("nginx-ingress", "controller.image.registry", MIRROR),
        ("nginx-ingress", "controller.podDisruptionBudget.unhealthyPodEvictionPolicy", "AlwaysAllow"),
        ("nginx-ingress", "controller.nginxStatus.enabled", False),
        ("nginx-ingress", "controller.defaultTLS.key", "a2V5"),
        (MONITORING, "prometheus.prometheusSpec.retentionTime", "30d"),
        (MONITORING, "prometheusOperator.replicas", 2),
        (MONITORING, "kube-state-metrics.metricLabelsAllowList", ["pods=[*]"]),
        (STRIMZI, "imagePullSecrets", PULL),
        (ENTERPRISE, "ingress.enabled", True),
        (ENTERPRISE, "docker.user", "seldon"),
        (ENTERPRISE, "serviceAccountName", "seldon-deploy"),
        (ENTERPRISE, "requestLogger.imagePullSecrets", PULL),
        (ENTERPRISE, "requestLogger.kafka_consumer.ssl.client.endpointIdentificationAlgorithm", "https"),
        (ENTERPRISE, "env.CLIENT_SECRET", {"secretKeyRef": {"name": "login", "key": "secret"}}),
        (STRIMZI, "createAggregateRoles", True),
        ("argo-workflows", "controller.enabled", False),
        ("argo-workflows", "controller.strategy", {"type": "Recreate"}),
        ("argo-workflows", "server.enabled", True),
    ],
)
def test_a_key_that_the_real_chart_does_not_read_is_refused(helm: Helm, chart: str, path: str, value: Any) -> None:
    with pytest.raises(RefusedValuesError, match="don't meet the specifications of the schema"):
        helm(chart, under(path, value))


def test_the_schema_tells_why_a_documented_key_is_refused() -> None:
    schema = json.loads((stand_ins.CHARTS / SETUP / "values.schema.json").read_text(encoding="utf-8"))
    for component in ("envoy", "scheduler"):
        assert "no template reads it" in schema["properties"][component]["description"]


@pytest.mark.parametrize("chart", stand_ins.NAMES)
def test_every_image_follows_the_mirror(helm: Helm, chart: str) -> None:
    before = stand_ins.images(helm(chart))
    after = stand_ins.images(helm(chart, MIRRORED[chart]))
    assert len(after) == len(before)
    assert [image for image in after - {"auto"} if not image.startswith(f"{MIRROR}/")] == []


@pytest.mark.parametrize(
    ("chart", "hidden"),
    [
        ("cert-manager", "quay.io/jetstack/cert-manager-acmesolver:v1.21.1"),
        ("istiod", "registry.istio.io/release/proxyv2:1.30.3"),
        (MONITORING, "quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1"),
        (MONITORING, "quay.io/prometheus/prometheus:v3.14.0-distroless"),
        (SETUP, "nvcr.io/nvidia/tritonserver:23.03-py3"),
        (STRIMZI, "quay.io/strimzi/kafka:1.2.0-kafka-4.2.1"),
        ("argo-workflows", "quay.io/argoproj/argoexec:v3.5.12"),
        (ENTERPRISE, "docker.io/seldonio/hey-loadtester:0.2"),
    ],
)
def test_images_outside_of_pods_are_there(helm: Helm, chart: str, hidden: str) -> None:
    assert hidden in stand_ins.images(helm(chart))


@pytest.mark.parametrize(
    "chart", ["cert-manager", "istiod", "base", "seldon-core-v2-crds", MONITORING, "nginx-ingress", STRIMZI]
)
def test_crds_are_permissive(helm: Helm, chart: str) -> None:
    values = {"crds": {"enabled": True}} if chart == "cert-manager" else None
    crds = stand_ins.kinds(helm(chart, values), "CustomResourceDefinition")
    assert bool(crds) == (chart != "istiod")
    for crd in crds:
        assert crd["metadata"]["name"] == f"{crd['spec']['names']['plural']}.{crd['spec']['group']}"
        assert [version["storage"] for version in crd["spec"]["versions"]].count(True) == 1
        for version in crd["spec"]["versions"]:
            assert "status" in version["subresources"]
            properties = version["schema"]["openAPIV3Schema"]["properties"]
            assert all(properties[part]["x-kubernetes-preserve-unknown-fields"] for part in ("spec", "status"))


def test_scaled_kinds_have_the_scale_subresource(helm: Helm) -> None:
    crds = [*helm("seldon-core-v2-crds"), *stand_ins.kinds(helm(MONITORING), "CustomResourceDefinition")]
    scaled = {crd["spec"]["names"]["kind"] for crd in crds if "scale" in crd["spec"]["versions"][0]["subresources"]}
    assert scaled == {"Model", "Server", "Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"}


def test_cert_manager_leaves_its_crds_out_unless_asked(helm: Helm) -> None:
    assert stand_ins.kinds(helm("cert-manager"), "CustomResourceDefinition") == []


@pytest.mark.parametrize(
    ("chart", "hooks", "off"),
    [
        (
            "cert-manager",
            {"Job", "ServiceAccount", "Role", "RoleBinding"},
            {"startupapicheck": {"enabled": False}},
        ),
        (
            MONITORING,
            {"Job", "ServiceAccount"},
            {"prometheusOperator": {"admissionWebhooks": {"certManager": {"enabled": True}}}},
        ),
        (
            MONITORING,
            {"Job", "ServiceAccount"},
            {"prometheusOperator": {"admissionWebhooks": {"enabled": False}, "tls": {"enabled": False}}},
        ),
    ],
)
def test_hooks_are_there_until_switched_off(helm: Helm, chart: str, hooks: set[str], off: Object) -> None:
    assert {item["kind"] for item in helm(chart) if stand_ins.is_hook(item)} == hooks
    assert [item for item in helm(chart, off) if stand_ins.is_hook(item)] == []


def test_the_operator_mounts_a_certificate_that_only_hooks_or_cert_manager_make(helm: Helm) -> None:
    def mounted(values: Object) -> bool:
        operator = stand_ins.named(helm(MONITORING, values), "Deployment", f"{MONITORING}-operator")
        return bool(operator["spec"]["template"]["spec"].get("volumes"))

    assert mounted({"prometheusOperator": {"admissionWebhooks": {"enabled": False}}})
    assert not mounted({"prometheusOperator": {"admissionWebhooks": {"enabled": False}, "tls": {"enabled": False}}})


def test_core_2_pods_lack_what_restricted_asks_as_upstream(helm: Helm) -> None:
    specs = dict(stand_ins.pod_specs(helm(SETUP)))
    assert len(specs) == 9
    for name, spec in specs.items():
        assert spec["securityContext"] == {"fsGroup": 1000, "runAsUser": 1000, "runAsGroup": 1000, "runAsNonRoot": True}
        given = [container.get("securityContext") for container in stand_ins.containers(spec)]
        expected = {"allowPrivilegeEscalation": False} if name.startswith("Deployment/") else None
        assert given == [expected] * len(given), name


def test_core_2_pods_take_pull_secrets_and_security_contexts(helm: Helm) -> None:
    values: Object = {component: {"securityContext": RESTRICTED} for component in SETUP_COMPONENTS}
    values |= {"serverConfig": {"securityContext": RESTRICTED}, "imagePullSecrets": PULL}
    for name, spec in stand_ins.pod_specs(helm(SETUP, values)):
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["imagePullSecrets"] == PULL, name


@pytest.mark.parametrize("server", ["mlserver", "triton"])
def test_core_2_servers_have_three_containers_and_a_volume(helm: Helm, server: str) -> None:
    spec = stand_ins.named(helm(SETUP), "ServerConfig", server)["spec"]
    assert [container["name"] for container in spec["podSpec"]["containers"]] == ["rclone", "agent", server]
    assert [claim["name"] for claim in spec["volumeClaimTemplates"]] == [f"{server}-models"]


def test_core_2_speaks_tls_on_the_control_plane_when_told(helm: Helm) -> None:
    objects = helm(SETUP, {"security": {"controlplane": {"protocol": "SSL"}}})
    told: dict[str, str] = {}
    for name, spec in stand_ins.pod_specs(objects):
        for container in stand_ins.containers(spec):
            for entry in container["env"]:
                if entry["name"] == "CONTROL_PLANE_SECURITY_PROTOCOL":
                    told[f"{name}/{container['name']}"] = entry["value"]
    assert set(told.values()) == {"SSL"}
    assert {name.rpartition("/")[2] for name in told} == {
        "manager",
        "scheduler",
        "hodometer",
        "modelgateway",
        "pipelinegateway",
        "agent",
    }


@pytest.mark.parametrize(
    ("controller", "cluster_kinds"),
    [
        ({}, set[str]()),
        ({"clusterwide": True}, {"ClusterRole", "ClusterRoleBinding"}),
        ({"watchNamespaces": ["fraud"]}, {"ClusterRole", "ClusterRoleBinding"}),
        ({"clusterwide": True, "skipClusterRoleCreation": True}, {"ClusterRoleBinding"}),
    ],
)
def test_core_2_cluster_rights_follow_the_controller_values(
    helm: Helm, controller: Object, cluster_kinds: set[str]
) -> None:
    objects = helm(SETUP, {"controller": controller}, namespace="seldon-system")
    assert {item["kind"] for item in objects if item["kind"].startswith("Cluster")} == cluster_kinds
    for binding in stand_ins.kinds(objects, "ClusterRoleBinding"):
        assert binding["metadata"]["name"] == "seldon-v2-manager-rolebinding-seldon-system"


def test_a_runtime_is_exposed_until_told_otherwise(helm: Helm) -> None:
    def exposed(values: Object) -> dict[str, str]:
        runtime = stand_ins.named(helm(RUNTIME, values), "SeldonRuntime", "seldon")
        return {item["name"]: item["serviceType"] for item in runtime["spec"]["overrides"] if "serviceType" in item}

    inside = {name: {"serviceType": "ClusterIP"} for name in ("scheduler", "envoy")}
    assert exposed({}) == {"seldon-scheduler": "LoadBalancer", "seldon-envoy": "LoadBalancer"}
    assert exposed(inside) == {"seldon-scheduler": "ClusterIP", "seldon-envoy": "ClusterIP"}


def test_a_runtime_hands_over_pod_specs_and_storage_secrets(helm: Helm) -> None:
    pod_spec = {"containers": [{"name": "envoy", "securityContext": {"allowPrivilegeEscalation": False}}]}
    secrets = {"agentConfig": {"rclone": {"configSecrets": ["models"]}}}
    objects = helm(RUNTIME, {"envoy": {"podSpec": pod_spec}, "hodometer": {"disable": True}, "config": secrets})
    spec = stand_ins.named(objects, "SeldonRuntime", "seldon")["spec"]
    overrides = {item["name"]: item for item in spec["overrides"]}
    assert overrides["seldon-envoy"]["podSpec"] == pod_spec
    assert overrides["hodometer"]["disable"]
    assert spec["config"]["agentConfig"]["rclone"]["config_secrets"] == ["models"]
    assert stand_ins.named(objects, "Secret", "seldon-rclone-gs-public")


def test_servers_are_two(helm: Helm) -> None:
    objects = helm(SERVERS, {"mlserver": {"replicas": 3, "podSpec": {"nodeSelector": {"pool": "models"}}}})
    mlserver = stand_ins.named(objects, "Server", "mlserver")["spec"]
    assert (mlserver["replicas"], mlserver["podSpec"]) == (3, {"nodeSelector": {"pool": "models"}})
    assert stand_ins.named(objects, "Server", "triton")["spec"]["serverConfig"] == "triton"


def test_cert_manager_puts_pull_secrets_on_its_accounts(helm: Helm) -> None:
    accounts = stand_ins.kinds(helm("cert-manager", {"global": {"imagePullSecrets": PULL}}), "ServiceAccount")
    assert len(accounts) == 4
    assert all(account["imagePullSecrets"] == PULL for account in accounts)


def test_istio_takes_pull_secrets_by_name_and_gateways_as_objects(helm: Helm) -> None:
    istiod = helm("istiod", {"global": {"imagePullSecrets": ["registry-pull"]}})
    assert stand_ins.named(istiod, "ServiceAccount", "istiod")["imagePullSecrets"] == PULL
    (spec,) = dict(stand_ins.pod_specs(helm("gateway", {"imagePullSecrets": PULL}))).values()
    assert spec["imagePullSecrets"] == PULL


@pytest.mark.parametrize("authority", ["", "-----BEGIN CERTIFICATE-----"])
def test_istiod_mounts_the_authority_of_token_issuers_where_it_looks_for_it(helm: Helm, authority: str) -> None:
    objects = helm("istiod", {"jwksResolverExtraRootCA": authority})
    pod = stand_ins.named(objects, "Deployment", "istiod")["spec"]["template"]["spec"]
    mounts = [mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]]
    assert ("/cacerts" in mounts) == bool(authority)
    if authority:
        bundle = stand_ins.named(objects, "ConfigMap", "pilot-jwks-extra-cacerts")
        assert bundle["data"] == {"extra.pem": authority}


def test_a_gateway_drops_its_own_sysctl_when_it_is_given_a_security_context(helm: Helm) -> None:
    (default,) = dict(stand_ins.pod_specs(helm("gateway"))).values()
    (given,) = dict(stand_ins.pod_specs(helm("gateway", {"securityContext": RESTRICTED}))).values()
    assert default["securityContext"] == {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]}
    assert given["securityContext"] == RESTRICTED


@pytest.mark.parametrize(
    ("chart", "one", "two"),
    [
        ("istiod", {}, {"autoscaleEnabled": False, "replicaCount": 2}),
        ("gateway", {"podDisruptionBudget": {"minAvailable": 1}}, {"autoscaling": {"minReplicas": 2}}),
    ],
)
def test_istio_makes_a_disruption_budget_for_two_replicas_only(
    helm: Helm, chart: str, one: Object, two: Object
) -> None:
    assert stand_ins.kinds(helm(chart, one), "PodDisruptionBudget") == []
    assert len(stand_ins.kinds(helm(chart, {**one, **two}), "PodDisruptionBudget")) == 1


def test_prometheus_selects_all_monitors_only_when_told(helm: Helm) -> None:
    def selector(values: Object) -> object:
        found = stand_ins.named(helm(MONITORING, values), "Prometheus", f"{MONITORING}-prometheus")
        return found["spec"]["podMonitorSelector"]

    told = {"prometheus": {"prometheusSpec": {"podMonitorSelectorNilUsesHelmValues": False}}}
    assert selector({}) == {"matchLabels": {"release": MONITORING}}
    assert selector(told) == {}


def test_prometheus_spec_reaches_the_custom_resource(helm: Helm) -> None:
    storage = {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "100Gi"}}}}}
    spec = {"replicas": 2, "retention": "30d", "storageSpec": storage, "automountServiceAccountToken": False}
    objects = helm(MONITORING, {"global": {"imagePullSecrets": PULL}, "prometheus": {"prometheusSpec": spec}})
    found = stand_ins.named(objects, "Prometheus", f"{MONITORING}-prometheus")["spec"]
    assert (found["replicas"], found["retention"], found["storage"]) == (2, "30d", storage)
    assert found["automountServiceAccountToken"] is False
    assert found["imagePullSecrets"] == PULL


def test_node_exporter_stands_on_the_host(helm: Helm) -> None:
    specs = dict(stand_ins.pod_specs(helm(MONITORING)))
    exporter = specs[f"DaemonSet/{MONITORING}-prometheus-node-exporter"]
    assert exporter["hostNetwork"]
    assert exporter["hostPID"]
    gone = stand_ins.kinds(helm(MONITORING, {"nodeExporter": {"enabled": False}}), "DaemonSet")
    assert gone == []


@pytest.mark.parametrize(
    ("chart", "values"),
    [
        ("cert-manager", {}),
        (MONITORING, {"nodeExporter": {"enabled": False}, "grafana": {"enabled": False}}),
    ],
)
def test_these_pods_are_restricted_by_default(helm: Helm, chart: str, values: Object) -> None:
    for name, spec in stand_ins.pod_specs(helm(chart, values)):
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in stand_ins.containers(spec):
            assert container["securityContext"]["allowPrivilegeEscalation"] is False, name
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name


def test_strimzi_watches_its_own_namespace_too(helm: Helm) -> None:
    objects = helm(STRIMZI, {"watchNamespaces": ["kafka"]}, namespace="operator")
    assert strimzi_environment(objects)["STRIMZI_NAMESPACE"] == "kafka,operator"


def test_strimzi_has_rights_in_the_whole_cluster_until_its_roles_are_off(helm: Helm) -> None:
    def roles(values: Object) -> set[str]:
        return {item["kind"] for item in helm(STRIMZI, values) if "Role" in item["kind"]}

    assert roles({"watchNamespaces": ["kafka"]}) == {"ClusterRole", "ClusterRoleBinding", "RoleBinding"}
    assert roles({"rbac": {"create": False}}) == set()


def test_strimzi_hands_pull_secrets_and_policies_on_to_what_it_makes(helm: Helm) -> None:
    default = strimzi_environment(helm(STRIMZI))
    told = strimzi_environment(helm(STRIMZI, {"generateNetworkPolicy": False, "image": {"imagePullSecrets": PULL}}))
    assert default.keys() & {"STRIMZI_NETWORK_POLICY_GENERATION", "STRIMZI_IMAGE_PULL_SECRETS"} == set()
    assert told["STRIMZI_NETWORK_POLICY_GENERATION"] == "false"
    assert told["STRIMZI_IMAGE_PULL_SECRETS"] == "registry-pull"


def strimzi_environment(objects: list[Object]) -> dict[str, str]:
    """Return what Strimzi's operator is told in plain text."""
    (spec,) = dict(stand_ins.pod_specs(objects)).values()
    return {entry["name"]: entry["value"] for entry in spec["containers"][0]["env"] if "value" in entry}
