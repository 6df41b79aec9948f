"""Certificates: cert-manager, the platform's authority, and the issuer that the stack chose."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from component_stage import CERTIFICATE, CHART, ONE, REGISTRY, SECRET, SOURCES, THREE, perform, waits_for
from recorder import Secret, unsecret

from components.cluster.acme import Acme, Challenge, CloudDns, Http01, Route53, acme_spec
from components.cluster.certificates import (
    CertificateRequest,
    Certificates,
    CertificatesArgs,
    IngressIssuer,
    NoIssuer,
    PrivateAuthority,
    authority_spec,
    cert_manager_values,
    certificate_spec,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from component_stage import Stage
    from recorder import Recording

ISSUER = "kubernetes:cert-manager.io/v1:ClusterIssuer"
READY = {"pulumi.com/waitFor": "condition=Ready"}
ROLE = "arn:aws:iam::123456789012:role/dns"


def acme(challenge: Challenge, authority: str | None = None) -> Acme:
    return Acme(
        server="https://acme.example/directory", email="ops@acme.example", challenge=challenge, authority=authority
    )


def customer_authority() -> PrivateAuthority:
    return PrivateAuthority(certificate="-----BEGIN", private_key=pulumi.Output.from_input("key"))


def made(issuer: Callable[[], IngressIssuer], *, preview: bool = False) -> tuple[Recording, Certificates]:
    kept: list[Certificates] = []

    def make(stage: Stage) -> None:
        args = CertificatesArgs(
            sources=SOURCES,
            placed=stage.place("trust"),
            ingress_issuer=issuer(),
            size=ONE,
            depends_on=[stage.prop("flows")],
        )
        kept.append(Certificates("certificates", args, stage.opts))

    return perform(make, preview=preview), kept[0]


def spec_of(recording: Recording, name: str) -> Any:
    return recording.one(ISSUER, f"certificates-{name}").inputs["spec"]


@pytest.mark.parametrize("preview", [True, False])
def test_the_platform_has_an_authority_of_its_own_whatever_the_ingress_has(*, preview: bool) -> None:
    recording, certificates = made(NoIssuer, preview=preview)
    component = recording.one("seldon-platform:cluster:Certificates", "certificates")
    assert recording.outputs_of(component.urn) == {"internal": "platform-authority"}
    assert (certificates.internal.name, certificates.ingress) == ("platform-authority", None)
    chart = recording.one(CHART, "certificates-cert-manager")
    assert chart.inputs["values"] == cert_manager_values(
        registry=REGISTRY, size=ONE, pull_secret="image-pull", issuer=NoIssuer()
    )
    assert (chart.inputs["name"], chart.namespace, len(chart.transforms)) == ("cert-manager", "trust", 1)
    assert waits_for(recording, chart) == {"guards-of-trust", "flows"}
    assert recording.names(ISSUER) == ["certificates-platform-authority", "certificates-self-signed"]
    assert spec_of(recording, "platform-authority") == {"ca": {"secretName": "platform-authority"}}
    assert spec_of(recording, "self-signed") == {"selfSigned": {}}


def test_the_authority_is_made_in_order_and_its_key_is_protected() -> None:
    recording, _ = made(NoIssuer)
    key = recording.one(CERTIFICATE, "certificates-platform-authority-key")
    issuer = recording.one(ISSUER, "certificates-platform-authority")
    assert key.inputs["spec"] == authority_spec("platform-authority", "self-signed")
    assert key.inputs["metadata"] == {"name": "platform-authority", "namespace": "trust", "annotations": READY}
    assert [resource.name for resource in recording.resources if resource.protect] == [key.name]
    assert {"certificates-cert-manager", "certificates-self-signed"} <= waits_for(recording, key)
    assert key.name in waits_for(recording, issuer)
    assert issuer.inputs["metadata"]["annotations"] == READY


def test_an_authority_for_the_ingress_that_is_made_in_the_cluster() -> None:
    recording, certificates = made(PrivateAuthority)
    assert certificates.ingress
    assert certificates.ingress.name == "ingress-authority"
    assert spec_of(recording, "ingress-authority") == {"ca": {"secretName": "ingress-authority"}}
    assert recording.one(CERTIFICATE, "certificates-ingress-authority-key").protect
    assert recording.of(SECRET) == []


@pytest.mark.parametrize("preview", [True, False])
def test_the_customers_own_authority_is_a_secret_even_when_its_key_was_not(*, preview: bool) -> None:
    recording, _ = made(customer_authority, preview=preview)
    pair = recording.one(SECRET, "certificates-ingress-authority")
    assert pair.inputs["type"] == "kubernetes.io/tls"
    assert isinstance(pair.inputs["stringData"], Secret)
    assert unsecret(pair.inputs["stringData"]) == {"tls.crt": "-----BEGIN", "tls.key": "key"}
    assert waits_for(recording, pair) == {"guards-of-trust"}
    issuer = recording.one(ISSUER, "certificates-ingress-authority")
    assert {pair.name, "certificates-cert-manager"} <= waits_for(recording, issuer)
    assert recording.names(CERTIFICATE) == ["certificates-platform-authority-key"]


def test_acme() -> None:
    wanted = acme(Http01())
    recording, certificates = made(lambda: wanted)
    assert certificates.ingress
    assert certificates.ingress.name == "ingress-acme"
    assert spec_of(recording, "ingress-acme") == acme_spec(wanted, "image-pull")
    component = recording.one("seldon-platform:cluster:Certificates", "certificates")
    assert recording.outputs_of(component.urn) == {"internal": "platform-authority", "ingress": "ingress-acme"}
    values = recording.one(CHART, "certificates-cert-manager").inputs["values"]
    assert values["maxConcurrentChallenges"] == 1, "one Service leads to the pods of all challenges"


@pytest.mark.parametrize("pull_secret", [None, "image-pull"])
def test_challenges_over_http_open_no_node_port_and_no_way_through_an_ingress_controller(
    pull_secret: str | None,
) -> None:
    (solver,) = acme_spec(acme(Http01()), pull_secret)["acme"]["solvers"]
    ingress = solver["http01"]["ingress"]
    assert ingress["serviceType"] == "ClusterIP"
    assert ingress["ingressClassName"] not in ("istio", "nginx")
    pulled = ingress.get("podTemplate", {}).get("spec", {}).get("imagePullSecrets")
    assert pulled == ([{"name": pull_secret}] if pull_secret else None)


@pytest.mark.parametrize(
    ("challenge", "solver", "annotations"),
    [
        (
            Route53(region="eu-west-1", hosted_zone_id="Z1", role=ROLE),
            {"route53": {"region": "eu-west-1", "hostedZoneID": "Z1"}},
            {"eks.amazonaws.com/role-arn": ROLE},
        ),
        (
            CloudDns(project="acme-dns", service_account="dns@acme-dns.iam.gserviceaccount.com"),
            {"cloudDNS": {"project": "acme-dns"}},
            {"iam.gke.io/gcp-service-account": "dns@acme-dns.iam.gserviceaccount.com"},
        ),
        (CloudDns(project="acme-dns"), {"cloudDNS": {"project": "acme-dns"}}, None),
    ],
)
def test_challenges_over_dns_use_an_identity_and_no_key(
    challenge: Challenge, solver: dict[str, Any], annotations: dict[str, str] | None
) -> None:
    assert acme_spec(acme(challenge), None)["acme"]["solvers"] == [{"dns01": solver}]
    values = cert_manager_values(registry=None, size=ONE, pull_secret=None, issuer=acme(challenge))
    assert values.get("serviceAccount", {}).get("annotations") == annotations
    assert values["dns01RecursiveNameserversOnly"] is True
    assert "maxConcurrentChallenges" not in values


def test_a_private_acme_server_is_verified_too() -> None:
    spec = acme_spec(acme(Http01(), "-----BEGIN"), None)["acme"]
    assert base64.b64decode(spec["caBundle"]) == b"-----BEGIN"
    assert "skipTLSVerify" not in spec
    assert "caBundle" not in acme_spec(acme(Http01()), None)["acme"]


def test_a_leaf_lives_90_days_and_changes_its_key() -> None:
    request = CertificateRequest(name="till", dns_names=["till.shop"])
    assert certificate_spec(request, "authority", ("server auth",)) == {
        "secretName": "till",
        "duration": "2160h",
        "renewBefore": "360h",
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "usages": ["server auth"],
        "dnsNames": ["till.shop"],
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "authority"},
    }


def test_an_authority_keeps_its_key() -> None:
    spec = authority_spec("shop", "self-signed")
    assert spec["isCA"] is True
    assert spec["secretName"] == spec["commonName"] == "shop"
    assert spec["privateKey"]["rotationPolicy"] == "Never"


@pytest.mark.parametrize(("size", "budget"), [(ONE, False), (THREE, True)])
def test_all_three_deployments_have_the_size(size: Any, *, budget: bool) -> None:
    values = cert_manager_values(registry=None, size=size, pull_secret=None, issuer=NoIssuer())
    for part in (values, values["webhook"], values["cainjector"]):
        assert part["replicaCount"] == size.replicas
        assert part["resources"] == size.resources
        assert part["podDisruptionBudget"]["enabled"] is budget


def test_what_cert_manager_is_told_whatever_its_size() -> None:
    values = cert_manager_values(registry=None, size=ONE, pull_secret=None, issuer=PrivateAuthority())
    assert values["crds"]["enabled"] is True
    assert values["startupapicheck"] == {"enabled": False}
    assert values["global"]["imagePullSecrets"] == []
    assert values["global"]["leaderElection"]["namespace"] != "kube-system"
    assert "imageRegistry" not in values
