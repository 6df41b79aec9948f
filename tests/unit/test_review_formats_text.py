"""Words and values that a reader cannot misread."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from review_samples import NOTHING, approval, calm, changed, found, reviewed, risky

from review.formats.text import about, both, depends, folded, literal, made_of, verdict, visible
from review.model import ABSENT, SECRET, UNKNOWN, ApprovalUse, Dependants, Diagnostic, PropertyChange, Risk


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ärger / 東京 ✓", "Ärger / 東京 ✓"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[2J", "\\x1b[2J"),
        ("safe\u202egpj", "safe\\u202egpj"),
        ("a\u200bb\u00a0c\ufe0fd", "a\\u200bb\\xa0c\\ufe0fd"),
        ("\u3164", "\\u3164"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
    ],
)
def test_every_character_can_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, "3"),
        ("3", '"3"'),
        (True, "true"),
        ("true", '"true"'),
        (None, "null"),
        (ABSENT, "(not set)"),
        (SECRET, "[secret]"),
        (UNKNOWN, "[known after apply]"),
        ({"a": [1, SECRET], "b": {}}, '{"a": [1, [secret]], "b": {}}'),
        ('say "no"\n', '"say \\"no\\"\\n"'),
    ],
)
def test_values_keep_their_types(value: object, shown: str) -> None:
    assert literal(value) == shown  # type: ignore[arg-type]


def test_long_values_show_where_they_differ() -> None:
    text = "".join(chr(97 + index % 26) for index in range(5_000))
    other = f"{text[:3_000]}CHANGED{text[3_007:]}"
    before, after = both(PropertyChange(path="data", before=text, after=other), 100)
    assert "CHANGED" in after
    assert "CHANGED" not in before
    assert before != after
    assert max(len(before), len(after)) < 160
    assert " the same …" in before


@pytest.mark.parametrize("position", [0, 1, 20, 2_500, 4_999])
@pytest.mark.parametrize("width", [40, 100, 300])
def test_folding_never_hides_that_values_differ(position: int, width: int) -> None:
    text = "a" * 5_000
    other = f"{text[:position]}b{text[position + 1 :]}"
    before, after = both(PropertyChange(path="data", before=text, after=other), width)
    assert before != after
    assert "b" in after


def test_folding_says_how_much_is_left_out() -> None:
    shown = folded("x" * 1_000, 100)
    assert shown.startswith("x" * 75)
    assert "900 characters" in shown
    assert folded("short", 100) == "short"


def test_a_secret_that_changes_is_told_from_one_that_stays() -> None:
    assert both(PropertyChange(path="p", before=SECRET, after=SECRET)) == ("[secret]", "[secret, another one]")


def test_the_blast_radius_is_counted_and_named() -> None:
    assert depends(NOTHING) == ""
    assert depends(Dependants(urns=("a",))) == "1 resource depends on it, no workload among them"
    assert depends(Dependants(workloads=("A",))) == "1 workload would notice: A"
    many = Dependants(urns=tuple("abcdefgh"), workloads=tuple("ABCDEFGH"))
    assert depends(many, 2) == "8 resources depend on it; 8 workloads would notice: A, B, 6 more"


def test_the_verdict_counts_what_blocks() -> None:
    assert verdict(calm()) == "Nothing is blocked."
    text = "Blocked: 1 data loss, 1 exposure, 1 protection removed, 1 unknown, 1 approval that does not hold."
    assert verdict(risky()) == text


def test_the_verdict_knows_what_passes_by_approval() -> None:
    agreed = approval("Secret", "a", Risk.DATA_LOSS, "Agreed")
    finding = found(Risk.DATA_LOSS, changed("Secret", "a", "delete"), "Secret a is deleted", approval=agreed)
    assert verdict(reviewed([finding])) == "Nothing is blocked; 1 finding passed by approval."
    stale = ApprovalUse(approval=replace(agreed, expires=dt.date(2020, 1, 1)), state="expired", explanation="")
    assert verdict(reviewed([finding], approvals=(stale,))) == "Blocked: 1 approval that does not hold."
    failed = Diagnostic(severity="error", message="no")
    assert verdict(reviewed([], diagnostics=(failed, failed))) == "Blocked: 2 errors of the preview."


def test_a_finding_of_others_says_of_what() -> None:
    assert made_of(risky().findings[0]) == "3 findings in one: 1 data loss, 1 exposure, 1 change"


def test_what_forces_a_replacement_comes_first() -> None:
    properties = [PropertyChange(path=f"p{index}", before=1, after=2, replaces=index == 5) for index in range(6)]
    finding = found(Risk.CHANGE, changed("Deployment", "a", "replace", properties), "Deployment a is replaced")
    shown, more = about(replace(finding, properties=()), 2)
    assert ([item.path for item in shown], more) == (["p5", "p0"], 4)
    assert about(finding, 2) == (properties, 0)
