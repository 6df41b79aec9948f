"""An approval lets exactly one finding pass; every other one blocks."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from review_previews import TODAY, component, kube, reviewed, step

from review.approvals import read_approvals
from review.errors import ReviewError
from review.model import Approval, Review, Risk

if TYPE_CHECKING:
    from pathlib import Path

CLAIM = kube("core/v1:PersistentVolumeClaim", "data")
OTHER = kube("core/v1:PersistentVolumeClaim", "other")


def approval(urn: str = CLAIM["urn"], risk: Risk = Risk.DATA_LOSS, expires: dt.date = TODAY) -> Approval:
    return Approval(urn=urn, risk=risk, reason="moved to the new store", expires=expires)


def review(*approvals: Approval) -> Review:
    return reviewed([step("delete", CLAIM)], approvals=approvals)


def states(made: Review) -> list[str]:
    return [use.state for use in made.approvals]


def test_an_approval_lets_its_finding_pass_until_its_last_day() -> None:
    made = review(approval())
    [finding] = made.findings
    assert (states(made), finding.blocked, made.blocked) == (["used"], False, False)
    assert finding.approval == approval()
    assert review().blocked


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (approval(expires=TODAY - dt.timedelta(days=1)), "expired"),
        (approval(risk=Risk.EXPOSURE), "unused"),
        (approval(urn=OTHER["urn"]), "unused"),
        (approval(urn=CLAIM["urn"].replace("data-data", "*")), "too wide"),
        (approval(urn="data-data"), "too wide"),
    ],
)
def test_every_other_approval_blocks_and_lets_nothing_pass(given: Approval, state: str) -> None:
    made = review(given)
    assert (states(made), made.findings[0].blocked, made.blocked) == ([state], True, True)


def test_an_approval_that_nothing_needs_blocks_although_the_change_is_safe() -> None:
    made = reviewed([], approvals=[approval()])
    assert (states(made), made.blocked) == (["unused"], True)


def test_one_approval_twice_blocks() -> None:
    made = review(approval(), approval())
    assert (states(made), made.blocked) == (["used", "unused"], True)


def test_an_approval_passes_one_class_of_a_resource_alone() -> None:
    old = kube("postgresql.cnpg.io/v1:Cluster", "db", spec={"instances": 3, "imageName": "a:1"})
    new = kube("postgresql.cnpg.io/v1:Cluster", "db", spec={"instances": 1, "imageName": "a:2"})
    made = reviewed([step("update", old, new)], approvals=[approval(old["urn"], Risk.INTERRUPTION)])
    assert {finding.risk: finding.blocked for finding in made.findings} == {
        Risk.PROTECTION_REMOVED: True,
        Risk.INTERRUPTION: False,
    }


def test_a_component_is_too_wide_and_its_parts_are_approved_one_by_one() -> None:
    top = component("platform:data:Store", "store")
    held = [{**claim, "parent": top["urn"]} for claim in (CLAIM, OTHER)]
    steps = [step("delete", one) for one in (top, *held)]
    whole = reviewed(steps, approvals=[approval(top["urn"])])
    assert (states(whole), whole.findings[0].blocked) == (["too wide"], True)
    half = reviewed(steps, approvals=[approval()])
    assert (states(half), half.findings[0].blocked) == (["used"], True)
    both = reviewed(steps, approvals=[approval(), approval(OTHER["urn"])])
    assert (states(both), both.findings[0].blocked, both.blocked) == (["used", "used"], False, False)
    assert all(part.approval for part in both.findings[0].parts)


def test_a_chart_that_was_not_rendered_is_approved_as_one() -> None:
    chart = component("kubernetes:helm.sh/v4:Chart", "stack")
    held = [kube("apps/v1:Deployment", name, options={"parent": chart["urn"]}) for name in ("a", "b")]
    steps = [step("delete", child) for child in held]
    made = reviewed(steps, stands=[chart, *held], approvals=[approval(chart["urn"], Risk.UNKNOWN)])
    assert (states(made), made.blocked) == (["used"], False)


def test_approvals_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "prod.yaml"
    file.write_text(
        f"- {{urn: '{CLAIM['urn']}', class: data-loss, reason: moved to the new store, expires: 2026-12-31}}\n"
    )
    assert read_approvals(file) == [approval(expires=dt.date(2026, 12, 31))]
    file.write_text("")
    assert read_approvals(file) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("urn: x", "a list of entries"),
        ("- {urn: a, class: data-loss, reason: long enough}", "[0].expires: Field required"),
        ("- {urn: a, class: data-loss, reason: short, expires: 2026-12-31}", "[0].reason"),
        ("- {urn: a, class: data-loss, reason: long enough, expires: soon}", "[0].expires"),
        ("- {urn: a, class: data-loss, reason: long enough, expires: 2026-12-31, all: true}", "[0].all"),
        ("- {urn: a, class: change, reason: long enough, expires: 2026-12-31}", "allowed: data-loss, exposure"),
        ("- {urn: a, class: '*', reason: long enough, expires: 2026-12-31}", "'*' is no class"),
        ("{", "prod.yaml"),
    ],
)
def test_what_is_no_approval_is_refused_with_one_clear_error(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "prod.yaml"
    file.write_text(text)
    with pytest.raises(ReviewError) as caught:
        read_approvals(file)
    assert said in str(caught.value)
    assert "prod.yaml" in str(caught.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match=r"none\.yaml"):
        read_approvals(tmp_path / "none.yaml")
