"""How the program wires its components from the settings of a stack."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from platforms import PLATFORM, STACKS, one_tenant, planted, record_platform, stack, tenant
from recorder import assert_well_formed, unsecret

from infra.names import ISTIO, platform_namespaces

if TYPE_CHECKING:
    from pathlib import Path

    from recorder import Recording

CHART = "kubernetes:helm.sh/v4:Chart"
NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
SECRET = "kubernetes:core/v1:Secret"
MODEL = "kubernetes:mlops.seldon.io/v1alpha1:Model"
DNS_01 = {"kind": "dns-01", "provider": {"kind": "clouddns", "project": "initech-dns"}}
SOON = (datetime.now(timezone.utc) + timedelta(days=30)).date().isoformat()


def changed(**settings: Any) -> Recording:
    """Record the one-tenant platform with other settings at the top."""
    config = deepcopy(one_tenant())
    config[PLATFORM].update(settings)
    used = json.dumps(config[PLATFORM])
    kept = {key: value for key, value in config.items() if "secure" not in value or key.rpartition(":")[2] in used}
    return record_platform(kept)


def exemption(control: str, resource: str) -> dict[str, str]:
    return {"control": control, "resource": resource, "reason": "a test of one", "expires": SOON}


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_every_stack_is_well_formed(path: Path, *, preview: bool) -> None:
    assert_well_formed(stack(path, preview=preview))


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_a_preview_asks_for_what_an_update_asks_for(path: Path) -> None:
    planned, done = (stack(path, preview=preview) for preview in (True, False))
    assert sorted(resource.urn for resource in planned.resources) == sorted(r.urn for r in done.resources)


def test_a_runtime_adds_its_own_namespace_to_those_of_the_platform() -> None:
    namespaces = {namespace.object_name for namespace in tenant().of(NAMESPACE)}
    assert namespaces == {*platform_namespaces(ISTIO), "fraud"}


def test_exports_are_what_people_ask_for() -> None:
    assert tenant().exports == {
        "host": "ml.initech.example",
        "runtimes": {"fraud": "fraud.ml.initech.example"},
        "prometheus": "http://seldon-monitoring-prometheus.seldon-monitoring.svc.cluster.local:9090",
    }


def test_a_server_that_is_not_wanted_has_no_pods() -> None:
    values = tenant().one(CHART, "runtime-fraud-servers").inputs["values"]
    assert (values["mlserver"]["replicas"], values["triton"]["replicas"]) == (3, 0)


def test_a_model_gets_the_secret_of_the_store_that_its_uri_names() -> None:
    model = tenant().object(MODEL, "fraud", "fraud-score")
    assert model.inputs["spec"]["secretName"] == "storage-s3"


def test_an_s3_store_in_rclones_form() -> None:
    data = unsecret(tenant().object(SECRET, "fraud", "storage-s3").inputs["stringData"])
    assert json.loads(data["rclone"]) == {
        "type": "s3",
        "name": "s3",
        "parameters": {
            "provider": "Ceph",
            "env_auth": "false",
            "endpoint": "https://s3.initech.example",
            "region": "dc-1",
            "access_key_id": planted("churnAccessKeyId"),
            "secret_access_key": planted("churnSecretAccessKey"),
        },
    }


def test_a_gcs_store_in_rclones_form_and_its_port() -> None:
    store = {"kind": "gcs", "scheme": "gcs", "serviceAccountKey": {"secret": "registryPassword"}}
    recording = changed(seldon={"runtimes": [{"namespace": "fraud", "storage": [store]}]})
    data = unsecret(recording.object(SECRET, "fraud", "storage-gcs").inputs["stringData"])
    document = json.loads(data["rclone"])
    assert (document["type"], document["name"]) == ("google cloud storage", "gcs")
    assert document["parameters"]["service_account_credentials"] == planted("registryPassword")
    (rule,) = recording.object(POLICY, "fraud", "storage-fraud-out").inputs["spec"]["egress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 443}]


def test_the_port_of_a_store_is_the_one_that_is_opened() -> None:
    config = deepcopy(one_tenant())
    config[PLATFORM]["seldon"]["runtimes"][0]["storage"][0]["endpoint"] = "https://s3.initech.example:9443"
    (rule,) = record_platform(config).object(POLICY, "fraud", "storage-fraud-out").inputs["spec"]["egress"]
    assert {"protocol": "TCP", "port": 9443} in rule["ports"]


def test_a_runtime_without_models_and_stores_reaches_nothing_outside() -> None:
    names = changed(seldon={"runtimes": [{"namespace": "fraud"}]}).names(POLICY)
    assert [name for name in names if "storage" in name] == []


def test_an_exemption_opens_one_namespace_and_no_other() -> None:
    exempted = changed(exemptions=[exemption("default-deny", "fraud")])
    before, after = {*tenant().names(POLICY)}, {*exempted.names(POLICY)}
    assert before - after == {"fraud-default-deny", "fraud-allow-dns"}
    assert after - before == {"fraud-exempt-from-default-deny"}


@pytest.mark.parametrize(
    ("resource", "unprotected"), [("fraud", "fraud-namespace"), ("seldon-core", "seldon-core-crds")]
)
def test_an_exemption_unprotects_one_resource_and_no_other(resource: str, unprotected: str) -> None:
    exempted = changed(exemptions=[exemption("deletion-protection", resource)])
    before, after = ({r.name for r in recording.resources if r.protect} for recording in (tenant(), exempted))
    assert before - after == {unprotected}


@pytest.mark.parametrize(
    ("certificate", "issuer"),
    [
        ({"kind": "acme", "email": "ops@initech.example", "challenge": DNS_01}, "ingress-acme"),
        ({"kind": "private-ca"}, "ingress-authority"),
    ],
)
def test_the_ingress_certificate_comes_from_the_chosen_issuer(certificate: dict[str, Any], issuer: str) -> None:
    ingress = {**one_tenant()[PLATFORM]["ingress"], "certificate": certificate}
    recording = changed(ingress=ingress)
    served = recording.object("kubernetes:cert-manager.io/v1:Certificate", "istio-system", "ingress-tls")
    assert served.inputs["spec"]["issuerRef"]["name"] == issuer
    assert ("network-platform-acme-out" in recording.names(POLICY)) == (certificate["kind"] == "acme")


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_an_environment_changes_sizes_and_no_guard(environment: str) -> None:
    recording, production = changed(environment=environment), tenant()
    for type_ in (NAMESPACE, POLICY, SECRET, "kubernetes:core/v1:ResourceQuota"):
        guards = ({r.urn: r.inputs for r in made.of(type_)} for made in (recording, production))
        assert next(guards) == next(guards)
    protected = ({r.name for r in made.resources if r.protect} for made in (recording, production))
    assert next(protected) == next(protected)


def test_the_one_provider_is_of_the_stacks_cluster() -> None:
    (provider,) = tenant().of("pulumi:providers:kubernetes")
    assert provider.inputs == {
        "context": "initech-onprem",
        "clusterIdentifier": "initech-onprem",
        "enableServerSideApply": "true",
        "enableConfigMapMutable": "true",
        "enableSecretMutable": "true",
    }


def test_istiod_reaches_the_providers_of_tokens_and_clients_come_from_where_the_stack_says() -> None:
    (keys,) = tenant().object(POLICY, "istio-system", "signing-keys-out").inputs["spec"]["egress"]
    assert keys["to"] == [{"ipBlock": {"cidr": "10.20.4.0/24"}}]
    assert keys["ports"] == [{"protocol": "TCP", "port": 443}]
    (way_in,) = tenant().object(POLICY, "istio-system", "clients-gateway-in").inputs["spec"]["ingress"]
    assert way_in["from"] == [{"ipBlock": {"cidr": "10.0.0.0/8"}}]


def test_every_port_that_signing_keys_are_at_is_opened_and_no_credentials_of_nodes() -> None:
    ingress = deepcopy(one_tenant()[PLATFORM]["ingress"])
    other = {"issuer": "https://id.initech.example:8443", "audiences": ["batch"]}
    ingress["oidc"] = {**ingress["oidc"], "additionalIssuers": [other], "cidrs": []}
    spec = changed(ingress=ingress).object(POLICY, "istio-system", "signing-keys-out").inputs["spec"]
    assert [port["port"] for port in spec["egress"][0]["ports"]] == [443, 8443]
    assert spec["egress"][0]["to"][0]["ipBlock"]["except"] == ["169.254.0.0/16"]


def test_without_a_provider_istiod_reaches_none_and_no_token_is_asked_for() -> None:
    ingress = {key: value for key, value in one_tenant()[PLATFORM]["ingress"].items() if key != "oidc"}
    open_ = changed(ingress=ingress, exemptions=[exemption("request-authentication", "ingress")])
    assert "network-platform-signing-keys-out" not in open_.names(POLICY)
    kinds = [r.inputs["kind"] for r in open_.resources if "security.istio.io" in r.type]
    assert sorted(kinds) == ["AuthorizationPolicy", "AuthorizationPolicy", "PeerAuthentication"]


def test_the_settings_of_the_load_balancer_reach_its_service() -> None:
    service = tenant().one(CHART, "ingress-gateway").inputs["values"]["service"]
    assert service == {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "annotations": {"metallb.io/address-pool": "internal"},
        "loadBalancerSourceRanges": ["10.0.0.0/8"],
    }


def test_challenges_over_http_open_the_way_from_the_authority_to_their_pod() -> None:
    certificate = {
        "kind": "acme",
        "email": "ops@initech.example",
        "server": "https://ca.initech.example:9443/directory",
        "challenge": {"kind": "http-01"},
    }
    recording = changed(ingress={**one_tenant()[PLATFORM]["ingress"], "certificate": certificate})
    assert {"network-platform-challenges-in", "network-platform-challenge-check-out"} <= {*recording.names(POLICY)}
    (out,) = recording.object(POLICY, "cert-manager", "acme-out").inputs["spec"]["egress"]
    assert [port["port"] for port in out["ports"]] == [80, 9443]
    for kind, name in (("Gateway", "acme-challenges"), ("VirtualService", "acme-challenges")):
        assert recording.object(f"kubernetes:networking.istio.io/v1:{kind}", "istio-system", name)
    recording.object("kubernetes:security.istio.io/v1:AuthorizationPolicy", "istio-system", "acme-challenges")


def test_alerts_of_the_edge_are_of_the_ingress_that_is_there() -> None:
    rules = tenant().object(
        "kubernetes:monitoring.coreos.com/v1:PrometheusRule", "seldon-monitoring", "seldon-edge-alerts"
    )
    alerts = {rule["alert"]: rule["expr"] for rule in rules.inputs["spec"]["groups"][0]["rules"]}
    assert 'namespace="istio-system",deployment="istio-ingressgateway"' in alerts["GatewayDown"]
    assert "SigningKeysNotFetched" in alerts
