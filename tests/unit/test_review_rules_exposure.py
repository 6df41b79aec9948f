"""Every row of the exposure tables: what opens something is found by that row, what does not is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from review_examples import Example, examples
from review_previews import kube, reviewed, step

from review.model import Change, Snapshot
from review.rules import EXPOSURE, classify
from review.rules.base import case_of, context_of, run
from review.urns import name_of, type_of

if TYPE_CHECKING:
    from review.model import Value

EXAMPLES = examples("exposure.yaml")
SEPARATE = {"exposure/secret-laid-open"}
"""Rules that look at more than one resource, with tests of their own below."""


def hits(example: Example, after: dict[str, Value] | None, *, without: str | None = None) -> set[str]:
    """Return the exposure rules that find something, by name."""
    urn = f"urn:pulumi:prod::platform::{example.type}::x"
    change = Change(
        urn=urn,
        type=type_of(urn),
        name=name_of(urn),
        op=example.op,
        before=None if example.before is None else Snapshot(inputs=example.before),
        after=None if after is None else Snapshot(inputs=after),
    )
    table = [rule for rule in EXPOSURE if rule.id != without]
    return {hit.rule for hit in run(table, case_of(change, context_of(())))}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_what_opens_something_is_found_by_its_rule_and_by_no_other(example: Example) -> None:
    rule = f"exposure/{example.rule}"
    assert hits(example, example.after) == {rule}
    assert hits(example, example.after, without=rule) == set()


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example.safe is not None], ids=str)
def test_what_opens_nothing_is_not_found(example: Example) -> None:
    assert hits(example, example.safe) == set()


def test_every_rule_has_an_example() -> None:
    assert {rule.id for rule in EXPOSURE} == {f"exposure/{example.rule}" for example in EXAMPLES} | SEPARATE


def test_a_secret_that_becomes_a_config_map_is_found() -> None:
    old = kube("core/v1:Secret", "keys", stringData={"key": "[secret]"})
    new = kube("core/v1:ConfigMap", "keys", data={"key": "x"})
    review = reviewed([step("delete", old), step("create", None, new)])
    assert any("takes the place of a Secret" in finding.title for finding in review.findings)
    alone = reviewed([step("create", None, new)])
    assert [finding.risk.slug for finding in alone.findings] == ["create"]


def test_a_policy_that_goes_with_its_namespace_opens_nothing() -> None:
    space = kube("core/v1:Namespace", "data", namespace="")
    policy = kube("networking.k8s.io/v1:NetworkPolicy", "deny", spec={"podSelector": {}})
    review = reviewed([step("delete", space), step("delete", policy)])
    assert {finding.change.name: finding.risk.slug for finding in review.findings} == {
        "-data": "data-loss",
        "data-deny": "change",
    }


@pytest.mark.parametrize(
    ("other", "risk"),
    [
        ({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, "change"),
        ({"podSelector": {"matchLabels": {"app": "a"}}, "policyTypes": ["Ingress"]}, "change"),
        ({"podSelector": {}, "policyTypes": ["Egress"]}, "exposure"),
        ({"podSelector": {"matchLabels": {"app": "b"}}, "policyTypes": ["Ingress", "Egress"]}, "exposure"),
    ],
)
def test_a_policy_that_goes_opens_nothing_where_another_restricts_the_same_pods(
    other: dict[str, Value], risk: str
) -> None:
    spec: dict[str, Value] = {"podSelector": {"matchLabels": {"app": "a"}}, "policyTypes": ["Ingress"]}
    gone = kube("networking.k8s.io/v1:NetworkPolicy", "gone", spec=spec)
    stays = kube("networking.k8s.io/v1:NetworkPolicy", "stays", spec=other)
    elsewhere = kube("networking.k8s.io/v1:NetworkPolicy", "deny", namespace="b", spec={"podSelector": {}})
    review = reviewed([step("delete", gone), step("same", stays, stays), step("same", elsewhere, elsewhere)])
    assert [finding.risk.slug for finding in review.findings] == [risk]


def test_nothing_is_weakened_in_a_stack_that_is_new() -> None:
    change = Change(
        urn="urn:pulumi:a::b::kubernetes:core/v1:Service::x",
        type="kubernetes:core/v1:Service",
        name="x",
        op="create",
        after=Snapshot(inputs={"spec": {"type": "NodePort"}}),
    )
    assert [finding.risk.slug for finding in classify(change, context_of([change]))] == ["create"]
    old = Change(
        urn="urn:pulumi:a::b::x:y:Z::x", type="x:y:Z", name="x", op="same", before=Snapshot(), after=Snapshot()
    )
    assert [finding.risk.slug for finding in classify(change, context_of([change, old]))] == ["exposure"]
