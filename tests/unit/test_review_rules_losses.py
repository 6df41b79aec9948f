"""Every rule about data, protection and interruption: what it must find, what it must not, and that it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from review_examples import Example, examples
from review_previews import UNKNOWN_TEXT, component, findings_of, found, kube, resource, reviewed, step

from review.model import Change, PropertyChange, Risk, Snapshot
from review.rules import TABLES, data_loss, interruption, protection
from review.rules.base import case_of, context_of, run

if TYPE_CHECKING:
    from review.model import Value

EXAMPLES = examples("losses.yaml")


def hits(example: Example, after: dict[str, Value] | None, *, without: str | None = None) -> set[str]:
    """Return the rules of all tables that find something."""
    change = Change(
        urn=f"urn:pulumi:prod::platform::{example.type}::{example.name}",
        type=example.type,
        name=example.name,
        op=example.op,
        before=None if example.before is None else Snapshot(inputs=example.before),
        after=None if after is None else Snapshot(inputs=after),
        properties=(PropertyChange(path="x", before=1, after=2),),
    )
    table = [rule for rule in TABLES if rule.id != without]
    return {hit.rule for hit in run(table, case_of(change, context_of(())))}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_what_costs_something_is_found_by_its_rule_and_by_no_other(example: Example) -> None:
    assert hits(example, example.after) == {example.rule}
    assert hits(example, example.after, without=example.rule) == set()


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example.safe is not None], ids=str)
def test_what_costs_nothing_is_not_found(example: Example) -> None:
    assert hits(example, example.safe) == set()


def test_every_rule_has_an_example() -> None:
    tables = (*data_loss.TABLE, *protection.TABLE, *interruption.TABLE)
    assert {rule.id for rule in tables} == {example.rule for example in EXAMPLES}


CLAIMS = [{"metadata": {"name": "data"}}]
STATEFUL = [
    kube("core/v1:Namespace", "fraud", namespace=""),
    kube("core/v1:PersistentVolumeClaim", "data"),
    kube("apps/v1:StatefulSet", "store", spec={"volumeClaimTemplates": CLAIMS}),
    kube("postgresql.cnpg.io/v1:Cluster", "metadata"),
    kube("kafka.strimzi.io/v1beta2:Kafka", "kafka"),
    kube("kafka.strimzi.io/v1beta2:KafkaNodePool", "brokers"),
    kube("kafka.strimzi.io/v1beta2:KafkaTopic", "events"),
    kube("elasticsearch.k8s.elastic.co/v1:Elasticsearch", "logs"),
    kube("apiextensions.k8s.io/v1:CustomResourceDefinition", "models.mlops.seldon.io", namespace=""),
    kube("core/v1:Secret", "store-encryption", data={"a": "[secret]"}),
    resource("random:index/randomPassword:RandomPassword", "store-encryption-key"),
    resource("aws:s3/bucket:Bucket", "models"),
    resource("aws:rds/instance:Instance", "metadata"),
    resource("aws:kms/key:Key", "data"),
    resource("aws:opensearch/domain:Domain", "logs"),
    resource("gcp:storage/bucket:Bucket", "models"),
    resource("gcp:sql/databaseInstance:DatabaseInstance", "metadata"),
    resource("gcp:kms/cryptoKey:CryptoKey", "data"),
]


@pytest.mark.parametrize("held", STATEFUL, ids=lambda held: held["type"].rpartition(":")[2])
def test_deleting_replacing_or_forgetting_what_holds_data_loses_it(held: dict[str, Any]) -> None:
    assert "data-loss" in found(held, None)
    assert "data-loss" in found({**held, "retainOnDelete": True}, None)
    newer = {**held, "inputs": {**held["inputs"], "metadata": {"name": "other", "namespace": "data"}}}
    assert "data-loss" in found(held, newer, "replace")


@pytest.mark.parametrize(
    "held",
    [
        kube("core/v1:ConfigMap", "settings"),
        kube("core/v1:Secret", "credentials", data={"a": "[secret]"}),
        kube("batch/v1:Job", "setup"),
        component("a:b:C", "group"),
    ],
    ids=lambda held: held["type"].rpartition(":")[2],
)
def test_what_holds_nothing_may_go(held: dict[str, Any]) -> None:
    assert found(held, None) == {"change"}
    assert found(held, held, "replace") == {"change"}


def test_a_stateful_set_that_takes_its_volumes_up_again_is_an_interruption() -> None:
    old = kube("apps/v1:StatefulSet", "store", spec={"volumeClaimTemplates": CLAIMS, "serviceName": "a"})
    new = kube("apps/v1:StatefulSet", "store", spec={"volumeClaimTemplates": CLAIMS, "serviceName": "b"})
    assert found(old, new, "replace") == {"interruption"}
    gone = {"whenDeleted": "Delete"}
    old["inputs"]["spec"]["persistentVolumeClaimRetentionPolicy"] = gone
    assert found(old, new, "replace") == {"data-loss"}


def test_a_secret_with_a_key_may_change_elsewhere() -> None:
    old = kube("core/v1:Secret", "store-encryption", data={"a": "[secret]"}, type="Opaque")
    new = kube("core/v1:Secret", "store-encryption", data={"a": "[secret]"}, type="tls")
    assert found(old, new, "replace") == {"change"}
    kinds = {"data.a": {"kind": "update-replace"}}
    assert found(old, old, "replace", detailedDiff=kinds) == {"data-loss"}


@pytest.mark.parametrize(("option", "rule"), [("protect", "protect-removed"), ("retainOnDelete", "retain-removed")])
@pytest.mark.parametrize("op", ["same", "update", "replace"])
def test_protections_of_the_engine_are_missed_whatever_else_happens(option: str, rule: str, op: str) -> None:
    held = resource("aws:iam/policy:Policy", "a", {"x": 1})
    newer = resource("aws:iam/policy:Policy", "a", {"x": 2 if op != "same" else 1})
    said = findings_of({**held, option: True}, newer, op)
    assert [finding.rule for finding in said if finding.risk is Risk.PROTECTION_REMOVED] == [f"protection/{rule}"]
    kept = findings_of({**held, option: True}, {**newer, option: True}, op)
    assert not [finding for finding in kept if finding.risk is Risk.PROTECTION_REMOVED]


@pytest.mark.parametrize("op", ["delete", "replace"])
@pytest.mark.parametrize(
    "held",
    [
        kube("apps/v1:Deployment", "gateway"),
        kube("apps/v1:DaemonSet", "agent"),
        kube("core/v1:Service", "gateway"),
        kube("networking.istio.io/v1:Gateway", "gateway"),
        kube("networking.istio.io/v1:VirtualService", "route"),
        kube("mlops.seldon.io/v1alpha1:SeldonRuntime", "runtime"),
        kube("mlops.seldon.io/v1alpha1:Model", "iris"),
        kube("cert-manager.io/v1:Certificate", "tls"),
        kube("core/v1:Secret", "server", type="kubernetes.io/tls"),
        kube("scheduling.k8s.io/v1:PriorityClass", "data", namespace=""),
        resource("aws:ec2/subnet:Subnet", "a"),
        resource("random:index/randomPassword:RandomPassword", "password"),
    ],
    ids=lambda held: held["type"].rpartition(":")[2],
)
def test_what_people_use_is_interrupted(held: dict[str, Any], op: str) -> None:
    assert found(held, held if op == "replace" else None, op) == {"interruption"}


def test_a_budget_goes_with_the_pods_it_guards() -> None:
    budget = kube("policy/v1:PodDisruptionBudget", "a", spec={"minAvailable": 1})
    assert found(budget, None) == {"protection-removed"}
    review = reviewed([step("delete", budget), step("delete", kube("apps/v1:Deployment", "a"))])
    assert {finding.change.name: finding.rule for finding in review.findings}["data-a"]
    assert Risk.PROTECTION_REMOVED not in {finding.risk for finding in review.findings}


def test_an_unknown_value_on_what_cannot_change_is_unknown() -> None:
    old = kube("apps/v1:Deployment", "a", spec={"selector": {"matchLabels": {"a": "b"}}, "x": 1})
    new = kube("apps/v1:Deployment", "a", spec={"selector": {"matchLabels": {"a": UNKNOWN_TEXT}}, "x": 1})
    assert found(old, new) == {"unknown"}
    assert found(old, new, "replace", detailedDiff={"spec.selector": {"kind": "update-replace"}}) == {"unknown"}
    elsewhere = kube("apps/v1:Deployment", "a", spec={"selector": {"matchLabels": {"a": "b"}}, "x": UNKNOWN_TEXT})
    assert found(old, elsewhere) == {"change"}


@pytest.mark.parametrize(
    ("what", "risk"), [("randomId:RandomId", "change"), ("randomPassword:RandomPassword", "unknown")]
)
def test_a_mark_that_may_be_drawn_anew_is_judged_where_it_is_used(what: str, risk: str) -> None:
    old = resource(f"random:index/{what}", "mark", {"keepers": {"a": "b"}})
    new = resource(f"random:index/{what}", "mark", {"keepers": {"a": UNKNOWN_TEXT}})
    drawn = found(old, new, "replace", detailedDiff={"keepers": {"kind": "update-replace"}})
    assert risk in drawn
    assert drawn <= {risk, "interruption"}


def test_a_store_that_may_be_replaced_is_a_data_loss() -> None:
    old = resource("aws:s3/bucket:Bucket", "models", {"bucket": "a"})
    new = resource("aws:s3/bucket:Bucket", "models", {"bucket": UNKNOWN_TEXT})
    [finding] = findings_of(old, new, "replace", detailedDiff={"bucket": {"kind": "update-replace"}})
    assert finding.risk is Risk.DATA_LOSS
    assert "may stay the same" in finding.why
    assert found(old, new) == {"unknown"}


def test_an_unknown_value_in_what_guards_is_unknown() -> None:
    old = kube("networking.k8s.io/v1:NetworkPolicy", "a", spec={"podSelector": {}})
    new = kube("networking.k8s.io/v1:NetworkPolicy", "a", spec={"podSelector": {}, "ingress": [{"from": UNKNOWN_TEXT}]})
    assert "unknown" in found(old, new)


def test_the_old_name_of_the_same_object_is_told() -> None:
    old = kube("postgresql.cnpg.io/v1:Cluster", "metadata")
    new = {**old, "urn": f"{old['urn']}-renamed"}
    review = reviewed([step("create", None, new), step("delete", old)])
    [lost] = [finding for finding in review.findings if finding.risk is Risk.DATA_LOSS]
    assert "the same object in the cluster" in lost.why
    assert "alias" in lost.remedy
