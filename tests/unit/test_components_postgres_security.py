"""Security properties of Postgres: each holds, and the test of each fails when the property is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi
import pytest
from component_stage import CHART, SECRET
from postgres_stage import CLUSTER, OBJECT_STORE, SCHEDULE, made
from recorder import Secret, leaves
from security_mutations import drop, put, result
from security_predicates import at

from components.cluster.postgres import operator, rights, spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recorder import Recorded, Recording
    from security_mutations import Mutation

    from components.rights import Rule

Predicate: TypeAlias = "Callable[[Recording], Iterator[str]]"
LIMIT = ("resources.limits.memory", "resources.requests.cpu")


def _cluster(recording: Recording) -> dict[str, Any]:
    return recording.object(CLUSTER, "data", spec.CLUSTER).inputs["spec"]


def tls_only(recording: Recording) -> Iterator[str]:
    cluster = _cluster(recording)
    if set(cluster.get("certificates", {}).values()) != {spec.SERVER_TLS}:
        yield f"the server's certificate is {cluster.get('certificates')}"
    floor = at(cluster, "postgresql.parameters.ssl_min_protocol_version")
    if floor not in ("TLSv1.2", "TLSv1.3"):
        yield f"the floor of TLS is {floor}"


def narrow_access(recording: Recording) -> Iterator[str]:
    rules: list[str] = at(_cluster(recording), "postgresql.pg_hba") or []
    if not rules or rules[-1] != "host all all all reject":
        yield "the operator's last rule is reached"
    for rule in rules[:-1]:
        if rule.split() != ["hostssl", "metadata", "seldon", "all", "scram-sha-256"]:
            yield f"pg_hba has {rule}"
    if at(_cluster(recording), "postgresql.parameters.password_encryption") != "scram-sha-256":
        yield "passwords are not kept as SCRAM verifiers"


def no_superuser(recording: Recording) -> Iterator[str]:
    cluster = _cluster(recording)
    if cluster.get("enableSuperuserAccess") is not False:
        yield "the superuser has a password"
    if "managed" in cluster:
        yield f"there are other roles: {cluster['managed']}"
    for key in ("postInitSQL", "postInitApplicationSQL", "postInitTemplateSQL"):
        if at(cluster, f"bootstrap.initdb.{key}"):
            yield f"{key} runs as the superuser"


def audited(recording: Recording) -> Iterator[str]:
    parameters = _cluster(recording)["postgresql"]["parameters"]
    if parameters.get("log_connections") != "on" or "role" not in parameters.get("pgaudit.log", ""):
        yield "who connects and who changes roles is not logged"


def backed_up(recording: Recording) -> Iterator[str]:
    archiving = [plugin for plugin in _cluster(recording).get("plugins", []) if plugin.get("isWALArchiver")]
    (store,) = recording.of(OBJECT_STORE)
    if [at(plugin, "parameters.barmanObjectName") for plugin in archiving] != [store.object_name]:
        yield "the WAL goes nowhere"
    if not recording.of(SCHEDULE):
        yield "no backup is planned"
    if store.inputs["spec"].get("retentionPolicy") != "30d":
        yield f"backups stay for {store.inputs['spec'].get('retentionPolicy')}"


def backups_verified(recording: Recording) -> Iterator[str]:
    configuration = recording.of(OBJECT_STORE)[0].inputs["spec"]["configuration"]
    if not configuration["endpointURL"].startswith("https://"):
        yield f"backups go to {configuration['endpointURL']}"
    if at(configuration, "endpointCA.key") != "ca.crt":
        yield "the store is not verified against its authority"


def checksums(recording: Recording) -> Iterator[str]:
    if at(_cluster(recording), "bootstrap.initdb.dataChecksums") is not True:
        yield "a damaged page is not noticed"


def restricted(recording: Recording) -> Iterator[str]:
    cluster = _cluster(recording)
    if at(cluster, "seccompProfile.type") != "RuntimeDefault":
        yield "there is no seccomp profile"
    for key in ("podSecurityContext", "securityContext"):
        if key in cluster:
            yield f"{key} takes the place of the operator's"


def bounded_resources(recording: Recording) -> Iterator[str]:
    sidecar = recording.of(OBJECT_STORE)[0].inputs["spec"]["instanceSidecarConfiguration"]
    for name, holder in (("instances", _cluster(recording)), ("sidecar", sidecar)):
        for path in LIMIT:
            if not at(holder, path):
                yield f"{name}: no {path}"


def available(recording: Recording) -> Iterator[str]:
    cluster = _cluster(recording)
    if not cluster.get("enablePDB") or at(cluster, "affinity.podAntiAffinityType") != "required":
        yield "one drained node may take the database along"
    if at(cluster, "postgresql.synchronous.dataDurability") != "required":
        yield "a commit may be lost with the primary"
    if cluster.get("priorityClassName") != "seldon-data":
        yield "anything may take its place on a node"


def pinned(recording: Recording) -> Iterator[str]:
    image = _cluster(recording)["imageName"]
    if ":15." not in image or "@sha256:" not in image:
        yield f"the image is {image}"


def narrow_rights(recording: Recording) -> Iterator[str]:
    for chart in recording.of(CHART):
        if at(chart.inputs["values"], "rbac.create") is not False:
            yield f"{chart.name} grants its chart's cluster-wide rights"
    for role in (r for r in recording.resources if r.type.endswith(":ClusterRole")):
        yield from _cluster_wide(role)
    plugin = recording.one("kubernetes:rbac.authorization.k8s.io/v1:Role", "postgres-backup-plugin-data-role")
    for rule in plugin.inputs["rules"]:
        if "secrets" in rule["resources"] and rule.get("resourceNames") != [spec.KEYS_SECRET]:
            yield f"the plugin reads {rule.get('resourceNames') or 'every secret'}"


def _cluster_wide(role: Recorded) -> Iterator[str]:
    for rule in role.inputs["rules"]:
        writes = set(rule["verbs"]) - {"get", "list", "watch"}
        if writes and rule.get("resourceNames") != list(rights.WEBHOOKS):
            yield f"{role.name} may {sorted(writes)} {rule['resources']}"
        if {"secrets", "configmaps", "*"} & set(rule["resources"]):
            yield f"{role.name} reads {rule['resources']} of the cluster"


def one_namespace(recording: Recording) -> Iterator[str]:
    values = recording.one(CHART, "postgres-operator").inputs["values"]
    if [entry["value"] for entry in values.get("additionalEnv", [])] != ["operators,data"]:
        yield "the operator watches more than its namespace and that of the database"


def secrets_stay_secret(recording: Recording) -> Iterator[str]:
    for secret in recording.of(SECRET):
        if not isinstance(secret.inputs["stringData"], Secret):
            yield f"{secret.name} is in the clear"
    for resource in recording.resources:
        for path, _, hidden in leaves(resource.inputs):
            if hidden and resource.type != SECRET:
                yield f"{resource.name}{path} is a secret outside of a Secret"


def without_last_rule(rules: list[str]) -> list[str]:
    return rules[:-1]


def open_rule(rules: list[str]) -> list[str]:
    return ["host all all all trust", *rules]


def without_tls(rules: list[str]) -> list[str]:
    return [rule.replace("hostssl", "host") for rule in rules]


def reads_all(given: list[Rule]) -> list[Rule]:
    return [*given, {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]}]


def writes_all(given: list[Rule]) -> list[Rule]:
    return [*given, {"apiGroups": [""], "resources": ["nodes"], "verbs": ["patch"]}]


def plain_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand the data of Secrets over unmarked."""
    monkeypatch.setattr(pulumi.Output, "secret", pulumi.Output.from_input)


