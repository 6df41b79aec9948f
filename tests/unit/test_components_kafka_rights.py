"""Who may do what: users in Kafka, and Strimzi's operator in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components.cluster.kafka.rights import leader_rules, operator_rules, watch_rules
from components.cluster.kafka.users import (
    TOPIC_OPERATIONS,
    LogReader,
    check_names,
    password_secret,
    reader_rules,
    runtime_rules,
    user_spec,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

FRAUD = runtime_rules("fraud", "seldon")
READER = reader_rules(LogReader(namespace="logs", group="metronome"), "seldon")
LOOK = {"get", "list", "watch"}


def allowed(rules: Sequence[dict[str, Any]], operation: str, kind: str, name: str) -> bool:
    """Say what Kafka's authorizer would: one rule must name the kind, the operation and the resource."""

    def fits(resource: dict[str, str]) -> bool:
        if resource["patternType"] == "prefix":
            return name.startswith(resource["name"])
        return name == resource["name"]

    return any(
        rule["type"] == "allow"
        and rule["resource"]["type"] == kind
        and operation in rule["operations"]
        and fits(rule["resource"])
        for rule in rules
    )


@pytest.mark.parametrize("operation", TOPIC_OPERATIONS)
@pytest.mark.parametrize(
    "topic",
    [
        "seldon.fraud.model.iris.inputs",
        "seldon.fraud.pipeline.join.outputs",
        "seldon.fraud.errors.errors",
        "fraud-seldon-dataflow-3f2a-KSTREAM-JOINOTHER-0000000007-store-changelog",
    ],
)
def test_a_runtime_makes_and_uses_its_own_topics(operation: str, topic: str) -> None:
    assert allowed(FRAUD, operation, "topic", topic)


@pytest.mark.parametrize(
    "group", ["fraud-seldon-modelgateway-7", "fraud-seldon-pipelinegateway-0", "fraud-seldon-dataflow-3f2a"]
)
def test_a_runtime_reads_in_its_own_groups(group: str) -> None:
    assert all(allowed(FRAUD, operation, "group", group) for operation in ("Describe", "Read"))
    assert not allowed(FRAUD, "Delete", "group", group)


@pytest.mark.parametrize("operation", [*TOPIC_OPERATIONS, "Alter", "AlterConfigs", "All"])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("topic", "seldon.churn.model.iris.inputs"),
        ("topic", "seldon.fraudulent.model.iris.inputs"),
        ("topic", "seldon.fraud"),
        ("topic", "churn-seldon-dataflow-3f2a-changelog"),
        ("topic", "__consumer_offsets"),
        ("topic", "orders"),
        ("topic", "seldon.fraud-eu.model.iris.inputs"),
        ("topic", "fraud-eu-seldon-dataflow-3f2a-changelog"),
        ("group", "fraud-eu-seldon-modelgateway-7"),
        ("group", "churn-seldon-modelgateway-7"),
        ("group", "fraudulent-seldon-modelgateway-7"),
        ("group", "metronome"),
        ("cluster", "kafka-cluster"),
        ("transactionalId", "fraud-seldon-dataflow-3f2a"),
    ],
)
def test_a_runtime_has_no_right_over_anything_else(operation: str, kind: str, name: str) -> None:
    assert not allowed(FRAUD, operation, kind, name)


@pytest.mark.parametrize("operation", ["Alter", "AlterConfigs", "All"])
def test_a_runtime_cannot_change_what_a_topic_is(operation: str) -> None:
    assert not allowed(FRAUD, operation, "topic", "seldon.fraud.model.iris.inputs")


def test_a_reader_reads_all_runtimes_and_writes_nothing() -> None:
    for topic in ("seldon.fraud.pipeline.join.outputs", "seldon.churn.model.iris.inputs"):
        assert allowed(READER, "Read", "topic", topic)
        assert not any(allowed(READER, operation, "topic", topic) for operation in ("Write", "Create", "Delete"))
    assert allowed(READER, "Read", "group", "metronome")
    assert not allowed(READER, "Read", "group", "metronome-2")
    assert not allowed(READER, "Read", "topic", "orders")


