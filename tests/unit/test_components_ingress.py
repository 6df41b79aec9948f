"""Ingress: Istio, the one gateway, its certificate, and the order in which they come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from component_stage import CERTIFICATE, CHART, ONE, REGISTRY, SECRET, SOURCES, THREE, perform, waits_for
from recorder import Secret, unsecret

from components.cluster.access import Access, TokenIssuer, Tokens, guards
from components.cluster.balancer import LoadBalancer, cloud_annotations, service_values
from components.cluster.ingress import (
    GATEWAY_LABELS,
    Ingress,
    IngressArgs,
    ProvidedCertificate,
    gateway_spec,
    gateway_values,
    istiod_values,
)

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

    from components.cluster.balancer import CloudKind
    from components.workload import Workload

GATEWAY = "kubernetes:networking.istio.io/v1:Gateway"
ROUTE = "kubernetes:networking.istio.io/v1:VirtualService"
PEERS = "kubernetes:security.istio.io/v1:PeerAuthentication"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
POLICY = "kubernetes:security.istio.io/v1:AuthorizationPolicy"
TOKENS = "kubernetes:security.istio.io/v1:RequestAuthentication"
HOSTS = ["ml.acme.example", "fraud.ml.acme.example"]
CALLERS = Tokens(issuers=[TokenIssuer(issuer="https://login.acme.example", audiences=["seldon-models"])])
INSIDE = LoadBalancer(source_ranges=["10.0.0.0/8"])


def made(
    *, provided: bool = False, size: Workload = ONE, preview: bool = False, challenges: bool = False
) -> tuple[Recording, Ingress]:
    kept: list[Ingress] = []

    def make(stage: Stage) -> None:
        own = ProvidedCertificate(certificate="-----BEGIN", private_key=pulumi.Output.from_input("key"))
        args = IngressArgs(
            sources=SOURCES,
            placed=stage.place("edge"),
            host=HOSTS[0],
            extra_hosts=HOSTS[1:],
            callers=CALLERS,
            certificate=own if provided else stage.issuer("public-issuer"),
            authority=stage.issuer("own-issuer"),
            gateway_size=size,
            control_size=ONE,
            minimum_tls="1.3",
            signing_authority="-----BEGIN",
            load_balancer=INSIDE,
            challenges=challenges,
            depends_on=[stage.prop("flows")],
        )
        kept.append(Ingress("ingress", args, stage.opts))

    return perform(make, preview=preview), kept[0]


@pytest.mark.parametrize("preview", [True, False])
def test_outputs(*, preview: bool) -> None:
    recording, ingress = made(preview=preview)
    component = recording.one("seldon-platform:cluster:Ingress", "ingress")
    assert recording.outputs_of(component.urn) == {"gateway": "edge/seldon-gateway", "host": HOSTS[0]}
    assert (ingress.gateway.gateway, ingress.gateway.namespace) == ("edge/seldon-gateway", "edge")
    assert (ingress.gateway.host, ingress.gateway.pod_labels) == (HOSTS[0], GATEWAY_LABELS)


def test_charts_come_in_order_and_strict_mtls_before_the_first_proxy() -> None:
    recording, _ = made()
    base, istiod, gateway = (recording.one(CHART, f"ingress-{role}") for role in ("base", "istiod", "gateway"))
    strict = recording.one(PEERS, "ingress-strict-mtls")
    assert waits_for(recording, base) == {"guards-of-edge", "flows"}
    assert base.name in waits_for(recording, istiod)
    assert {istiod.name, strict.name} <= waits_for(recording, gateway)
    assert (strict.namespace, strict.object_name) == ("edge", "default")
    assert strict.inputs["spec"] == {"mtls": {"mode": "STRICT"}}
    releases = [(chart.inputs["name"], chart.namespace, len(chart.transforms)) for chart in (base, istiod, gateway)]
    assert releases == [("istio-base", "edge", 1), ("istiod", "edge", 1), ("istio-ingressgateway", "edge", 1)]
    assert istiod.inputs["values"] == istiod_values(
        size=ONE, registry=REGISTRY, pull_secret="image-pull", signing_authority="-----BEGIN"
    )
    assert gateway.inputs["values"] == gateway_values(size=ONE, pull_secret="image-pull", load_balancer=INSIDE)


def test_who_may_pass_is_settled_before_the_first_proxy_and_the_first_host() -> None:
    recording, _ = made()
    access = Access(host=HOSTS[0], runtime_hosts=HOSTS[1:], callers=CALLERS)
    rendered = guards(access, GATEWAY_LABELS)
    policies = [*recording.of(POLICY), *recording.of(TOKENS)]
    assert sorted(policy.object_name for policy in policies) == sorted(guard.name for guard in rendered)
    for guard in rendered:
        policy = recording.one(f"kubernetes:security.istio.io/v1:{guard.kind}", f"ingress-{guard.name}")
        assert (policy.namespace, policy.inputs["spec"]) == ("edge", guard.spec)
        assert "ingress-base" in waits_for(recording, policy)
        for proxied in (recording.one(CHART, "ingress-gateway"), recording.object(GATEWAY, "edge", "seldon-gateway")):
            assert policy.name in waits_for(recording, proxied)


def test_the_gateway_serves_every_host() -> None:
    recording, _ = made()
    gateway = recording.object(GATEWAY, "edge", "seldon-gateway")
    assert gateway.inputs["spec"] == gateway_spec(HOSTS, "1.3")
    assert "ingress-base" in waits_for(recording, gateway)


def test_a_certificate_from_an_issuer() -> None:
    recording, ingress = made()
    served = recording.object(CERTIFICATE, "edge", "ingress-tls")
    assert served.inputs["spec"]["dnsNames"] == HOSTS
    assert served.inputs["spec"]["issuerRef"]["name"] == "public-issuer"
    assert served.inputs["spec"]["usages"] == ["server auth"]
    assert served.inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
    assert waits_for(recording, served) == {"guards-of-edge", "flows", "public-issuer"}
    assert recording.of(SECRET) == []
    assert len(ingress.gateway.ready) == 4


@pytest.mark.parametrize("preview", [True, False])
def test_a_certificate_that_the_customer_brings(*, preview: bool) -> None:
    recording, _ = made(provided=True, preview=preview)
    served = recording.object(SECRET, "edge", "ingress-tls")
    assert served.inputs["type"] == "kubernetes.io/tls"
    assert isinstance(served.inputs["stringData"], Secret)
    assert unsecret(served.inputs["stringData"]) == {"tls.crt": "-----BEGIN", "tls.key": "key"}
    assert [certificate.object_name for certificate in recording.of(CERTIFICATE)] == ["gateway-client"]


def test_the_gateway_has_the_authority_that_it_verifies_envoys_against() -> None:
    recording, _ = made()
    trusted = recording.object(CERTIFICATE, "edge", "gateway-client")
    assert trusted.inputs["spec"]["issuerRef"]["name"] == "own-issuer"
    assert "own-issuer" in waits_for(recording, trusted)


def test_several_gateways_drain_one_by_one() -> None:
    recording, _ = made(size=THREE)
    budget = recording.object(BUDGET, "edge", "istio-ingressgateway")
    assert budget.inputs["spec"] == {
        "maxUnavailable": 1,
        "selector": {"matchLabels": GATEWAY_LABELS},
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }
    assert made(size=ONE)[0].of(BUDGET) == []


def test_port_443_and_port_80_of_the_gateway() -> None:
    https, http = gateway_spec(HOSTS)["servers"]
    assert https == {
        "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
        "hosts": HOSTS,
        "tls": {"mode": "SIMPLE", "credentialName": "ingress-tls", "minProtocolVersion": "TLSV1_2"},
    }
    assert http == {
        "port": {"number": 80, "name": "http", "protocol": "HTTP"},
        "hosts": HOSTS,
        "tls": {"httpsRedirect": True},
    }


def test_challenges_of_an_acme_authority_have_the_one_route_in_the_clear() -> None:
    recording, ingress = made(challenges=True)
    assert recording.object(GATEWAY, "edge", "seldon-gateway").inputs["spec"] == gateway_spec(
        HOSTS, "1.3", redirect=False
    )
    assert [server["port"]["number"] for server in gateway_spec(HOSTS, redirect=False)["servers"]] == [443]
    clear = recording.object(GATEWAY, "edge", "acme-challenges").inputs["spec"]
    assert clear == {
        "selector": GATEWAY_LABELS,
        "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": HOSTS}],
    }
    route = recording.object(ROUTE, "edge", "acme-challenges")
    challenges, rest = route.inputs["spec"]["http"]
    assert (route.inputs["spec"]["hosts"], route.inputs["spec"]["gateways"]) == (HOSTS, ["edge/acme-challenges"])
    assert challenges["match"] == [{"uri": {"prefix": "/.well-known/acme-challenge/"}}]
    target = {"host": "acme-challenges.edge.svc.cluster.local", "port": {"number": 8089}}
    assert challenges["route"] == [{"destination": target}]
    assert rest["redirect"]["scheme"] == "https"
    assert "ingress-deny-unless-allowed" in waits_for(recording, route)
    assert len(ingress.gateway.ready) == 7


def test_the_service_of_challenges_finds_the_pods_of_cert_manager_and_is_not_waited_for() -> None:
    service = made(challenges=True)[0].object("kubernetes:core/v1:Service", "edge", "acme-challenges")
    assert service.inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    assert service.inputs["spec"] == {
        "type": "ClusterIP",
        "selector": {"acme.cert-manager.io/http01-solver": "true"},
        "ports": [{"name": "http", "port": 8089, "targetPort": 8089}],
    }


def test_without_challenges_there_is_no_route_in_the_clear() -> None:
    recording, _ = made()
    assert recording.of("kubernetes:core/v1:Service") == recording.of(ROUTE) == []
    assert [gateway.object_name for gateway in recording.of(GATEWAY)] == ["seldon-gateway"]


def test_the_floor_of_tls_can_be_raised() -> None:
    assert gateway_spec(HOSTS, "1.3")["servers"][0]["tls"]["minProtocolVersion"] == "TLSV1_3"


def test_signing_keys_come_from_nowhere_near_credentials_and_over_verified_tls() -> None:
    plain = istiod_values(size=ONE, registry=None, pull_secret=None)
    trusting = istiod_values(size=ONE, registry=None, pull_secret=None, signing_authority="-----BEGIN")
    for values in (plain, trusting):
        assert "169.254.0.0/16" in values["env"]["BLOCKED_CIDRS_IN_JWKS_URIS"].split(",")
        assert "JWKS_RESOLVER_INSECURE_SKIP_VERIFY" not in values["env"]
    assert "jwksResolverExtraRootCA" not in plain
    assert trusting["jwksResolverExtraRootCA"] == "-----BEGIN"


def test_the_log_says_who_asked_for_what_from_where() -> None:
    mesh = istiod_values(size=ONE, registry=None, pull_secret=None)["meshConfig"]
    assert (mesh["accessLogFile"], mesh["accessLogEncoding"]) == ("/dev/stdout", "JSON")
    logged = json.loads(mesh["accessLogFormat"])
    assert logged["client"] == "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
    assert logged["subject"] == "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:payload:sub)%"
    assert {"time", "issuer", "host", "method", "path", "status"} <= {*logged}
    assert not [value for value in logged.values() if "AUTHORIZATION" in value.upper()]


def test_the_mesh() -> None:
    mesh = istiod_values(size=ONE, registry=None, pull_secret=None)["meshConfig"]
    assert mesh["outboundTrafficPolicy"] == {"mode": "REGISTRY_ONLY"}
    assert mesh["pathNormalization"] == {"normalization": "DECODE_AND_MERGE_SLASHES"}
    assert mesh["meshMTLS"] == {"minProtocolVersion": "TLSV1_2"}
    assert mesh["ingressControllerMode"] == "OFF"
    assert mesh["defaultConfig"]["proxyHeaders"]["server"] == {"disabled": True}


@pytest.mark.parametrize(
    ("registry", "pull_secret", "wanted"),
    [(None, None, {}), (REGISTRY, "image-pull", {"imagePullSecrets": ["image-pull"]})],
)
def test_images_of_istio(registry: str | None, pull_secret: str | None, wanted: dict[str, Any]) -> None:
    values = istiod_values(size=ONE, registry=registry, pull_secret=pull_secret)["global"]
    assert {key: value for key, value in values.items() if key == "imagePullSecrets"} == wanted
    assert ("hub" in values) == (registry is not None)
    if registry:
        assert values["hub"].startswith(f"{registry}/")


@pytest.mark.parametrize(("size", "budget"), [(ONE, False), (THREE, True)])
def test_sizes_of_istio(size: Workload, *, budget: bool) -> None:
    istiod = istiod_values(size=size, registry=None, pull_secret=None)
    gateway = gateway_values(size=size, pull_secret=None, load_balancer=LoadBalancer())
    assert istiod["global"]["defaultPodDisruptionBudget"]["enabled"] is budget
    for values in (istiod, gateway):
        assert (values["replicaCount"], values["resources"]) == (size.replicas, size.resources)
    assert istiod["autoscaleEnabled"] is gateway["autoscaling"]["enabled"] is False


def test_the_gateway_keeps_the_address_of_clients() -> None:
    assert service_values(LoadBalancer()) == {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}


def test_the_load_balancer_keeps_other_networks_out() -> None:
    assert service_values(INSIDE)["loadBalancerSourceRanges"] == ["10.0.0.0/8"]


@pytest.mark.parametrize(
    ("cloud", "internal", "name", "value"),
    [
        ("aws", True, "service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
        ("aws", False, "service.beta.kubernetes.io/aws-load-balancer-scheme", "internet-facing"),
        ("gcp", True, "networking.gke.io/load-balancer-type", "Internal"),
        ("gcp", False, "cloud.google.com/l4-rbs", "enabled"),
    ],
)
def test_a_cloud_is_told_whether_the_load_balancer_is_internal(
    cloud: CloudKind, name: str, value: str, *, internal: bool
) -> None:
    assert cloud_annotations(cloud, internal=internal)[name] == value
    assert ("Internal" in cloud_annotations(cloud, internal=internal).values()) == (internal and cloud == "gcp")


def test_the_balancer_of_aws_keeps_client_addresses_and_asks_for_the_gateways_health() -> None:
    annotations = cloud_annotations("aws", internal=True)
    told = {
        name.removeprefix("service.beta.kubernetes.io/aws-load-balancer-"): annotations[name] for name in annotations
    }
    assert (told["type"], told["nlb-target-type"]) == ("external", "ip")
    assert told["target-group-attributes"] == "preserve_client_ip.enabled=true"
    assert (told["healthcheck-port"], told["healthcheck-path"]) == ("15021", "/healthz/ready")


def test_without_a_cloud_the_annotations_are_those_of_the_stack_and_with_one_they_do_not_win() -> None:
    scheme = "service.beta.kubernetes.io/aws-load-balancer-scheme"
    given = {"metallb.io/address-pool": "internal", scheme: "internet-facing"}
    assert service_values(LoadBalancer(annotations=given))["annotations"] == given
    annotations = service_values(LoadBalancer(cloud="aws", annotations=given))["annotations"]
    assert (annotations[scheme], annotations["metallb.io/address-pool"]) == ("internal", "internal")