CLUSTER_SPEC = (spec, "cluster_spec")
CASES: list[tuple[str, Predicate, Mutation]] = [
    ("no certificate", tls_only, drop(*CLUSTER_SPEC, "certificates")),
    ("old tls", tls_only, put(spec, "parameters", "ssl_min_protocol_version", "TLSv1.1")),
    ("tls left to a default", tls_only, drop(spec, "parameters", "ssl_min_protocol_version")),
    ("last rule reached", narrow_access, result(spec, "client_rules", without_last_rule)),
    ("open rule", narrow_access, result(spec, "client_rules", open_rule)),
    ("owner without tls", narrow_access, result(spec, "client_rules", without_tls)),
    ("md5", narrow_access, put(spec, "parameters", "password_encryption", "md5")),
    ("superuser", no_superuser, put(*CLUSTER_SPEC, "enableSuperuserAccess", value=True)),
    ("superuser by default", no_superuser, drop(*CLUSTER_SPEC, "enableSuperuserAccess")),
    ("another role", no_superuser, put(*CLUSTER_SPEC, "managed.roles", [{"name": "dba", "superuser": True}])),
    ("sql as superuser", no_superuser, put(*CLUSTER_SPEC, "bootstrap.initdb.postInitSQL", ["ALTER ROLE seldon"])),
    ("no audit", audited, drop(spec, "parameters", "pgaudit?log")),
    ("no archive", backed_up, put(*CLUSTER_SPEC, "plugins", [])),
    ("archive elsewhere", backed_up, put(spec, "object_store_spec", "retentionPolicy", "1d")),
    ("no retention", backed_up, drop(spec, "object_store_spec", "retentionPolicy")),
    ("plain http", backups_verified, put(spec, "object_store_spec", "configuration.endpointURL", "http://store")),
    ("unverified", backups_verified, drop(spec, "object_store_spec", "configuration.endpointCA")),
    ("no checksums", checksums, drop(*CLUSTER_SPEC, "bootstrap.initdb.dataChecksums")),
    ("root", restricted, put(*CLUSTER_SPEC, "podSecurityContext", {"runAsUser": 0})),
    ("no seccomp", restricted, drop(*CLUSTER_SPEC, "seccompProfile")),
    ("unbounded", bounded_resources, drop(*CLUSTER_SPEC, "resources")),
    (
        "unbounded sidecar",
        bounded_resources,
        drop(spec, "object_store_spec", "instanceSidecarConfiguration.resources"),
    ),
    ("no budget", available, put(*CLUSTER_SPEC, "enablePDB", value=False)),
    ("one node", available, put(*CLUSTER_SPEC, "affinity.podAntiAffinityType", "preferred")),
    ("asynchronous", available, drop(*CLUSTER_SPEC, "postgresql.synchronous")),
    ("no priority", available, drop(*CLUSTER_SPEC, "priorityClassName")),
    ("another major version", pinned, put(*CLUSTER_SPEC, "imageName", "ghcr.io/cloudnative-pg/postgresql:17.1")),
    ("rights of the chart", narrow_rights, put(operator, "operator_values", "rbac.create", value=True)),
    ("rights of the plugin", narrow_rights, drop(operator, "plugin_values", "rbac")),
    ("all secrets", narrow_rights, result(rights, "operator_cluster_rules", reads_all)),
    ("cluster-wide writing", narrow_rights, result(rights, "plugin_cluster_rules", writes_all)),
    ("all secrets of the database", narrow_rights, result(spec, "backup_secrets", lambda _: [])),
    ("whole cluster", one_namespace, drop(operator, "operator_values", "additionalEnv")),
    ("in the clear", secrets_stay_secret, plain_secrets),
]
PREDICATES = list(dict.fromkeys(predicate for _, predicate, _ in CASES))


@pytest.mark.parametrize("predicate", PREDICATES, ids=lambda predicate: predicate.__name__)
def test_it_holds(predicate: Predicate) -> None:
    assert [*predicate(made()[0])] == []


@pytest.mark.parametrize(("predicate", "mutation"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_is_missed_when_it_is_gone(
    predicate: Predicate, mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutation(monkeypatch)
    assert [*predicate(made()[0])] != []
