"""The Enterprise Platform: what its chart is told, what is swapped in its pods, and what it may do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from component_stage import CONFIG_MAP, PLACE, SECRET, waits_for
from enterprise_stage import PEM, PLANTED, issued, kafka, made, values_of, without_logging
from recorder import Secret, leaves, unsecret

from components.contracts import Addresses, GivenCertificate, KafkaEndpoint, OAuthBearer, Pods, PublicAuthorities
from components.revision import REVISION
from components.seldon.enterprise import names
from components.seldon.enterprise.authorities import Authorities
from components.seldon.enterprise.changes import UID, Change, changed_deployment, login_env
from components.seldon.enterprise.flows import enterprise_flows, logger_flows
from components.seldon.enterprise.rights import own_rules, runtime_rules

if TYPE_CHECKING:
    from components.seldon.enterprise.args import EnterpriseArgs

CHART = "kubernetes:helm.sh/v4:Chart"
ROUTE = "kubernetes:networking.istio.io/v1:VirtualService"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
DRAWN = "random:index/randomId:RandomId"

TOLD: list[tuple[str, object]] = [
    ("skipVerifyHttpCalls", False),
    ("gitops.git.skipVerifyGit", False),
    ("gitops.argocd.enabled", False),
    ("ingress.enabled", False),
    ("virtualService.create", False),
    ("enableAppAuth", True),
    ("enableAppAnalytics", False),
    ("rbac.create", False),
    ("rbac.clusterWide", False),
    ("rbac.namespaces", ["churn", "fraud"]),
    ("rbac.nsLabelsAuth.enabled", False),
    ("rbac.opa.enabled", True),
    ("rbac.opa.configMap", "seldon-deploy-policies"),
    ("rbac.opa.projectAuthEnabled", True),
    ("rbac.opa.permissionManagementAPIDisabled", True),
    ("metadata.pg.enabled", True),
    ("metadata.pg.secret", "metadata-postgres"),
    ("elasticsearch.url", "https://search.logs.svc:9200"),
    ("elasticsearch.basicAuth", True),
    ("prometheus.seldon.url", "http://prometheus.watch.svc:9090/api/v1/"),
    ("audit.fluentd.enabled", True),
    ("audit.fluentd.requireConn", True),
    ("audit.fluentd.host", "audit.trail.svc"),
    ("audit.fluentd.port", 24225),
    ("seldonCoreV2.enabled", True),
    ("seldon.enabled", False),
    ("image.image", "registry.acme.example/mirror/seldonio/seldon-deploy-server:2.4.0"),
    ("env.REDIRECT_URL", "https://ml.acme.example/seldon-deploy/auth/callback"),
    ("env.OIDC_PROVIDER", "https://login.acme.example/realms/people"),
    ("requestLogger.image", "registry.acme.example/mirror/seldonio/metronome:1.8.4"),
    ("requestLogger.trigger.create", False),
    ("requestLogger.http.enabled", False),
    ("requestLogger.elasticsearch.host", "search.logs.svc"),
    ("requestLogger.elasticsearch.protocol", "https"),
    ("requestLogger.authSecret", "seldon-request-logger-login"),
    ("requestLogger.kafka_consumer.protocol", "SASL_SSL"),
    ("batchjobs.resources.limits.cpu", "1"),
]
"""What must be said, because a default would open something, assume something that is not there, or break."""


def at(tree: Any, path: str) -> Any:
    for part in path.split("."):
        tree = tree[part]
    return tree


@pytest.mark.parametrize(("path", "value"), TOLD, ids=[path for path, _ in TOLD])
def test_what_the_chart_is_told(path: str, value: object) -> None:
    assert at(values_of(made()), path) == value


def test_every_image_comes_from_the_mirror() -> None:
    images = [leaf for path, leaf, _ in leaves(values_of(made())) if "image" in path.lower() and "/" in str(leaf)]
    images = [str(image) for image in images]
    assert len(images) == 8
    assert [image for image in images if not image.startswith("registry.acme.example/mirror/")] == []


def test_no_secret_is_in_the_values_and_each_is_where_it_is_read() -> None:
    recording = made()
    assert not [leaf for _, leaf, secret in leaves(values_of(recording)) if secret or leaf in PLANTED]
    licence = recording.object(CONFIG_MAP, "core", "seldon-deploy-license").inputs["data"]
    assert isinstance(licence["license"], Secret)
    assert unsecret(licence) == {"license": "the-license"}
    login = recording.object(SECRET, "core", names.LOGIN_SECRET).inputs["stringData"]
    assert unsecret(login) == {names.LOGIN_KEY: "the-login"}
    logger = unsecret(recording.object(SECRET, "logs", names.LOGGER_LOGIN_SECRET).inputs["stringData"])
    assert (logger["CLIENT_ID"], logger["CLIENT_SECRET"]) == ("logger", "the-logger")


def test_the_policy_is_a_file_of_json() -> None:
    (text,) = made().object(CONFIG_MAP, "core", names.POLICIES).inputs["data"].values()
    assert json.loads(text)["role_grants"] == {"staff": [{"action": "read", "resource": "namespace/fraud"}]}


def test_it_starts_after_all_that_it_needs() -> None:
    recording = made()
    before = waits_for(recording, recording.one(CHART, "enterprise-chart"))
    assert {"audit", "postgres", "search", "prometheus", "flows", "connections"} <= before
    assert {"enterprise-license", "enterprise-policies", "enterprise-login"} <= before


@pytest.mark.parametrize(
    ("role", "read"),
    [("server", {"license", "login", "policy", "postgres", "search"}), ("logger", {"search", "kafka", "login"})],
)
def test_pods_are_marked_for_what_they_read_when_they_start(role: str, read: set[str]) -> None:
    keepers = made().one(DRAWN, f"enterprise-{role}-revision").inputs["keepers"]
    assert isinstance(keepers, Secret)
    assert set(unsecret(keepers)) == read


def test_only_its_own_paths_lead_to_it() -> None:
    spec = made().object(ROUTE, "core", "seldon-deploy").inputs["spec"]
    assert spec["hosts"] == ["ml.acme.example"]
    assert spec["gateways"] == ["edge/seldon-gateway"]
    (rule,) = spec["http"]
    assert rule["match"] == [{"uri": {"prefix": "/seldon-deploy/"}}]
    assert rule["headers"]["response"]["set"]["content-security-policy"] == "frame-ancestors 'none'"


def test_its_rights_are_in_the_runtimes_and_name_everything() -> None:
    given = {(role.namespace, role.object_name) for role in made().of(ROLE)}
    assert {namespace for namespace, _ in given} == {"core", "fraud", "churn"}
    for rule in [*own_rules(), *runtime_rules(batch=True)]:
        assert "*" not in {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
    assert {resource for rule in own_rules() for resource in rule["resources"]} == {"configmaps"}
    assert "workflows" not in str(runtime_rules(batch=False))


def logged(args: EnterpriseArgs, **changes: Any) -> EnterpriseArgs:
    assert args.logging
    return replace(args, logging=replace(args.logging, **changes))


def test_without_request_logging_there_is_no_logger() -> None:
    recording = made(without_logging)
    assert values_of(recording)["requestLogger"] == {"create": False}
    assert values_of(recording)["inferenceLogs"] == {"enabled": False}
    assert [secret.object_name for secret in recording.of(SECRET) if secret.namespace == "logs"] == []


def test_opensearch_gets_the_last_logger_that_writes_to_it() -> None:
    assert values_of(made(lambda args: logged(args, opensearch=True)))["requestLogger"]["image"].endswith(
        "metronome:1.8.1"
    )


@pytest.mark.parametrize(
    ("endpoint", "protocol"),
    [
        (kafka(), "SASL_SSL"),
        (kafka(issued()), "SSL"),
        (kafka(GivenCertificate(certificate=PEM, private_key="key"), PublicAuthorities()), "SSL"),
        (kafka(OAuthBearer(client_id="a", client_secret="b", token_url="https://login.acme.example/t")), "SASL_SSL"),
    ],
    ids=["password", "issued certificate", "given certificate", "token"],
)
def test_the_logger_reads_kafka_as_every_client_does(endpoint: KafkaEndpoint, protocol: str) -> None:
    recording = made(lambda args: logged(args, kafka=endpoint))
    consumer = values_of(recording)["requestLogger"]["kafka_consumer"]
    assert (consumer["enabled"], consumer["protocol"]) == (True, protocol)
    assert consumer["bootstrap_servers"] == "kafka.acme.example:9093"
    assert "endpointIdentificationAlgorithm" not in json.dumps(consumer)


DEPLOYMENT: dict[str, Any] = {
    "metadata": {"name": "seldon-deploy"},
    "spec": {
        "template": {
            "metadata": {"labels": {"app": "shop"}},
            "spec": {
                "containers": [
                    {"name": "shop", "env": [{"name": "CLIENT_SECRET", "value": "x"}, {"name": "HOST", "value": "y"}]}
                ]
            },
        }
    },
}


CHANGE = Change(
    deployment="seldon-deploy",
    token=True,
    spread={"app": "shop"},
    authorities=Authorities(secrets={"search": "seldon-deploy-trusts-search"}),
    revision="abc",
    env=[login_env()],
)


def changed(change: Change = CHANGE) -> dict[str, Any]:
    return changed_deployment(DEPLOYMENT, change)["spec"]["template"]


def test_a_reference_takes_the_place_of_the_secret_in_the_spec() -> None:
    (container,) = changed()["spec"]["containers"]
    env = {entry["name"]: entry for entry in container["env"]}
    reference = {"secretKeyRef": {"name": "seldon-deploy-login", "key": "clientSecret"}}
    assert env["CLIENT_SECRET"] == {"name": "CLIENT_SECRET", "valueFrom": reference}
    assert env["HOST"] == {"name": "HOST", "value": "y"}
    assert DEPLOYMENT["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] == "x"


def test_pods_trust_the_authorities_beside_the_public_ones() -> None:
    template = changed()
    (container,) = template["spec"]["containers"]
    env = {entry["name"]: entry.get("value") for entry in container["env"]}
    folder = container["volumeMounts"][0]["mountPath"]
    assert env["SSL_CERT_DIR"] == f"/etc/ssl/certs:{folder}"
    (source,) = template["spec"]["volumes"][0]["projected"]["sources"]
    # A Secret of cert-manager's holds a key beside the certificate.
    assert source["secret"]["items"] == [{"key": "ca.crt", "path": "search.crt"}]


def test_pods_run_as_the_user_of_the_chart_and_carry_the_mark() -> None:
    template = changed()
    assert template["spec"]["securityContext"] == {"runAsUser": UID, "runAsGroup": UID}
    assert template["metadata"]["annotations"] == {REVISION: "abc"}
    assert changed(replace(CHANGE, token=False))["spec"]["automountServiceAccountToken"] is False
    assert "HOST" not in str(changed(replace(CHANGE, without=["HOST"]))["spec"]["containers"])


def test_flows() -> None:
    provider = Addresses(cidrs=["10.0.0.0/8"])
    made_flows = enterprise_flows(PLACE, runtimes=["fraud"], provider=provider, provider_port=443)
    ends = {flow.name: (flow.source, flow.target, [*flow.ports]) for flow in made_flows}
    server = Pods(namespace="core", labels={"app.kubernetes.io/name": "seldon-deploy"})
    assert ends["gateway-enterprise"] == (PLACE.gateway, server, [8000])
    assert ends["enterprise-login"] == (server, provider, [443])
    assert ends["enterprise-prometheus"] == (server, PLACE.prometheus, [9090])
    assert ends["enterprise-fraud"][2] == [9000]
    assert ends["scrape-enterprise"][2] == [8001]
    assert len(ends) == 7
    logger = logger_flows(PLACE, logs="logs", provider=provider, provider_port=443)
    assert {flow.name for flow in logger} == {"logger-enterprise", "logger-login"}
    assert {str(flow.source) for flow in logger} == {
        str(Pods(namespace="logs", labels={"app": "seldon-request-logger"}))
    }
