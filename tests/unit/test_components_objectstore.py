"""The object store: what is made, in which order, what is protected, and what its clients are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pulumi
import pytest
from component_stage import CERTIFICATE, CHART, CONFIG_MAP, REGISTRY, SECRET, waits_for
from objectstore_stage import ARGS, BIG, MINIO, ONE_MINIO, SMALL, made
from recorder import PASSWORD, Secret, drawn, leaves, unsecret

from components.cluster.flows import to_bucket
from components.cluster.objectstore import minio, object_store_flows, seaweedfs, volumes_gi
from components.cluster.objectstore.args import StorePlan
from components.cluster.objectstore.minio_run import encryption_key
from components.cluster.objectstore.rights import READERS, SETUP, USERS, bucket_plans
from components.cluster.objectstore.seaweedfs_run import policies, restarts
from components.cluster.objectstore.setup import SCRIPTS, SETUP_LABELS
from components.contracts import PlatformAuthority, Pods, StaticKeys

if TYPE_CHECKING:
    from recorder import Recorded, Recording

    from components.cluster.objectstore import Engine

JOB = "kubernetes:batch/v1:Job"
STATEFUL = "kubernetes:apps/v1:StatefulSet"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
SERVICE = "kubernetes:core/v1:Service"
ISSUER = "kubernetes:cert-manager.io/v1:Issuer"
HERE = "seldon-storage"
engines = pytest.mark.parametrize("engine", [BIG, MINIO], ids=["seaweedfs", "minio"])


def data(recording: Recording, name: str) -> dict[str, Any]:
    held = recording.object(SECRET, HERE, name).inputs["stringData"]
    assert isinstance(held, Secret), name
    return unsecret(held)


def job(recording: Recording) -> Recorded:
    return recording.object(JOB, HERE, "object-store-setup")


@engines
@pytest.mark.parametrize("preview", [True, False])
def test_nothing_is_made_before_the_guards_and_flows(engine: Engine, *, preview: bool) -> None:
    recording, _ = made(engine=engine, preview=preview)
    component = recording.one("seldon-platform:cluster:ObjectStore", "object-store")
    for child in recording.children(component.urn):
        assert {"guards-of-seldon-storage", "flows"} <= waits_for(recording, child), child.name


def test_seaweedfs_comes_after_its_keys_and_certificates_and_before_its_setup() -> None:
    recording, _ = made(engine=BIG)
    chart = recording.one(CHART, "object-store-seaweedfs")
    parts = {f"object-store-seaweedfs-{part}-cert-certificate" for part in ("ca", *seaweedfs.PARTS)}
    before = {*parts, "object-store-s3-tls", "object-store-signing", "object-store-identities"}
    assert before <= waits_for(recording, chart)
    assert {chart.name, "object-store-setup-keys", "object-store-setup-plan"} <= waits_for(recording, job(recording))


def test_minio_comes_after_its_root_user_and_certificate_and_before_its_setup() -> None:
    recording, _ = made(engine=MINIO)
    pods = recording.object(STATEFUL, HERE, "minio")
    assert {"object-store-root", "object-store-tls", "object-store-pods"} <= waits_for(recording, pods)
    assert {pods.name, "object-store-service"} <= waits_for(recording, job(recording))


@engines
def test_buckets_are_there_once_the_setup_has_run(engine: Engine) -> None:
    recording, store = made(engine=engine)
    ready = {cast("Any", resource)._name for resource in store.buckets["audit"].ready}
    assert job(recording).name in ready


@pytest.mark.parametrize("protect", [True, False])
def test_the_data_is_protected_unless_exempted(*, protect: bool) -> None:
    recording, _ = made(engine=BIG, protect=protect)
    assert recording.one(CHART, "object-store-seaweedfs").protect is protect
    recording, _ = made(engine=MINIO, protect=protect)
    assert recording.object(STATEFUL, HERE, "minio").protect is protect
    assert recording.one(PASSWORD, "object-store-encryption-key").protect is protect
    assert recording.object(SECRET, HERE, "minio-root").protect is False, "a changed Secret is replaced"


@engines
def test_a_client_is_told_what_it_needs(engine: Engine) -> None:
    _, store = made(engine=engine)
    host, port, provider = ("seaweedfs-s3", 8333, "SeaweedFS") if engine is BIG else ("minio", 9000, "Minio")
    assert [*store.buckets] == ["models", "batch", "audit", "backups"]
    for purpose, bucket in store.buckets.items():
        assert (bucket.purpose, bucket.name, bucket.provider) == (purpose, f"seldon-{purpose}", provider)
        assert bucket.endpoint == f"https://{host}.{HERE}.svc.cluster.local:{port}"
        assert isinstance(bucket.trust, PlatformAuthority)
        assert bucket.trust.issuer.name == "platform-authority"
        assert isinstance(bucket.access, StaticKeys)
        assert bucket.access.access_key_id == READERS[purpose].name
        assert isinstance(bucket.reached_at, Pods)
        assert (bucket.reached_at.namespace, bucket.port) == (HERE, port)


@engines
def test_the_certificate_that_clients_see_carries_the_name_that_they_use(engine: Engine) -> None:
    recording, store = made(engine=engine)
    name = seaweedfs.S3_CERTIFICATE if engine is BIG else minio.CERTIFICATE
    spec = recording.object(CERTIFICATE, HERE, name).inputs["spec"]
    host = store.buckets["models"].endpoint.removeprefix("https://").partition(":")[0]
    assert host in spec["dnsNames"]
    assert spec["issuerRef"]["name"] == "platform-authority"


def test_parts_of_seaweedfs_trust_an_authority_of_their_own() -> None:
    recording, _ = made(engine=BIG)
    spec = recording.object(CERTIFICATE, HERE, "seaweedfs-authority").inputs["spec"]
    assert spec["isCA"] is True
    assert recording.object(ISSUER, HERE, "seaweedfs-authority").inputs["spec"] == {
        "ca": {"secretName": spec["secretName"]}
    }
    for part in ("ca", *seaweedfs.PARTS):
        leaf = recording.object(CERTIFICATE, HERE, f"seaweedfs-{part}-cert").inputs["spec"]
        assert leaf["issuerRef"] == {"group": "cert-manager.io", "kind": "Issuer", "name": "seaweedfs-authority"}
        assert "isCA" not in leaf
        assert leaf["secretName"] != spec["secretName"]


@engines
def test_each_user_has_a_key_of_its_own(engine: Engine) -> None:
    recording, _ = made(engine=engine)
    keys = recording.of(PASSWORD)
    for key in keys:
        assert key.inputs["special"] is False, "quoting in shells and URLs depends on it"
        assert key.inputs["length"] == (32 if key.name.endswith("encryption-key") else 40)
    drawn_for = {key.name.removeprefix("object-store-key-") for key in keys}
    assert {user.name for user in USERS} <= drawn_for
    assert ({SETUP} if engine is BIG else {"root"}) <= drawn_for


@engines
def test_keys_stand_in_secrets_alone(engine: Engine) -> None:
    recording, _ = made(engine=engine)
    keys = [drawn(key.name) for key in recording.of(PASSWORD)]
    for resource in recording.resources:
        for path, value, secret in leaves(resource.inputs):
            if isinstance(value, str) and any(key in value for key in keys):
                assert (resource.type, secret) == (SECRET, True), f"{resource.name} {path}"


def test_identities_of_seaweedfs_are_users_under_one_policy_each() -> None:
    recording, _ = made(engine=BIG)
    document = json.loads(data(recording, seaweedfs.IDENTITIES)[seaweedfs.IDENTITIES_KEY])
    names = [*(user.name for user in USERS), SETUP]
    assert document["identities"] == [
        {
            "name": name,
            "credentials": [{"accessKey": name, "secretKey": drawn(f"object-store-key-{name}")}],
            "policyNames": [name],
        }
        for name in names
    ]
    assert [entry["name"] for entry in document["policies"]] == names
    for entry in document["policies"]:
        assert {statement["Effect"] for statement in json.loads(entry["content"])["Statement"]} <= {"Allow", "Deny"}


def test_no_identity_has_rights_without_a_policy() -> None:
    recording, _ = made(engine=BIG)
    document = json.loads(data(recording, seaweedfs.IDENTITIES)[seaweedfs.IDENTITIES_KEY])
    assert {key for identity in document["identities"] for key in identity} == {"name", "credentials", "policyNames"}
    assert "anonymous" not in {identity["name"] for identity in document["identities"]}


@pytest.mark.parametrize("user", ["models-publisher", "audit-reader"])
def test_people_have_keys_of_their_own(user: str) -> None:
    recording, _ = made()
    assert data(recording, f"object-store-{user}") == {
        "access_key_id": user,
        "secret_access_key": drawn(f"object-store-key-{user}"),
    }


def test_minio_encrypts_what_it_stores_with_a_key_of_32_bytes() -> None:
    recording, _ = made(engine=MINIO)
    held = data(recording, minio.ROOT)
    assert held["encryption_key"] == encryption_key(drawn("object-store-encryption-key"))
    assert encryption_key("a" * 32) == "seldon-platform:YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="


@engines
def test_the_setup_runs_the_script_with_the_keys_it_needs_alone(engine: Engine) -> None:
    recording, _ = made(engine=engine)
    plan = recording.object(CONFIG_MAP, HERE, "object-store-setup").inputs["data"]
    script = "seaweedfs.sh" if engine is BIG else "minio.sh"
    assert plan["setup.sh"] == (SCRIPTS / script).read_text(encoding="utf-8")
    assert plan["buckets"].splitlines() == [
        "seldon-models 0 30",
        "seldon-batch 0 30",
        "seldon-audit 365 0",
        "seldon-backups 0 30",
    ]
    keys = data(recording, "object-store-setup-keys")
    if engine is BIG:
        assert keys == {"access_key_id": SETUP, "secret_access_key": drawn(f"object-store-key-{SETUP}")}
    else:
        assert {*keys} == {"root", *(user.name for user in USERS)}
        assert plan["users"].split() == [user.name for user in USERS]
        for user in USERS:
            assert json.loads(plan[f"{user.name}.json"])["Statement"]


def setup_pod(recording: Recording) -> dict[str, Any]:
    return job(recording).inputs["spec"]["template"]


@engines
def test_the_setup_pod_is_restricted_and_from_the_mirror(engine: Engine) -> None:
    recording, _ = made(engine=engine)
    pod = setup_pod(recording)["spec"]
    (container,) = pod["containers"]
    assert container["image"].startswith(f"{REGISTRY}/")
    assert pod["imagePullSecrets"] == [{"name": "image-pull"}]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert setup_pod(recording)["metadata"]["labels"] == SETUP_LABELS
    (authority,) = (volume["secret"] for volume in pod["volumes"] if volume["name"] == "authority")
    assert authority["items"] == [{"key": "ca.crt", "path": "ca.crt"}]


@engines
def test_another_plan_runs_the_setup_again_and_the_same_plan_does_not(engine: Engine) -> None:
    annotations = [
        setup_pod(made(engine=engine, audit_retention_days=days)[0])["metadata"]["annotations"]
        for days in (365, 365, 30)
    ]
    same, again, other = (each["seldon-platform/plan"] for each in annotations)
    assert same == again != other
    assert len({each["seldon-platform/keys"] for each in annotations}) == 1


def workload(type_: str) -> pulumi.ResourceTransformArgs:
    props = {"spec": {"template": {"metadata": {"labels": {"a": "b"}, "annotations": None}, "spec": {}}}}
    return pulumi.ResourceTransformArgs(
        custom=True, type_=type_, name="x", props=props, opts=pulumi.ResourceOptions(protect=True)
    )


@pytest.mark.parametrize(
    ("type_", "wanted"),
    [
        ("kubernetes:apps/v1:StatefulSet", {"seldon-platform/signing-keys": "p"}),
        (
            "kubernetes:apps/v1:Deployment",
            {"seldon-platform/signing-keys": "p", "seldon-platform/identities": "g"},
        ),
    ],
)
def test_pods_restart_when_the_keys_that_they_read_change(type_: str, wanted: dict[str, str]) -> None:
    changed = restarts(gateways="g", parts="p")(workload(type_))
    assert isinstance(changed, pulumi.ResourceTransformResult)
    assert cast("Any", changed.props)["spec"]["template"] == {
        "metadata": {"labels": {"a": "b"}, "annotations": wanted},
        "spec": {},
    }
    assert changed.opts.protect is True
    assert restarts(gateways="g", parts="p")(workload("kubernetes:core/v1:Service")) is None


def test_what_shows_of_keys_is_a_short_digest() -> None:
    recording, _ = made(engine=MINIO)
    shown = recording.object(STATEFUL, HERE, "minio").inputs["spec"]["template"]["metadata"]["annotations"]
    (digest,) = shown.values()
    assert len(digest) == 16
    assert drawn("object-store-key-root") not in digest


@pytest.mark.parametrize(
    ("engine", "budgets"),
    [
        (BIG, ["seaweedfs-filer", "seaweedfs-master", "seaweedfs-s3", "seaweedfs-volume"]),
        (SMALL, []),
        (MINIO, ["minio"]),
        (ONE_MINIO, []),
    ],
    ids=["seaweedfs", "one seaweedfs", "minio", "one minio"],
)
def test_several_pods_drain_one_by_one(engine: Engine, budgets: list[str]) -> None:
    recording, _ = made(engine=engine)
    assert sorted(budget.object_name for budget in recording.of(BUDGET)) == budgets
    assert all(budget.inputs["spec"]["maxUnavailable"] == 1 for budget in recording.of(BUDGET))


@engines
def test_nothing_is_served_outside_of_the_cluster(engine: Engine) -> None:
    recording, _ = made(engine=engine)
    for service in recording.of(SERVICE):
        assert service.inputs["spec"].get("type", "ClusterIP") == "ClusterIP"
        assert "externalIPs" not in service.inputs["spec"]


def edges(engine: Engine) -> set[tuple[str, str, tuple[int, ...]]]:
    prometheus = Pods(namespace="watch", labels={"app": "prometheus"})
    flows = object_store_flows(engine, namespace=HERE, prometheus=prometheus)

    def end(pods: object) -> str:
        assert isinstance(pods, Pods)
        labels = pods.labels
        return labels.get("app.kubernetes.io/component") or next(iter(labels.values()))

    assert len({flow.name for flow in flows}) == len(flows)
    return {(end(flow.source), end(flow.target), tuple(flow.ports)) for flow in flows}


def test_flows_of_seaweedfs() -> None:
    assert edges(BIG) == {
        ("object-store-setup", "s3", (8333,)),
        *((part, "master", (19333,)) for part in ("master", "volume", "filer", "s3")),
        ("master", "volume", (18080,)),
        *((part, "volume", (8080, 18080)) for part in ("volume", "filer", "s3")),
        *((part, "filer", (18888,)) for part in ("master", "filer", "s3")),
        ("master", "s3", (18333,)),
        *(("prometheus", part, (9327,)) for part in ("volume", "filer", "s3")),
    }


def test_flows_of_minio() -> None:
    assert edges(MINIO) == {
        ("object-store-setup", "minio", (9000,)),
        ("minio", "minio", (9000,)),
    }


def test_a_client_declares_its_own_flow() -> None:
    _, store = made()
    client = Pods(namespace="seldon-postgres", labels={"app": "db"})
    flow = to_bucket("postgres-backups", client, store.buckets["backups"], "backups")
    assert (flow.source, flow.target, flow.ports) == (client, store.buckets["backups"].reached_at, [8333])


@pytest.mark.parametrize(("engine", "wanted"), [(BIG, 3 + 3 * 200 + 3 * 10), (SMALL, 1 + 200 + 10), (MINIO, 800)])
def test_the_size_of_all_volumes(engine: Engine, wanted: int) -> None:
    assert volumes_gi(engine, ARGS.storage_gi) == wanted


def test_policies_name_the_buckets_that_the_setup_makes() -> None:
    plans = bucket_plans(audit_retention_days=1)
    plan = StorePlan(args=ARGS, buckets=plans, keys={})
    resources = {
        resource.removeprefix("arn:aws:s3:::").partition("/")[0]
        for document in policies(plan).values()
        for statement in document["Statement"]
        for resource in statement["Resource"]
    }
    assert resources == {bucket.name for bucket in plans}
