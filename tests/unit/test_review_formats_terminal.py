"""The review in a terminal."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest
from review_samples import calm, changed, found, reviewed, risky
from rich.text import Text

from review.formats.terminal import CALM, render
from review.formats.text import heading
from review.model import Dependants, Diagnostic, PropertyChange, Risk


@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_calm_review_fits_on_a_screen(width: int) -> None:
    assert len(render(calm(30), width=width).splitlines()) <= 24


def test_the_verdict_comes_first_and_last() -> None:
    lines = render(risky()).splitlines()
    assert lines[1].startswith("Blocked: 1 data loss")
    assert lines[-1] == lines[1]


def test_the_classes_come_in_their_order() -> None:
    text = render(risky())
    at = [
        text.index(heading(risk, len(list(group))).upper())
        for risk, group in groupby(risky().findings, lambda of: of.risk)
    ]
    assert at == sorted(at)
    assert len(at) == len(Risk)


def test_a_risky_finding_is_shown_in_full() -> None:
    text = " ".join(render(risky()).split())
    for part in (
        "✗ Postgres postgres goes as a whole",
        "✗ exposure: NetworkPolicy postgres is deleted",
        'spec.type: "ClusterIP" → "LoadBalancer"',
        "14 resources depend on it; 3 workloads would notice: Deployment seldon/metadata",
        "safe way Give the new component an alias",
        "✓ Gateway seldon-mesh/mesh-gateway is replaced",
        "passes approved until 2027-03-31: Window CHG-2291, Sunday 02:00",
        "✗ approval unused: data-loss of urn:pulumi:initech-production",
        "! chart seldon-core-v2-setup was not rendered: 12 resources",
        "warning: Duplicate route",
        "Not seen: Drift is not seen",
    ):
        assert part in text


def test_all_risky_findings_are_shown_and_of_the_others_some() -> None:
    findings = [
        found(risk, changed("Secret", f"secret-{index}"), f"Secret secret-{risk.slug}-{index} is changed")
        for risk in (Risk.DATA_LOSS, Risk.CHANGE)
        for index in range(50)
    ]
    text = render(reviewed(findings))
    assert all(f"secret-data-loss-{index} " in text for index in range(50))
    assert sum(f"secret-change-{index} " in text for index in range(50)) == CALM
    assert "and 42 more" in text


def test_no_line_but_a_urn_is_wider_than_the_terminal() -> None:
    lines = [line for line in render(risky(), width=80).splitlines() if "urn:pulumi" not in line]
    assert max(map(len, lines)) <= 80


def test_a_urn_stays_whole() -> None:
    review = risky()
    text = render(review, width=60)
    assert all(finding.change.urn in text for finding in review.findings if finding.risk.blocks)


def test_colours_are_sent_to_terminals_only() -> None:
    plain, coloured = render(risky()), render(risky(), color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31m" in coloured
    shown = Text.from_ansi(coloured).plain.splitlines()
    assert [line.rstrip() for line in shown] == plain.rstrip("\n").splitlines()


def test_names_and_values_cannot_speak_to_the_terminal() -> None:
    evil = "\x1b[2J\x1b]8;;https://evil.example\x07[red]click[/red] :skull: \u202eetadpu\r\n"
    change = changed("Secret", evil, properties=[PropertyChange(path=evil, before=evil, after=evil * 2)])
    finding = found(Risk.EXPOSURE, change, evil, dependants=Dependants(urns=("a",), workloads=(evil,)))
    finding = replace(finding, why=evil, remedy=evil, parts=(finding,))
    said = Diagnostic(severity="error", message=evil)
    text = render(
        reviewed([finding, replace(finding, risk=Risk.CHANGE)], stack=evil, limits=(evil,), diagnostics=(said,))
    )
    assert all(character.isprintable() or character == "\n" for character in text)
    assert text.count("[red]click[/red] :skull:") == text.count("click") > 5