@pytest.mark.parametrize("namespaces", [["fraud", "churn"], ["fraud", "fraud-seldon"], ["fraud"]])
def test_names_that_cannot_be_mixed_up(namespaces: list[str]) -> None:
    check_names(namespaces)


def test_a_name_that_begins_like_the_groups_of_another_is_refused() -> None:
    with pytest.raises(
        ValueError, match="runtime fraud-seldon-eu: its name begins like the Kafka groups of runtime fraud"
    ):
        check_names(["churn", "fraud", "fraud-seldon-eu"])


def test_a_password_comes_from_our_secret() -> None:
    spec = user_spec("fraud", FRAUD, authentication="scram")
    reference = {"name": password_secret("fraud"), "key": "password"}
    assert spec["authentication"] == {"type": "scram-sha-512", "password": {"valueFrom": {"secretKeyRef": reference}}}
    assert spec["authorization"] == {"type": "simple", "acls": FRAUD}


def test_with_certificates_the_operator_makes_no_key() -> None:
    assert user_spec("fraud", FRAUD, authentication="mtls")["authentication"] == {"type": "tls-external"}


def verbs(rules: Sequence[dict[str, Any]], group: str, resource: str) -> set[str]:
    """Return everything that is allowed on a resource."""
    return {
        verb for rule in rules if group in rule["apiGroups"] and resource in rule["resources"] for verb in rule["verbs"]
    }


def test_no_rule_has_a_wildcard() -> None:
    for rule in (*operator_rules(), *watch_rules(), *leader_rules()):
        assert "*" not in (*rule["apiGroups"], *rule["resources"], *rule["verbs"])


@pytest.mark.parametrize(
    ("group", "resource"),
    [
        ("networking.k8s.io", "ingresses"),
        ("gateway.networking.k8s.io", "tlsroutes"),
        ("route.openshift.io", "routes"),
        ("kafka.strimzi.io", "kafkaconnects"),
        ("kafka.strimzi.io", "kafkabridges"),
        ("kafka.strimzi.io", "kafkamirrormaker2s"),
    ],
)
def test_the_operator_looks_at_what_would_open_kafka_and_makes_none(group: str, resource: str) -> None:
    assert verbs(operator_rules(), group, resource) == LOOK


@pytest.mark.parametrize(
    ("group", "resource"),
    [
        ("networking.k8s.io", "networkpolicies"),
        ("rbac.authorization.k8s.io", "clusterrolebindings"),
        ("rbac.authorization.k8s.io", "clusterroles"),
        ("", "nodes"),
        ("", "namespaces"),
        ("", "pods/exec"),
        ("build.openshift.io", "builds"),
    ],
)
def test_the_operator_has_no_right_over(group: str, resource: str) -> None:
    assert verbs(operator_rules(), group, resource) == set()


@pytest.mark.parametrize("kind", ["kafkas", "kafkanodepools", "kafkausers"])
def test_the_operator_reports_on_what_it_runs_and_deletes_none(kind: str) -> None:
    assert verbs(operator_rules(), "kafka.strimzi.io", kind) >= {*LOOK, "patch", "update"}
    assert "delete" not in verbs(operator_rules(), "kafka.strimzi.io", kind)
    assert verbs(operator_rules(), "kafka.strimzi.io", f"{kind}/status") == {"get", "patch", "update"}


def test_the_operator_holds_what_it_hands_on_to_the_operator_of_users() -> None:
    assert verbs(operator_rules(), "", "secrets") == {*LOOK, "create", "delete", "patch", "update"}
    assert verbs(operator_rules(), "kafka.strimzi.io", "kafkausers/finalizers") == {"update"}


def test_at_home_the_operator_only_looks() -> None:
    assert {verb for rule in watch_rules() for verb in rule["verbs"]} == LOOK
    assert all("secrets" not in rule["resources"] for rule in watch_rules())


def test_the_leader_holds_one_lease() -> None:
    creation, of_ours = leader_rules()
    assert creation["verbs"] == ["create"]
    assert of_ours["resourceNames"] == ["strimzi-cluster-operator"]
    assert "create" not in of_ours["verbs"]
