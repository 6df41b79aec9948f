"""The review for a terminal: what is risky first and in full; a calm one fits on a screen."""

from __future__ import annotations

import io
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from review.formats.safe import safe
from review.formats.text import (
    about,
    approvals,
    approved,
    both,
    by_class,
    counted,
    depends,
    heading,
    made_of,
    state,
    verdict,
    visible,
)
from review.model import Risk

if TYPE_CHECKING:
    from rich.console import RenderableType

    from review.model import Finding, PropertyChange, Review

CALM = 8
"""Findings of each class that needs no approval that are shown."""
PROPERTIES = 10
"""Properties shown of a finding that is about the resource as a whole."""
MESSAGES = 20
"""Diagnostics that are shown of each severity."""
_STYLES = {
    Risk.DATA_LOSS: "bold red",
    Risk.EXPOSURE: "bold magenta",
    Risk.PROTECTION_REMOVED: "bold yellow",
    Risk.INTERRUPTION: "bold cyan",
    Risk.UNKNOWN: "bold blue",
    Risk.CHANGE: "default",
    Risk.CREATE: "green",
    Risk.NO_OP: "dim",
}
_MARKS = {"blocked": ("✗ ", "bold red"), "approved": ("✓ ", "bold green"), "": ("• ", "dim")}


def render(review: Review, *, width: int = 100, color: bool = False) -> str:
    """Return the review as lines of at most `width` columns; a URN stays whole so that it can be copied."""
    review = safe(review)
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        markup=False,
        emoji=False,
        highlight=False,
    )
    _head(console, review)
    _notices(console, review)
    for risk, group in groupby(review.findings, key=lambda finding: finding.risk):
        _section(console, risk, list(group))
    if review.limits:
        console.print()
        _line(console, "Not seen: ", " ".join(map(visible, review.limits)), style="dim")
    if any(finding.risk.blocks for finding in review.findings):
        console.print()
        _verdict(console, review)
    output = console.file
    assert isinstance(output, io.StringIO)  # noqa: S101 (narrows the type of what was passed above)
    return "".join(f"{line.rstrip()}\n" for line in output.getvalue().splitlines())


def _head(console: Console, review: Review) -> None:
    console.print(Text(f"Review of {visible(review.stack)}", style="bold"))
    _verdict(console, review)
    counts = Text(" · ").join(Text(words, style=_STYLES[risk]) for risk, words in by_class(review))
    console.print(counts or Text("no resources", style="dim"))
    operations = ", ".join(f"{number:,} {operation}" for operation, number in review.operations.items() if number)
    if operations:
        console.print(Text(f"resources: {operations}", style="dim"))


def _verdict(console: Console, review: Review) -> None:
    console.print(Text(verdict(review), style="bold red" if review.blocked else "bold green"))


def _notices(console: Console, review: Review) -> None:
    for use in review.approvals:
        if use.state != "used":
            what = f"{use.approval.risk.slug} of {visible(use.approval.urn)}"
            _line(console, f"✗ approval {use.state}: ", f"{what}: {visible(use.explanation)}", style="red")
    for chart in review.incomplete:
        missing = counted(len(chart.resources), "resource")
        text = f"{missing} of it cannot be reviewed: {visible(chart.reason)}"
        _line(console, f"! chart {visible(chart.name)} was not rendered: ", text, style="yellow")
    for severity, style in (("error", "red"), ("warning", "yellow")):
        found = list(dict.fromkeys(item.message for item in review.diagnostics if item.severity == severity))
        for message in found[:MESSAGES]:
            _line(console, f"{severity}: ", "\n".join(map(visible, message.splitlines())), style=style)
        if len(found) > MESSAGES:
            _line(console, f"{severity}: ", f"{len(found) - MESSAGES:,} more", style=style)


def _section(console: Console, risk: Risk, findings: list[Finding]) -> None:
    console.print()
    title = Text(heading(risk, len(findings)).upper(), style=_STYLES[risk])
    console.print(Rule(title, align="left", style="dim", characters="─"))
    if risk.blocks:
        for finding in findings:
            _finding(console, finding)
        return
    for finding in findings[:CALM]:
        _calm(console, finding)
    if len(findings) > CALM:
        _line(console, "… ", f"and {len(findings) - CALM:,} more: `--format html` has all", style="dim")


def _finding(console: Console, finding: Finding) -> None:
    mark, style = _MARKS[state(finding)]
    console.print(Text(mark, style=style).append(visible(finding.title), style="bold"))
    console.print(Text(f"  {visible(finding.change.urn)}", style="dim"), soft_wrap=True)
    properties, more = about(finding, PROPERTIES)
    for item in properties:
        console.print(Padding(_property(item, console.width), (0, 0, 0, 2)))
    if more:
        _row(console, "", f"{counted(more, 'more property', 'more properties')}")
    _row(console, "why", visible(finding.why))
    _row(console, "notices", depends(finding.dependants))
    if finding.covers:
        _row(console, "covers", counted(len(finding.covers), "more resource"))
    _row(console, "made of", made_of(finding))
    for part in finding.parts:
        if part.risk.blocks:
            mark, style = _MARKS[state(part)]
            text = Text(mark, style=style).append(f"{part.risk.label}: ", style=_STYLES[part.risk])
            console.print(Padding(text.append(visible(part.title)), (0, 0, 0, 4)))
    for text in dict.fromkeys(map(approved, approvals(finding))):
        _row(console, "passes", text, style="green")
    if finding.blocked:
        _row(console, "safe way", visible(finding.remedy))


def _property(item: PropertyChange, width: int) -> RenderableType:
    before, after = both(item, 2 * width)
    text = Text(visible(item.path), style="bold")
    if item.replaces:
        text.append(" (forces the replacement)", style="yellow")
    if len(text) + len(before) + len(after) + 7 <= width:
        return text.append(": ").append(before, style="red").append(" → ").append(after, style="green")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, justify="right")
    grid.add_column(overflow="fold")
    grid.add_row("", Text(before, style="red"))
    grid.add_row("→", Text(after, style="green"))
    return Group(text, grid)


def _calm(console: Console, finding: Finding) -> None:
    text = Text("• ", style="dim").append(visible(finding.title))
    items = finding.properties or finding.change.properties
    if len(items) == 1:
        before, after = both(items[0], 30)
        text.append(f"  {visible(items[0].path)}: {before} → {after}", style="dim")
    elif items and finding.change.op != "create":
        text.append(f"  {counted(len(items), 'property', 'properties')}", style="dim")
    console.print(text, no_wrap=True, overflow="ellipsis")


def _row(console: Console, name: str, text: str, *, style: str = "") -> None:
    if text:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=9, style="dim")
        grid.add_column(overflow="fold", style=style)
        grid.add_row(name, Text(text))
        console.print(Padding(grid, (0, 0, 0, 2)))


def _line(console: Console, name: str, text: str, *, style: str) -> None:
    console.print(Text(name, style=style).append(text, style="dim" if style == "dim" else ""))
