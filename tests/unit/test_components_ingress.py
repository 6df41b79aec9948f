"""Ingress: Istio, the one gateway, its certificate, and the order in which they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from component_stage import CERTIFICATE, CHART, ONE, REGISTRY, SECRET, SOURCES, THREE, perform, waits_for
from recorder import Secret, unsecret

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

    from components.workload import Workload

GATEWAY = "kubernetes:networking.istio.io/v1:Gateway"
PEERS = "kubernetes:security.istio.io/v1:PeerAuthentication"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
HOSTS = ["ml.acme.example", "fraud.ml.acme.example"]


def made(*, provided: bool = False, size: Workload = ONE, preview: bool = False) -> tuple[Recording, Ingress]:
    kept: list[Ingress] = []

    def make(stage: Stage) -> None:
        own = ProvidedCertificate(certificate="-----BEGIN", private_key=pulumi.Output.from_input("key"))
        args = IngressArgs(
            sources=SOURCES,
            placed=stage.place("edge"),
            host=HOSTS[0],
            extra_hosts=HOSTS[1:],
            certificate=own if provided else stage.issuer("public-issuer"),
            authority=stage.issuer("own-issuer"),
            gateway_size=size,
            control_size=ONE,
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
    assert istiod.inputs["values"] == istiod_values(size=ONE, registry=REGISTRY, pull_secret="image-pull")
    assert gateway.inputs["values"] == gateway_values(size=ONE, pull_secret="image-pull")


def test_the_gateway_serves_every_host() -> None:
    recording, _ = made()
    gateway = recording.object(GATEWAY, "edge", "seldon-gateway")
    assert gateway.inputs["spec"] == gateway_spec(HOSTS)
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


def test_the_mesh() -> None:
    mesh = istiod_values(size=ONE, registry=None, pull_secret=None)["meshConfig"]
    assert mesh["outboundTrafficPolicy"] == {"mode": "REGISTRY_ONLY"}
    assert mesh["pathNormalization"] == {"normalization": "DECODE_AND_MERGE_SLASHES"}
    assert mesh["meshMTLS"] == {"minProtocolVersion": "TLSV1_2"}


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
    gateway = gateway_values(size=size, pull_secret=None)
    assert istiod["global"]["defaultPodDisruptionBudget"]["enabled"] is budget
    for values in (istiod, gateway):
        assert (values["replicaCount"], values["resources"]) == (size.replicas, size.resources)
    assert istiod["autoscaleEnabled"] is gateway["autoscaling"]["enabled"] is False


def test_the_gateway_keeps_the_address_of_clients() -> None:
    service = gateway_values(size=ONE, pull_secret=None)["service"]
    assert service == {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}
