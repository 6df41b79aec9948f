"""Rights around Postgres: where they hold, and that the operators may hand on what they hand on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from postgres_stage import made

from components.cluster.postgres import rights, spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.rights import Rule

READ = {"get", "list", "watch"}
RULES = {
    "operator in the cluster": rights.operator_cluster_rules(),
    "operator at home": rights.operator_home_rules(),
    "operator at the database": rights.operator_data_rules(),
    "plugin in the cluster": rights.plugin_cluster_rules(),
    "plugin at the database": rights.plugin_data_rules([spec.KEYS_SECRET]),
}


def allowed(rules: Sequence[Rule], verb: str, resource: str, name: str = "") -> bool:
    """Say whether rules allow a verb on a resource (`<group>/<resource>`), of one name or of all."""
    group, _, kind = resource.rpartition("|")
    return any(
        group in rule["apiGroups"]
        and kind in rule["resources"]
        and verb in rule["verbs"]
        and (not rule.get("resourceNames") or name in rule["resourceNames"])
        for rule in rules
    )


def grant(rules: Sequence[Rule], handed_on: Sequence[tuple[str, tuple[str, ...], str]]) -> list[str]:
    """Return what a holder of rules could not put into a Role, because it does not hold it itself."""
    return [
        f"{verb} {resource} {name}"
        for resource, verbs, name in handed_on
        for verb in verbs
        if not allowed(rules, verb, resource, name)
    ]


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_nothing_is_granted_by_wildcard(rules: list[dict[str, Any]]) -> None:
    for rule in rules:
        assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
        assert rule["resources"]
        assert rule["verbs"]


def test_in_the_whole_cluster_nothing_is_written_but_the_operators_own_webhooks() -> None:
    for rules in (rights.operator_cluster_rules(), rights.plugin_cluster_rules()):
        for rule in rules:
            assert set(rule["verbs"]) <= READ or rule.get("resourceNames") == list(rights.WEBHOOKS)


@pytest.mark.parametrize("account", [rights.operator_cluster_rules(), rights.plugin_cluster_rules()])
def test_nobody_reads_the_secrets_of_the_whole_cluster(account: list[dict[str, Any]]) -> None:
    for kind in ("secrets", "configmaps", "pods", "services"):
        assert not allowed(account, "get", f"|{kind}")


def test_at_home_the_operator_writes_its_own_secrets_alone() -> None:
    home = rights.operator_home_rules()
    assert allowed(home, "update", "|secrets", "cnpg-ca-secret")
    assert allowed(home, "patch", "|secrets", "cnpg-webhook-cert")
    assert not allowed(home, "update", "|secrets", "barman-cloud-server-tls")
    assert not allowed(home, "delete", "|secrets", "cnpg-ca-secret")
    for kind in ("pods", "services", "roles"):
        assert not allowed(home, "create", f"|{kind}")


def test_the_plugin_reads_one_secret() -> None:
    rules = rights.plugin_data_rules([spec.KEYS_SECRET])
    assert allowed(rules, "get", "|secrets", spec.KEYS_SECRET)
    assert not allowed(rules, "get", "|secrets", spec.OWNER_SECRET)
    assert not allowed(rules, "get", "|secrets")


def test_the_operator_holds_what_it_hands_on_to_the_instances() -> None:
    # pkg/specs/roles.go of CloudNativePG 1.30.0.
    cnpg, mine = "postgresql.cnpg.io|", spec.CLUSTER
    state = ("get", "patch", "update")
    handed_on: list[tuple[str, tuple[str, ...], str]] = [
        ("|configmaps", ("get", "watch"), mine),
        ("|secrets", ("get", "watch"), spec.OWNER_SECRET),
        (f"{cnpg}clusters", ("get", "list", "watch"), mine),
        (f"{cnpg}clusters/status", (*state, "watch"), mine),
        (f"{cnpg}backups", ("list", "get", "delete"), ""),
        ("|events", ("create", "patch"), ""),
        ("coordination.k8s.io|leases", ("get", "update"), mine),
        (f"{cnpg}failoverquorums", ("get", "list", "watch"), mine),
        (f"{cnpg}failoverquorums/status", (*state, "watch"), mine),
        *[(f"{cnpg}{kind}/status", state, "") for kind in ("backups", "databases", "publications", "subscriptions")],
        *[
            (f"{cnpg}{kind}", ("get", "update", "list", "watch"), "")
            for kind in ("databases", "publications", "subscriptions", "databaseroles")
        ],
        (f"{cnpg}databaseroles/status", state, ""),
    ]
    assert grant(rights.operator_data_rules(), handed_on) == []
    assert grant(rights.operator_home_rules(), handed_on) != []


@pytest.mark.parametrize("secrets", [[spec.KEYS_SECRET], []])
def test_the_plugin_holds_what_it_hands_on_to_the_instances(secrets: list[str]) -> None:
    # internal/cnpgi/operator/specs/role.go of plugin-barman-cloud 0.13.0; no name stands for all of them.
    rules = [*rights.plugin_cluster_rules(), *rights.plugin_data_rules(secrets)]
    handed_on = [
        ("barmancloud.cnpg.io|objectstores", ("get", "watch", "list"), spec.OBJECT_STORE),
        ("barmancloud.cnpg.io|objectstores/status", ("update",), spec.OBJECT_STORE),
        ("|secrets", ("get", "watch", "list"), secrets[0] if secrets else ""),
    ]
    assert grant(rules, handed_on) == []


def test_rights_are_granted_to_the_accounts_of_the_charts_and_where_they_belong() -> None:
    recording, _ = made()
    bindings = [r for r in recording.resources if r.type.endswith("Binding")]
    granted = {
        (binding.namespace, subject["name"], subject["namespace"], binding.inputs["roleRef"]["name"])
        for binding in bindings
        for subject in binding.inputs["subjects"]
    }
    operator, plugin = "cloudnative-pg", "plugin-barman-cloud"
    assert granted == {
        (None, operator, "operators", f"seldon-{operator}"),
        ("operators", operator, "operators", f"seldon-{operator}"),
        ("data", operator, "operators", f"seldon-{operator}"),
        (None, plugin, "operators", f"seldon-{plugin}"),
        ("data", plugin, "operators", f"seldon-{plugin}"),
    }
    roles = {(role.namespace, role.object_name) for role in recording.resources if role.type.endswith("Role")}
    assert roles == {(namespace, name) for namespace, _, _, name in granted}
