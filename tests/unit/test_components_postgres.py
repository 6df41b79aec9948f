"""Postgres: what is made, in which order, and where its secrets are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from component_stage import CERTIFICATE, CHART, ONE, SECRET, THREE, WITHOUT_MIRROR, waits_for
from postgres_stage import BUDGET, CLUSTER, OBJECT_STORE, PASSWORD, PEM, SCHEDULE, STORE_KEY, made
from recorder import Secret, drawn, leaves, unsecret

from components.charts import pins
from components.cluster.postgres import spec
from components.cluster.postgres.operator import plugin_values
from components.contracts import PlatformAuthority, Pods, WorkloadIdentity

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.workload import Workload

GUARDS = {"guards-of-operators", "guards-of-data", "flows"}
PRIVATE = (STORE_KEY, drawn("postgres-password"))


def _protects_definitions(transform: Callable[..., Any]) -> bool:
    args = pulumi.ResourceTransformArgs(
        custom=True,
        type_="kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
        name="x",
        props={"metadata": {"annotations": {}}},
        opts=pulumi.ResourceOptions(),
    )
    result = transform(args)
    assert result.opts.retain_on_delete is False
    return bool(result.opts.protect)


@pytest.mark.parametrize("preview", [True, False])
def test_the_endpoint_has_the_name_that_the_certificate_carries(*, preview: bool) -> None:
    recording, postgres = made(preview=preview)
    endpoint = postgres.endpoint
    certificate = recording.object(CERTIFICATE, "data", spec.SERVER_TLS)
    assert endpoint.host == "seldon-metadata-rw.data.svc.cluster.local"
    assert endpoint.host in certificate.inputs["spec"]["dnsNames"]
    assert (endpoint.port, endpoint.database, endpoint.username) == (5432, "metadata", "seldon")
    assert endpoint.ssl_mode == "verify-full"
    assert isinstance(endpoint.trust, PlatformAuthority)
    assert endpoint.trust.issuer.name == certificate.inputs["spec"]["issuerRef"]["name"] == "own-issuer"
    assert endpoint.reached_at == Pods(
        namespace="data", labels={"cnpg.io/cluster": "seldon-metadata", "cnpg.io/podRole": "instance"}
    )
    component = recording.one("seldon-platform:cluster:Postgres", "postgres")
    assert recording.outputs_of(component.urn) == {"host": endpoint.host}


def test_removal_goes_from_the_database_to_the_plugin_to_the_operator_to_its_rights() -> None:
    recording, _ = made()
    operator, plugin = (recording.one(CHART, f"postgres-{part}") for part in ("operator", "backup-plugin"))
    cluster = recording.object(CLUSTER, "data", "seldon-metadata")
    rights = {r.name for r in recording.resources if "rbac" in r.type}
    of_operator = {name for name in rights if name.startswith("postgres-operator")}
    of_plugin = rights - of_operator
    assert waits_for(recording, operator) == {*GUARDS, *of_operator}
    assert waits_for(recording, plugin) == {*GUARDS, *rights, operator.name}
    assert len(of_operator) == 6
    assert len(of_plugin) == 4
    assert plugin.name in waits_for(recording, cluster)


def test_the_database_waits_for_everything_that_it_names() -> None:
    recording, _ = made()
    cluster = recording.object(CLUSTER, "data", "seldon-metadata")
    assert {
        "bucket",
        "own-issuer",
        "store-issuer",
        "postgres-password",
        f"postgres-{spec.OWNER_SECRET}",
        f"postgres-{spec.SERVER_TLS}",
        f"postgres-{spec.OBJECT_STORE}",
        f"postgres-{spec.KEYS_SECRET}",
        f"postgres-{spec.AUTHORITY_SECRET}",
    } <= waits_for(recording, cluster)
    schedule = recording.object(SCHEDULE, "data", "nightly")
    assert cluster.name in waits_for(recording, schedule)
    assert cluster.inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}


@pytest.mark.parametrize("preview", [True, False])
def test_secrets_stand_in_secrets_alone(*, preview: bool) -> None:
    recording, _ = made(preview=preview)
    for resource in recording.resources:
        for path, value, secret in leaves(resource.inputs):
            if value in PRIVATE:
                assert secret, f"{resource.name}{path}"
                assert resource.type == SECRET, f"{resource.name}{path}"
    assert not [value for _, outputs in recording.outputs for _, value, _ in leaves(outputs) if value in PRIVATE]


def test_the_owner_has_a_drawn_password_and_the_instances_follow_it() -> None:
    recording, postgres = made()
    password = recording.one(PASSWORD, "postgres-password")
    owner = recording.object(SECRET, "data", spec.OWNER_SECRET)
    assert (password.inputs["length"], password.inputs["special"]) == (40, False)
    assert isinstance(owner.inputs["stringData"], Secret)
    assert unsecret(owner.inputs["stringData"]) == {"username": "seldon", "password": drawn("postgres-password")}
    assert (owner.inputs["type"], owner.inputs["metadata"]["labels"]) == ("kubernetes.io/basic-auth", spec.RELOAD)
    assert isinstance(postgres.endpoint.password, pulumi.Output)
    assert asyncio.run(postgres.endpoint.password.is_secret())


@pytest.mark.parametrize("protect", [True, False])
def test_the_database_is_protected_and_its_password_can_be_replaced(*, protect: bool) -> None:
    recording, _ = made(protect=protect)
    kept = {resource.name for resource in recording.resources if resource.protect}
    assert kept == ({"postgres-seldon-metadata"} if protect else set())
    for part in ("operator", "backup-plugin"):
        transforms = recording.one(CHART, f"postgres-{part}").transforms
        assert len(transforms) == 2
        assert _protects_definitions(transforms[1]) is protect


@pytest.mark.parametrize(
    ("trust", "kind"), [("platform", CERTIFICATE), ("given", SECRET), ("public", None)], ids=["own", "given", "public"]
)
def test_the_store_is_verified_against_its_authority(trust: str, kind: str | None) -> None:
    recording, _ = made(trust=trust)
    configuration = recording.object(OBJECT_STORE, "data", "backups").inputs["spec"]["configuration"]
    if kind is None:
        assert "endpointCA" not in configuration
        return
    authority = recording.object(kind, "data", spec.AUTHORITY_SECRET)
    assert configuration["endpointCA"] == {"name": authority.object_name, "key": "ca.crt"}
    if trust == "given":
        assert unsecret(authority.inputs["stringData"]) == {"ca.crt": PEM}


def test_the_keys_of_the_store_are_read_from_their_secret() -> None:
    recording, _ = made()
    keys = recording.object(SECRET, "data", spec.KEYS_SECRET)
    assert isinstance(keys.inputs["stringData"], Secret)
    values = unsecret(keys.inputs["stringData"])
    assert values == {"ACCESS_KEY_ID": "AKIA", "ACCESS_SECRET_KEY": STORE_KEY}
    named = recording.object(OBJECT_STORE, "data", "backups").inputs["spec"]["configuration"]["s3Credentials"]
    assert {field["name"] for field in named.values()} == {keys.object_name}
    assert {field["key"] for field in named.values()} == set(values)


def test_a_cloud_identity_stands_on_the_account_of_the_instances() -> None:
    identity = WorkloadIdentity(annotations={"cloud.acme.example/role": "backups"})
    recording, _ = made(identity=identity)
    cluster = recording.object(CLUSTER, "data", "seldon-metadata").inputs["spec"]
    store = recording.object(OBJECT_STORE, "data", "backups").inputs["spec"]["configuration"]
    assert cluster["serviceAccountTemplate"]["metadata"]["annotations"] == identity.annotations
    assert store["s3Credentials"] == {"inheritFromIAMRole": True}
    assert [secret.object_name for secret in recording.of(SECRET)] == [spec.OWNER_SECRET]


@pytest.mark.parametrize(("size", "budgets"), [(ONE, []), (THREE, ["cloudnative-pg"])])
def test_operators_drain_one_by_one(size: Workload, budgets: list[str]) -> None:
    recording, _ = made(size=size)
    assert [budget.object_name for budget in recording.of(BUDGET)] == budgets
    values = recording.one(CHART, "postgres-operator").inputs["values"]
    assert (values["replicaCount"], values["resources"]) == (size.replicas, size.resources)
    assert plugin_values(WITHOUT_MIRROR, size)["replicaCount"] == 1


def test_releases_are_pinned_and_named_as_their_accounts() -> None:
    recording, _ = made()
    releases = {
        str(chart.inputs["chart"]).rpartition("/")[2]: (chart.inputs["name"], chart.namespace, chart.inputs["version"])
        for chart in recording.of(CHART)
    }
    assert releases == {
        name: (name, "operators", pins()[name].version) for name in ("cloudnative-pg", "plugin-barman-cloud")
    }


def test_the_operator_watches_its_own_namespace_and_that_of_the_database() -> None:
    recording, _ = made()
    values = recording.one(CHART, "postgres-operator").inputs["values"]
    assert values["additionalEnv"] == [{"name": "WATCH_NAMESPACE", "value": "operators,data"}]
    assert values["rbac"] == {"create": False}
    assert recording.one(CHART, "postgres-backup-plugin").inputs["values"]["rbac"] == {"create": False}


@pytest.mark.parametrize("mirrored", [True, False])
def test_images_come_from_the_mirror(*, mirrored: bool) -> None:
    recording, _ = made() if mirrored else made(sources=WITHOUT_MIRROR)
    registry = "registry.acme.example/mirror" if mirrored else "ghcr.io"
    operator = recording.one(CHART, "postgres-operator").inputs["values"]
    plugin = recording.one(CHART, "postgres-backup-plugin").inputs["values"]
    cluster = recording.object(CLUSTER, "data", "seldon-metadata").inputs["spec"]
    pull = [{"name": "image-pull"}] if mirrored else []
    assert operator["image"] == {"repository": f"{registry}/cloudnative-pg/cloudnative-pg"}
    assert (plugin["image"], plugin["sidecarImage"]) == ({"registry": registry}, {"registry": registry})
    assert cluster["imageName"].startswith(f"{registry}/cloudnative-pg/postgresql:15.")
    assert operator["imagePullSecrets"] == plugin["imagePullSecrets"] == cluster.get("imagePullSecrets", []) == pull
