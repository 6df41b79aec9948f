"""Elasticsearch: what is made, in which order, and what its clients are told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from component_stage import CERTIFICATE, CHART, REGISTRY, SECRET, waits_for
from recorder import PASSWORD, drawn, leaves, record, unsecret
from search_stage import ARGS, BUCKET, GIVEN, SECRET_KEY, made

from components.cluster.search import names
from components.cluster.search.operator import operator_values
from components.cluster.search.snapshots import keys_secret
from components.contracts import PlatformAuthority, Pods, PublicAuthorities, WorkloadIdentity
from components.definitions import own_definitions

if TYPE_CHECKING:
    from recorder import Recorded, Recording

ELASTICSEARCH = "kubernetes:elasticsearch.k8s.elastic.co/v1:Elasticsearch"
JOB = "kubernetes:batch/v1:Job"
DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"


def cluster(recording: Recording) -> Recorded:
    return recording.object(ELASTICSEARCH, "seldon-logs", "seldon")


def data(recording: Recording, name: str) -> dict[str, Any]:
    """Return what stands in a Secret; that it is marked secret is checked once, for all of them."""
    return unsecret(recording.object(SECRET, "seldon-logs", name).inputs["stringData"])


@pytest.mark.parametrize("preview", [True, False])
def test_the_operator_comes_first_and_the_registration_last(*, preview: bool) -> None:
    recording, _ = made(preview=preview)
    chart = recording.one(CHART, "search-operator")
    assert (chart.namespace, chart.inputs["name"]) == ("elastic-system", "elastic-operator")
    assert waits_for(recording, chart) == {"flows", "guards-of-elastic-system", "guards-of-seldon-logs"}
    elasticsearch = cluster(recording)
    referred = {
        "search-roles",
        "search-seldon-user",
        "search-snapshots-user",
        "search-http",
        "search-snapshot-keys",
        "search-snapshot-authority",
    }
    assert {*referred, "search-operator", "bucket", "flows"} <= waits_for(recording, elasticsearch)
    assert "search-elasticsearch" in waits_for(recording, recording.one(JOB, "search-registration"))


def test_nothing_runs_in_a_namespace_before_its_guards() -> None:
    recording, _ = made()
    component = recording.one("seldon-platform:cluster:Search", "search")
    for child in recording.children(component.urn):
        if child.type != CHART:
            assert {"guards-of-seldon-logs", "flows"} <= waits_for(recording, child), child.name


def test_up_waits_until_elasticsearch_is_ready() -> None:
    recording, _ = made()
    annotations = cluster(recording).inputs["metadata"]["annotations"]
    assert annotations == {"pulumi.com/waitFor": "jsonpath={.status.phase}=Ready"}


@pytest.mark.parametrize("protect", [True, False])
def test_the_data_is_protected_unless_exempted(*, protect: bool) -> None:
    recording, _ = made(protect=protect)
    assert cluster(recording).protect is protect
    spec = cluster(recording).inputs["spec"]
    assert spec["volumeClaimDeletePolicy"] == "DeleteOnScaledownOnly"


@pytest.mark.parametrize("protect", [True, False])
def test_resource_types_go_with_the_platform_and_are_protected_like_the_data(*, protect: bool) -> None:
    transform = own_definitions(protect=protect)
    kept = {"metadata": {"name": "x", "annotations": {"helm.sh/resource-policy": "keep", "other": "stays"}}}

    def changed(type_: str) -> pulumi.ResourceTransformResult | None:
        opts = pulumi.ResourceOptions(retain_on_delete=True)
        args = pulumi.ResourceTransformArgs(custom=True, type_=type_, name="x", props=kept, opts=opts)
        result = transform(args)
        assert result is None or isinstance(result, pulumi.ResourceTransformResult)
        return result

    assert changed("kubernetes:apps/v1:StatefulSet") is None
    result = changed(DEFINITION)
    assert result is not None
    assert result.props == {"metadata": {"name": "x", "annotations": {"other": "stays"}}}
    assert result.opts.retain_on_delete is False
    assert result.opts.protect is protect


def test_passwords_are_drawn_and_stand_in_secrets_only() -> None:
    recording, search = made()
    assert recording.names(PASSWORD) == ["search-seldon-password", "search-snapshots-password"]
    secrets = {drawn(name) for name in recording.names(PASSWORD)} | {SECRET_KEY}
    seen: set[str] = set()
    for resource in recording.resources:
        for path, value, secret in leaves(resource.inputs):
            for text in secrets:
                if text in str(value):
                    seen.add(text)
                    assert secret, f"{resource.name}{path}"
                    assert (resource.type, path.split(".")[1]) == (SECRET, "stringData")
    assert seen == secrets
    assert isinstance(search.endpoint.password, pulumi.Output)


def test_users_are_given_to_eck_with_their_one_role() -> None:
    recording, _ = made()
    roles = json.loads(data(recording, names.ROLES)["roles.yml"])
    auth = cluster(recording).inputs["spec"]["auth"]
    assert auth["roles"] == [{"secretName": names.ROLES}]
    users = [data(recording, entry["secretName"]) for entry in auth["fileRealm"]]
    assert [(user["username"], user["roles"]) for user in users] == [("seldon", "seldon"), ("snapshots", "snapshots")]
    for user in users:
        assert user["roles"] in roles
        assert user["password"] == drawn(f"search-{user['username']}-password")


def test_the_certificate_names_every_way_to_the_server() -> None:
    recording, search = made()
    spec = recording.object(CERTIFICATE, "seldon-logs", names.HTTP_CERTIFICATE).inputs["spec"]
    assert spec["issuerRef"]["name"] == "platform-authority"
    assert search.endpoint.host in spec["dnsNames"]
    assert "seldon-es-http.seldon-logs.svc" in spec["dnsNames"]
    assert "*.seldon-es-default.seldon-logs.svc" in spec["dnsNames"]
    assert cluster(recording).inputs["spec"]["http"]["tls"] == {"certificate": {"secretName": names.HTTP_CERTIFICATE}}


def test_clients_are_told_where_it_is_and_whom_to_trust() -> None:
    recording, search = made()
    endpoint = search.endpoint
    assert (endpoint.host, endpoint.port) == ("seldon-es-http.seldon-logs.svc.cluster.local", 9200)
    assert endpoint.username == "seldon"
    assert isinstance(endpoint.trust, PlatformAuthority)
    assert endpoint.trust.issuer.name == "platform-authority"
    assert endpoint.reached_at == Pods(namespace="seldon-logs", labels=names.POD_LABELS)
    component = recording.one("seldon-platform:cluster:Search", "search")
    assert recording.outputs_of(component.urn) == {"host": endpoint.host}


def test_a_public_store_needs_no_authority_and_a_given_one_is_copied() -> None:
    public, _ = made(backups=replace(BUCKET, trust=PublicAuthorities()))
    assert "search-snapshot-authority" not in waits_for(public, cluster(public))
    given, _ = made(backups=replace(BUCKET, trust=GIVEN))
    assert data(given, names.SNAPSHOT_AUTHORITY) == {"ca.crt": GIVEN.certificate}


def test_the_operator_has_rights_in_two_namespaces_and_no_others() -> None:
    values = operator_values(ARGS)
    assert values["managedNamespaces"] == ["seldon-logs"]
    assert values["createClusterScopedResources"] is False
    assert values["webhook"] == {"enabled": False}
    assert values["config"]["validateStorageClass"] is False
    assert values["config"]["exposedNodeLabels"] == []


def test_the_operator_reports_to_nobody() -> None:
    assert operator_values(ARGS)["telemetry"] == {"disabled": True}


def test_the_operators_image_and_pods() -> None:
    values = operator_values(ARGS)
    assert values["image"] == {"repository": f"{REGISTRY}/eck/eck-operator"}
    assert values["config"]["containerRegistry"] == REGISTRY
    assert values["imagePullSecrets"] == [{"name": "image-pull"}]
    assert values["priorityClassName"] == "seldon-data"
    assert values["podSecurityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert (values["replicaCount"], values["podDisruptionBudget"]["enabled"]) == (1, False)


def test_snapshots_without_keys_are_refused() -> None:
    bucket = replace(BUCKET, access=WorkloadIdentity(annotations={}))
    with pytest.raises(ValueError, match=r"bucket acme-backups: snapshots of .* in the cluster need static keys"):
        record(lambda: keys_secret("keys", bucket, "seldon-logs", pulumi.ResourceOptions()))


def test_the_keys_of_the_store_go_into_the_keystore() -> None:
    recording, _ = made()
    assert cluster(recording).inputs["spec"]["secureSettings"] == [{"secretName": names.SNAPSHOT_KEYS}]
    assert data(recording, names.SNAPSHOT_KEYS) == {
        "s3.client.default.access_key": "AKIAACME",
        "s3.client.default.secret_key": SECRET_KEY,
    }


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("registry.acme.example/elasticsearch:7.17.29", "7.17.29"),
        ("registry.acme.example:5000/elastic/elasticsearch:7.17.29-s3.1", "7.17.29"),
        (f"registry.acme.example/elasticsearch:7.17.9@sha256:{'0' * 64}", "7.17.9"),
    ],
)
def test_the_version_is_read_from_the_image(image: str, version: str) -> None:
    assert names.image_version(image) == version


@pytest.mark.parametrize(
    "image",
    [
        "registry.acme.example/elasticsearch:8.17.1",
        "registry.acme.example/elasticsearch:7.16.3",
        "registry.acme.example/elasticsearch:7.17.2x",
        "registry.acme.example:7/elasticsearch",
        f"registry.acme.example/elasticsearch@sha256:{'0' * 64}",
    ],
)
def test_an_image_of_no_known_version_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match="its tag must start with the version, such as") as caught:
        names.image_version(image)
    assert image in str(caught.value)


def test_whoever_adds_the_logs_of_applications_gets_a_user_of_its_own() -> None:
    without, search = made()
    assert search.log_writer is None
    assert names.LOG_WRITER_USER not in str(cluster(without).inputs["spec"]["auth"])
    recording, search = made(log_writer=True)
    assert search.log_writer is not None
    assert replace(search.log_writer, username="", password="") == replace(search.endpoint, username="", password="")
    assert search.log_writer.username == "application-logs"
    user = data(recording, names.LOG_WRITER_USER)
    assert (user["username"], user["roles"]) == ("application-logs", "application-logs")
    assert user["password"] == drawn("search-log-writer-password")
    assert "search-log-writer-user" in waits_for(recording, cluster(recording))
    assert {"secretName": names.LOG_WRITER_USER} in cluster(recording).inputs["spec"]["auth"]["fileRealm"]
    assert "application-logs" in json.loads(data(recording, names.ROLES)["roles.yml"])
