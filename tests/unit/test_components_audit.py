"""The aggregator of the audit trail: what is made, in which order, and what a client is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from audit_stage import ARGS, AWS, BUCKETS, HERE, IDENTITY, KEY, KEY_ID, made
from component_stage import CERTIFICATE, CONFIG_MAP, ONE, SECRET, WITHOUT_MIRROR, waits_for
from recorder import UNKNOWN, Recording, drawn, leaves, unsecret

from components.cluster.audit import names
from components.cluster.audit.config import configuration
from components.contracts import GivenAuthority, PlatformAuthority, Pods

STATEFUL = "kubernetes:apps/v1:StatefulSet"
SERVICE = "kubernetes:core/v1:Service"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
MIRRORED = "registry.acme.example/mirror/fluent/fluentd-kubernetes-daemonset"
EVERY = pytest.mark.parametrize("kind", BUCKETS)


def template(recording: Recording) -> dict[str, Any]:
    return unsecret(recording.object(STATEFUL, HERE, names.NAME).inputs["spec"]["template"])


def container(recording: Recording) -> dict[str, Any]:
    return template(recording)["spec"]["containers"][0]


def environment(recording: Recording) -> dict[str, Any]:
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container(recording)["env"]}


@EVERY
def test_a_client_is_told_what_it_needs(kind: str) -> None:
    recording, audit = made(BUCKETS[kind])
    assert (audit.host, audit.secure_port, audit.plain_port) == (
        "audit-fluentd-aggregator.seldon-audit.svc.cluster.local",
        24224,
        24225,
    )
    assert audit.reached_at == Pods(namespace=HERE, labels=names.LABELS)
    assert isinstance(audit.trust, PlatformAuthority)
    service = recording.object(SERVICE, HERE, audit.host.partition(".")[0])
    assert {port["port"] for port in service.inputs["spec"]["ports"]} == {24224, 24225}
    ports = {port["name"]: port["containerPort"] for port in container(recording)["ports"]}
    assert [ports[port["targetPort"]] for port in service.inputs["spec"]["ports"]] == [24224, 24225]
    assert template(recording)["metadata"]["labels"] == service.inputs["spec"]["selector"]
    certificate = recording.object(CERTIFICATE, HERE, names.CERTIFICATE).inputs["spec"]
    assert audit.host in certificate["dnsNames"]
    assert certificate["issuerRef"]["name"] == "platform-authority"


def test_it_answers_once_the_pods_do() -> None:
    recording, _ = made()
    stateful = recording.object(STATEFUL, HERE, names.NAME)
    before = waits_for(recording, stateful)
    assert {f"guards-of-{HERE}", "flows", "bucket"} <= before
    assert {"audit-files", "audit-tls", "audit-forward", "audit-bucket-keys", "audit-bucket-authority"} <= before
    assert stateful.name in waits_for(recording, recording.object(SERVICE, HERE, names.NAME))


@EVERY
def test_the_configuration_is_the_only_one_and_says_what_it_should(kind: str) -> None:
    bucket = BUCKETS[kind]
    recording, audit = made(bucket)
    files = recording.object(CONFIG_MAP, HERE, names.NAME).inputs["data"]
    assert files["fluent.conf"] == configuration(bucket, host=audit.host, storage_gi=50)
    mounts = {mount["mountPath"]: mount["name"] for mount in container(recording)["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in template(recording)["spec"]["volumes"]}
    assert volumes[mounts["/fluentd/etc"]]["configMap"]["name"] == names.NAME
    for path in ("/etc/audit/tls", "/etc/audit/authority"):
        assert (path in files["fluent.conf"]) is (path in mounts)


def test_the_shared_key_is_drawn_and_handed_over_as_a_secret() -> None:
    recording, _ = made()
    held = unsecret(recording.object(SECRET, HERE, names.SHARED_KEY).inputs["stringData"])
    assert environment(recording)["FORWARD_SHARED_KEY"] == {
        "secretKeyRef": {"name": names.SHARED_KEY, "key": "shared_key"}
    }
    (password,) = recording.of("random:index/randomPassword:RandomPassword")
    assert password.inputs["length"] == 40
    assert [*held.values()] == [drawn(password.name)]


def test_with_keys_the_store_is_reached_by_them() -> None:
    recording, _ = made(AWS)
    held = unsecret(recording.object(SECRET, HERE, names.BUCKET_KEYS).inputs["stringData"])
    assert held == {"access_key_id": KEY_ID, "secret_access_key": KEY}
    said = environment(recording)
    assert said["AWS_ACCESS_KEY_ID"] == {"secretKeyRef": {"name": names.BUCKET_KEYS, "key": "access_key_id"}}
    assert said["AWS_SECRET_ACCESS_KEY"] == {"secretKeyRef": {"name": names.BUCKET_KEYS, "key": "secret_access_key"}}
    assert "annotations" not in recording.object(ACCOUNT, HERE, names.NAME).inputs["metadata"]


@pytest.mark.parametrize("kind", ["s3 with an identity", "gcs"])
def test_with_an_identity_there_are_no_keys(kind: str) -> None:
    recording, _ = made(BUCKETS[kind])
    assert recording.object(ACCOUNT, HERE, names.NAME).inputs["metadata"]["annotations"] == IDENTITY.annotations
    assert [secret.object_name for secret in recording.of(SECRET)] == [names.SHARED_KEY]
    assert [name for name in environment(recording) if "KEY" in name] == ["FORWARD_SHARED_KEY"]


@pytest.mark.parametrize(("kind", "said"), [("s3 with keys", None), ("another store", "when_required"), ("gcs", None)])
def test_stores_that_are_not_aws_get_only_old_checksums(kind: str, said: str | None) -> None:
    assert environment(made(BUCKETS[kind])[0]).get("AWS_REQUEST_CHECKSUM_CALCULATION") == said


def test_an_authority_that_is_given_is_copied() -> None:
    recording, _ = made(BUCKETS["another store with a given authority"])
    held = unsecret(recording.object(SECRET, HERE, names.BUCKET_AUTHORITY).inputs["stringData"])
    assert held == {"ca.crt": "PEM of acme"}


@pytest.mark.parametrize(
    ("kind", "image"), [("gcs", "v1.19.3-debian-gcs-1.1"), ("in the cluster", "v1.19.3-debian-s3-1.1")]
)
def test_the_image_is_upstreams_for_the_store_and_for_its_nodes(kind: str, image: str) -> None:
    recording, _ = made(BUCKETS[kind])
    assert container(recording)["image"] == f"{MIRRORED}:{image}"
    assert template(recording)["spec"]["nodeSelector"] == {"kubernetes.io/arch": "amd64"}
    upstream = container(made(BUCKETS[kind], sources=WITHOUT_MIRROR)[0])["image"]
    assert upstream == f"docker.io/fluent/fluentd-kubernetes-daemonset:{image}"


def test_an_image_that_the_customer_names_is_taken_as_it_is() -> None:
    recording, _ = made(image="registry.acme.example/own/fluentd:1")
    assert container(recording)["image"] == "registry.acme.example/own/fluentd:1"
    assert "nodeSelector" not in template(recording)["spec"]


CHANGES: dict[str, dict[str, Any]] = {
    "the key of the bucket": {"bucket": replace(AWS, access=replace(AWS.access, secret_access_key="another"))},
    "the name of the bucket": {"bucket": replace(AWS, name="another")},
    "the authority of the store": {"bucket": replace(AWS, trust=GivenAuthority(certificate="another"))},
    "the size of the buffer": {"bucket": AWS, "storage_gi": 60},
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_what_only_a_restart_brings_to_the_pods_restarts_them(changed: dict[str, Any]) -> None:
    annotations = template(made(AWS)[0])["metadata"]["annotations"]
    assert template(made(AWS)[0])["metadata"]["annotations"] == annotations
    assert template(made(**changed)[0])["metadata"]["annotations"] != annotations


def test_one_pod_has_no_budget_and_several_go_one_at_a_time() -> None:
    assert made(size=ONE)[0].of(BUDGET) == []
    (budget,) = made()[0].of(BUDGET)
    assert budget.inputs["spec"]["maxUnavailable"] == 1
    assert budget.inputs["spec"]["selector"]["matchLabels"] == names.LABELS


def test_a_preview_shows_every_object() -> None:
    preview, applied = made(preview=True)[0], made()[0]
    assert sorted(r.urn for r in preview.resources) == sorted(r.urn for r in applied.resources)
    files = preview.object(CONFIG_MAP, HERE, names.NAME)
    assert not any(value is UNKNOWN for _, value, _ in leaves(files.inputs))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"bucket": replace(AWS, purpose="batch")}, "bucket acme-seldon-audit is for batch, not for audit"),
        ({"bucket": replace(AWS, provider="GCS")}, "Google Cloud Storage is reached by workload identity, not with"),
        ({"bucket": replace(AWS, provider="Ceph", access=IDENTITY)}, "a workload identity is for AWS and GCS alone"),
        (
            {"bucket": replace(BUCKETS["gcs"], trust=GivenAuthority(certificate="PEM"))},
            "Google Cloud Storage has a certificate of a public authority",
        ),
        ({"storage_gi": 0}, "a volume of 0Gi for the audit trail's buffer; at least 1Gi is needed"),
    ],
)
def test_what_cannot_work_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(ARGS, **changed)
