"""F5 NGINX Ingress Controller: its chart's values, its rights, its certificates, and the order in which they come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from component_stage import CERTIFICATE, CHART, ONE, SECRET, SOURCES, THREE, WITHOUT_MIRROR, perform, waits_for
from recorder import Secret, leaves, unsecret

from components.cluster.balancer import LoadBalancer
from components.cluster.flows import PlatformMap
from components.cluster.network import ANYWHERE
from components.cluster.nginx.callers import ExternalEndpoint, OwnEndpoint, policy_spec
from components.cluster.nginx.flows import nginx_flows
from components.cluster.nginx.ingress import NginxArgs, NginxIngress
from components.cluster.nginx.monitors import nginx_monitors
from components.cluster.nginx.rights import cluster_rules, own_rules, upstream_rules
from components.cluster.nginx.routes import route_spec, verified_spec
from components.cluster.nginx.values import ACCESS_LOG, POD_LABELS, configuration, nginx_values
from components.cluster.server_certificate import ProvidedCertificate
from components.contracts import Addresses, Pods

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

    from components.cluster.balancer import CloudKind
    from components.cluster.nginx.values import MinimumTls
    from components.sources import Sources
    from components.workload import Workload

POLICY = "kubernetes:k8s.nginx.org/v1:Policy"
SERVER = "kubernetes:k8s.nginx.org/v1:VirtualServer"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
SERVICE = "kubernetes:core/v1:Service"
SLICE = "kubernetes:discovery.k8s.io/v1:EndpointSlice"
HOST = "fraud.ml.acme.example"
ENDPOINT = ExternalEndpoint(
    host="auth.acme.example",
    port=8443,
    path="/oauth2/auth",
    addresses=["10.0.0.40", "10.0.0.41", "fd00::40"],
    authority="-----BEGIN CERTIFICATE-----",
)
OWN = OwnEndpoint(
    namespace="callers",
    service="oauth2-proxy",
    port=443,
    pod_port=4443,
    path="/oauth2/auth",
    provider=Addresses(cidrs=["10.0.0.60/32"]),
    provider_port=8443,
)
PLACE = PlatformMap(
    certificates="cert-manager",
    ingress="edge",
    gateway_labels=POD_LABELS,
    monitoring="watch",
    core="core",
    api_server=Addresses(cidrs=["10.0.0.10/32"]),
    api_server_port=6443,
)


def made(*, callers: ExternalEndpoint | OwnEndpoint | None = ENDPOINT, provided: bool = False) -> Recording:
    def make(stage: Stage) -> None:
        own = ProvidedCertificate(certificate="-----BEGIN", private_key=pulumi.Output.from_input("key"))
        args = NginxArgs(
            sources=SOURCES,
            placed=stage.place("edge"),
            watched=[stage.place("fraud"), stage.place("churn")],
            hosts=[HOST, "churn.ml.acme.example"],
            callers=callers,
            certificate=own if provided else stage.issuer("edge-issuer"),
            authority=stage.issuer("own-issuer"),
            size=THREE,
            load_balancer=LoadBalancer(),
            depends_on=[stage.prop("flows")],
        )
        nginx = NginxIngress("ingress", args, stage.opts)
        nginx.route(
            "ingress-fraud", "fraud", HOST, pulumi.ResourceOptions(parent=nginx, depends_on=[stage.prop("runtime")])
        )

    return perform(make)


def values(
    *,
    size: Workload = THREE,
    sources: Sources = SOURCES,
    load_balancer: LoadBalancer | None = None,
    minimum_tls: MinimumTls = "1.2",
) -> dict[str, Any]:
    return nginx_values(
        size=size,
        sources=sources,
        load_balancer=load_balancer or LoadBalancer(),
        minimum_tls=minimum_tls,
        namespace="edge",
        watched=["fraud", "churn"],
    )


def test_nginx_comes_after_its_rights_and_routes_come_after_nginx() -> None:
    recording = made()
    controller = waits_for(recording, recording.one(CHART, "ingress-controller"))
    guards = {"guards-of-edge", "guards-of-fraud", "guards-of-churn", "flows"}
    rights = {"ingress-cluster-role", *(f"ingress-{namespace}-role" for namespace in ("edge", "fraud", "churn"))}
    assert controller >= {*guards, *rights}
    route = waits_for(recording, recording.object(SERVER, "edge", "inference-fraud"))
    assert route >= {
        "ingress-controller",
        "ingress-certificate",
        "ingress-policy",
        "ingress-upstream-authority",
        "ingress-fraud-tls",
        "runtime",
    }


def test_up_waits_until_nginx_accepts_a_policy_and_has_seen_a_route() -> None:
    recording = made()
    waits = {
        resource.object_name: resource.inputs["metadata"]["annotations"]["pulumi.com/waitFor"]
        for resource in [*recording.of(POLICY), *recording.of(SERVER)]
    }
    assert waits == {
        "callers": "jsonpath={.status.state}=Valid",
        "verified-fraud": "jsonpath={.status.state}=Valid",
        "inference-fraud": "jsonpath={.status.state}",
    }


def test_the_route_and_its_policy_are_where_tenants_write_nothing() -> None:
    recording = made()
    assert recording.object(SERVER, "edge", "inference-fraud").inputs["spec"] == route_spec(
        "fraud", HOST, authenticated=True
    )
    assert recording.object(POLICY, "edge", "verified-fraud").inputs["spec"] == verified_spec("fraud")
    assert recording.object(POLICY, "edge", "callers").inputs["spec"] == policy_spec(ENDPOINT)


def test_the_authority_of_the_upstreams_is_issued_into_a_secret_that_has_its_type_already() -> None:
    recording = made()
    holder = recording.object(SECRET, "edge", "upstream-authority")
    assert holder.inputs["type"] == "nginx.org/ca"
    assert not {"data", "stringData"} & holder.inputs.keys()
    issued = recording.object(CERTIFICATE, "edge", "upstream-authority")
    assert issued.inputs["spec"]["secretName"] == "upstream-authority"
    assert issued.inputs["spec"]["issuerRef"]["name"] == "own-issuer"
    assert holder.urn in recording.before(issued)


def test_the_servers_certificate_is_issued_for_the_hosts_or_the_customers_own() -> None:
    spec = made().object(CERTIFICATE, "edge", "ingress-tls").inputs["spec"]
    assert (spec["issuerRef"]["name"], spec["dnsNames"]) == ("edge-issuer", [HOST, "churn.ml.acme.example"])
    own = made(provided=True).object(SECRET, "edge", "ingress-tls")
    assert own.inputs["type"] == "kubernetes.io/tls"
    assert [value for path, value, secret in leaves(own.inputs) if secret and path.endswith("tls.key")] == ["key"]


def test_the_endpoint_stands_for_itself_as_a_service_with_addresses() -> None:
    recording = made()
    spec = recording.object(SERVICE, "edge", "callers").inputs["spec"]
    assert spec == {
        "type": "ClusterIP",
        "clusterIP": "None",
        "ports": [{"name": "https", "port": 8443, "targetPort": 8443}],
    }
    found = {r.object_name: r.inputs for r in recording.of(SLICE)}
    assert {name: inputs["addressType"] for name, inputs in found.items()} == {
        "callers-ipv4": "IPv4",
        "callers-ipv6": "IPv6",
    }
    for inputs in found.values():
        assert inputs["metadata"]["labels"]["kubernetes.io/service-name"] == "callers"
        assert inputs["ports"] == [{"name": "https", "port": 8443, "protocol": "TCP"}]
    assert [e["addresses"] for e in found["callers-ipv4"]["endpoints"]] == [["10.0.0.40"], ["10.0.0.41"]]
    authority = recording.object(SECRET, "edge", "callers-authority").inputs
    assert (authority["type"], unsecret(authority["stringData"])) == ("nginx.org/ca", {"ca.crt": ENDPOINT.authority})


def test_without_an_endpoint_nothing_asks() -> None:
    recording = made(callers=None)
    assert recording.of(SERVICE) == recording.of(SLICE) == []
    assert "policies" not in recording.object(SERVER, "edge", "inference-fraud").inputs["spec"]


def test_the_endpoint_is_verified_by_name() -> None:
    spec = policy_spec(ENDPOINT)["externalAuth"]
    assert (spec["sslEnabled"], spec["sslVerify"], spec["sniName"]) == (True, True, "auth.acme.example")
    assert spec["trustedCertSecret"] == "callers-authority"
    public = ExternalEndpoint(host="auth.acme.example", port=443, path="/", addresses=["10.0.0.40"])
    assert "trustedCertSecret" not in policy_spec(public)["externalAuth"]


def test_an_endpoint_in_the_cluster_is_verified_against_the_platforms_authority() -> None:
    recording = made(callers=OWN)
    spec = recording.object(POLICY, "edge", "callers").inputs["spec"]["externalAuth"]
    assert spec == {
        "authURI": "/oauth2/auth",
        "authServiceName": "callers/oauth2-proxy",
        "authServicePorts": [443],
        "sslEnabled": True,
        "sslVerify": True,
        "sslVerifyDepth": 5,
        "sniName": "oauth2-proxy.callers.svc",
        "trustedCertSecret": "upstream-authority",
    }
    certificate = recording.object(CERTIFICATE, "callers", "callers-tls").inputs["spec"]
    assert certificate["issuerRef"]["name"] == "own-issuer"
    assert certificate["dnsNames"] == ["oauth2-proxy.callers.svc", "oauth2-proxy.callers.svc.cluster.local"]
    assert recording.of(SERVICE) == recording.of(SLICE) == []


def test_flows_of_an_endpoint_in_the_cluster() -> None:
    flows = {flow.name: flow for flow in nginx_flows(PLACE, callers=OWN)}
    asked, asking = flows["gateway-callers"], flows["callers-provider"]
    assert (asked.source, asked.target, [*asked.ports]) == (PLACE.gateway, Pods(namespace="callers"), [4443])
    assert (asking.source, asking.target, [*asking.ports]) == (Pods(namespace="callers"), OWN.provider, [8443])


def test_no_policy_and_no_route_has_a_snippet() -> None:
    recording = made()
    given = [resource.inputs["spec"] for resource in [*recording.of(POLICY), *recording.of(SERVER)]]
    assert "nippets" not in json.dumps([*given, values()["controller"]["config"]])
    assert values()["controller"]["enableSnippets"] is False


def test_it_reads_no_secret_outside_of_its_own_namespace_and_changes_nothing_there() -> None:
    recording = made()
    assert values()["rbac"]["clusterrole"]["create"] is False
    assert values()["controller"]["watchSecretNamespace"] == "edge"
    for rule in [*cluster_rules(), *upstream_rules()]:
        assert "secrets" not in rule["resources"]
        assert {*rule["verbs"]} <= {"get", "list", "watch"}
    writing = [rule for rule in own_rules() if not {*rule["verbs"]} <= {"get", "list", "watch"}]
    assert [(rule["apiGroups"], rule["verbs"]) for rule in writing] == [(["k8s.nginx.org"], ["update"])]
    assert all(resource.endswith("/status") for rule in writing for resource in rule["resources"])
    (role,) = recording.of(CLUSTER_ROLE)
    assert role.inputs["rules"] == cluster_rules()
    assert role.object_name == "nginx-ingress"
    for namespace, rules in (("edge", own_rules()), ("fraud", upstream_rules()), ("churn", upstream_rules())):
        assert recording.object(ROLE, namespace, "nginx-ingress-routes").inputs["rules"] == rules
        binding = recording.object(BINDING, namespace, "nginx-ingress-routes").inputs
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "nginx-ingress", "namespace": "edge"}]


def test_it_watches_its_own_namespace_and_those_of_the_runtimes() -> None:
    assert values()["controller"]["watchNamespace"] == "edge,fraud,churn"


def test_pods_are_restricted_and_write_nothing_to_their_image() -> None:
    controller = values()["controller"]
    assert controller["readOnlyRootFilesystem"] is True
    assert "securityContext" not in controller
    assert controller["podSecurityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
        "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
    }


def test_nothing_is_served_or_told_but_what_is_meant() -> None:
    given = values()
    controller = given["controller"]
    assert "defaultTLS" not in controller
    assert controller["nginxStatus"] == controller["telemetryReporting"] == {"enable": False}
    assert controller["healthStatus"] is False
    assert controller["ingressClass"]["setAsDefaultIngress"] is False
    assert given["prometheus"]["service"] == {"create": False}


@pytest.mark.parametrize(("minimum", "wanted"), [("1.2", "TLSv1.2 TLSv1.3"), ("1.3", "TLSv1.3")])
def test_the_floor_of_tls(minimum: MinimumTls, wanted: str) -> None:
    entries = configuration(minimum)
    assert entries["ssl-protocols"] == wanted
    assert all(suite.startswith("ECDHE-") for suite in entries["ssl-ciphers"].split(":"))
    assert all("-GCM-" in suite or "CHACHA20" in suite for suite in entries["ssl-ciphers"].split(":"))
    assert values(minimum_tls=minimum)["controller"]["config"]["entries"] == entries


def test_the_configuration_is_strings_and_tells_no_version() -> None:
    entries = configuration("1.2")
    assert all(isinstance(value, str) for value in entries.values())
    assert (entries["server-tokens"], entries["http2"]) == ("false", "true")


def test_the_log_has_who_asked_for_what_and_no_credentials() -> None:
    assert json.loads(configuration("1.2")["log-format"]) == ACCESS_LOG
    written = " ".join(ACCESS_LOG.values())
    assert {"$remote_addr", "$host", "$uri", "$status"} <= {*written.split()}
    for secret in ("authorization", "cookie", "$args", "request_uri", "$request "):
        assert secret not in f"{written} "


@pytest.mark.parametrize(("size", "budget"), [(ONE, False), (THREE, True)])
def test_sizes(size: Workload, *, budget: bool) -> None:
    controller = values(size=size)["controller"]
    assert (controller["replicaCount"], controller["resources"]) == (size.replicas, size.resources)
    assert controller["initContainerResources"] == size.resources
    assert controller["podDisruptionBudget"] == {"enabled": budget, "maxUnavailable": 1}
    (spread,) = controller["topologySpreadConstraints"]
    assert spread["labelSelector"] == {"matchLabels": POD_LABELS}


def test_the_image_and_the_pull_secret() -> None:
    mirrored, upstream = values()["controller"], values(sources=WITHOUT_MIRROR)["controller"]
    assert mirrored["image"] == {"repository": "registry.acme.example/mirror/nginx/nginx-ingress"}
    assert mirrored["serviceAccount"] == {"imagePullSecretsNames": ["image-pull"]}
    assert upstream["image"] == {"repository": "docker.io/nginx/nginx-ingress"}
    assert upstream["serviceAccount"] == {"imagePullSecretsNames": []}


def test_the_load_balancer_keeps_the_address_of_clients_and_knows_where_to_ask_for_health() -> None:
    assert values()["controller"]["service"] == {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}
    aws = values(load_balancer=LoadBalancer(cloud="aws"))["controller"]["service"]["annotations"]
    health = {key.rpartition("healthcheck-")[2]: value for key, value in aws.items() if "healthcheck-" in key}
    assert health == {"protocol": "http", "port": "8081", "path": "/nginx-ready"}


@pytest.mark.parametrize(("cloud", "asked"), [("none", set[str]()), ("aws", {"health-gateway"}), ("gcp", set[str]())])
def test_flows(cloud: CloudKind, asked: set[str]) -> None:
    flows = {flow.name: flow for flow in nginx_flows(PLACE, callers=ENDPOINT, cloud=cloud)}
    assert flows.keys() == {"clients-gateway", "nginx-api", "scrape-gateway", "gateway-callers", *asked}
    assert (flows["clients-gateway"].source, [*flows["clients-gateway"].ports]) == (ANYWHERE, [80, 443])
    callers = flows["gateway-callers"]
    assert (callers.target, [*callers.ports]) == (
        Addresses(cidrs=["10.0.0.40/32", "10.0.0.41/32", "fd00::40/128"]),
        [8443],
    )
    assert all(PLACE.gateway in (flow.source, flow.target) for flow in flows.values())


def test_flows_of_known_clients_without_an_endpoint() -> None:
    clients = Addresses(cidrs=["10.0.0.0/8"])
    flows = {flow.name: flow for flow in nginx_flows(PLACE, callers=None, clients=clients)}
    assert "gateway-callers" not in flows
    assert flows["clients-gateway"].source == clients


def test_what_is_scraped() -> None:
    (monitor,) = nginx_monitors("edge")
    assert (monitor.labels, monitor.namespaces, monitor.port) == (POD_LABELS, ["edge"], "prometheus")


def test_nothing_in_the_chart_values_is_secret() -> None:
    given = made().one(CHART, "ingress-controller").inputs["values"]
    assert not isinstance(given, Secret)
    assert not [path for path, _, secret in leaves(given) if secret]
