"""The review as a comment on a pull or merge request: GitHub's and GitLab's Markdown, within a limit of bytes."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

from review.errors import ReviewError
from review.formats.budget import Detail, Piece, fit
from review.formats.markdown_text import code, difference, prose
from review.formats.safe import safe
from review.formats.text import (
    about,
    approvals,
    approved,
    by_class,
    counted,
    depends,
    folded,
    heading,
    known_as,
    made_of,
    state,
    verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from review.model import Finding, Review, Risk

LIMIT = 64_000
"""Bytes of a comment, with room for a footer: GitHub takes 65,536 characters, GitLab 1,000,000, and no character has
less than a byte."""
LEAST = 8_192
"""Bytes below which nothing sensible can be said."""
PROPERTIES = 10
"""Properties shown of a finding that is about the resource as a whole."""
NOTICES = 10
"""Diagnostics, charts and approvals that are shown of each sort."""
_NOTES = 1_500
"""Bytes set aside for what is said about the folding, and for the headings."""
_MARKS = {"blocked": "⛔", "approved": "✅", "": "•"}
_WIDTH = 300
_TITLE = 400

Shown = tuple["Finding", Piece, Detail]


def marker(stack: str) -> str:
    """Return the invisible first line by which the comment of a stack is found again, to be updated."""
    return (
        f"<!-- seldon-platform-review: {quote(stack, safe='', errors='backslashreplace').replace('--', '%2D%2D')} -->"
    )


def render(review: Review, *, limit: int = LIMIT) -> str:
    """Return the review in Markdown, in at most `limit` bytes.

    Raises:
        ReviewError: if the limit is below `LEAST`.

    """
    if limit < LEAST:
        raise ReviewError(f"--limit: {limit} bytes are too few for a comment; allowed: at least {LEAST}")
    review = safe(review)
    pieces = [_piece(finding) for finding in review.findings]
    frames = ((most, len(_page(review, [], most).encode())) for most in (NOTICES, 3, 1))
    most, frame = next(((most, size) for most, size in frames if size < limit / 2), (0, 0))
    room = limit - frame - _NOTES
    while True:
        shown = list(zip(review.findings, pieces, fit(pieces, room), strict=True))
        text = _page(review, shown, most)
        excess = len(text.encode()) - limit
        if excess <= 0 or room <= 0:
            return text
        room -= excess


def _page(review: Review, shown: Sequence[Shown], most: int) -> str:
    """Return the page; of each sort of notice it has at most so many."""
    mark = "⛔" if review.blocked else "✅"
    lines = [marker(review.stack), f"## {mark} Review of {code(review.stack)}", "", f"**{verdict(review)}**", ""]
    lines += _folded_note(shown)
    counts = " · ".join(words for _, words in by_class(review))
    lines += [counts or "No resources.", ""]
    lines += _notices(review, most)
    for risk, group in groupby(shown, key=lambda item: item[0].risk):
        lines += _section(risk, list(group))
    if review.limits:
        lines += ["<sub>", "", "**Not seen:** " + " ".join(prose(limit) for limit in review.limits), "", "</sub>"]
    return "\n".join(lines).rstrip("\n") + "\n"


def _folded_note(shown: Sequence[Shown]) -> list[str]:
    """Say what is not shown in full, and whether that is risky."""
    if not any(detail for _, _, detail in shown):
        return []
    calm = Counter(detail for (finding, _, detail) in shown if not finding.risk.blocks)
    risky = Counter(detail for (finding, _, detail) in shown if finding.risk.blocks)
    what = {Detail.LINE: "on a line", Detail.NAME: "by name only", Detail.NOTHING: "only counted"}
    said: list[str] = []
    for counts, kind in ((risky, "risky"), (calm, "other")):
        parts = [f"{counts[detail]:,} {words}" for detail, words in what.items() if counts[detail]]
        if parts:
            said.append(f"of the {kind} findings {', '.join(parts)}")
    note = f"This comment has no room for everything: {'; '.join(said)}."
    if not risky[Detail.NOTHING]:
        within = sum(len(finding.parts) for finding, _, detail in shown if detail and finding.risk.blocks)
        parts = (
            f" but for {counted(within, 'part')} of them that {'is' if within == 1 else 'are'} counted"
            if within
            else ""
        )
        return [f"> {note} Every risky finding is here{parts}; `--format html` shows all in full.", ""]
    return [f"> ⛔ **{note} Do not judge the change by this comment: `--format html` shows all.**", ""]


def _notices(review: Review, most: int) -> list[str]:
    refused = [
        f"- ⛔ Approval of {use.approval.risk.label} {use.state}: {code(use.approval.urn)}. {prose(use.explanation)}"
        for use in review.approvals
        if use.state != "used"
    ]
    charts = [
        f"- ⚠️ Chart {code(chart.name)} was not rendered: {counted(len(chart.resources), 'resource')} of it cannot be "
        f"reviewed. {prose(folded(chart.reason, _TITLE))}"
        for chart in review.incomplete
    ]
    said = {
        severity: list(
            dict.fromkeys(
                f"- {mark} {prose(folded(item.message, _TITLE))}"
                for item in review.diagnostics
                if item.severity == severity
            )
        )
        for severity, mark in (("error", "⛔"), ("warning", "⚠️"))
    }
    lines: list[str] = []
    for group, name in (
        (refused, "approval"),
        (said["error"], "error"),
        (charts, "chart"),
        (said["warning"], "warning"),
    ):
        lines += group[:most]
        if len(group) > most:
            lines.append(f"- … and {counted(len(group) - most, f'more {name}')}")
    return [*lines, ""] if lines else []


def _section(risk: Risk, shown: Sequence[Shown]) -> list[str]:
    title = heading(risk, len(shown))
    of = {detail: [piece for _, piece, is_ in shown if is_ is detail] for detail in Detail}
    body = ["".join(piece.texts[Detail.FULL] for piece in of[Detail.FULL])]
    if of[Detail.LINE]:
        body += ["\n".join(piece.texts[Detail.LINE].rstrip("\n") for piece in of[Detail.LINE]), ""]
    if of[Detail.NAME]:
        names = "".join(piece.texts[Detail.NAME] for piece in of[Detail.NAME]).removesuffix(", ")
        body += [f"By name: {names}", ""]
    if of[Detail.NOTHING]:
        body += [f"{len(of[Detail.NOTHING]):,} more are not named here.", ""]
    if risk.blocks:
        return [f"### {title}", "", *body]
    return ["<details>", f"<summary>{title}</summary>", "", *body, "</details>", ""]


def _piece(finding: Finding) -> Piece:
    return Piece(
        risky=finding.risk.blocks,
        texts=(_full(finding), f"{_line(finding)}\n", f"{code(folded(known_as(finding), 100))}, "),
    )


def _line(finding: Finding) -> str:
    text = f"- {_MARKS[state(finding)]} {prose(folded(finding.title, _TITLE))}"
    about_it = (
        "; ".join(filter(None, (depends(finding.dependants, 2), made_of(finding)))) if finding.risk.blocks else ""
    )
    return f"{text} ({prose(about_it)})" if about_it else text


def _full(finding: Finding) -> str:
    properties, more = about(finding, PROPERTIES)
    blocks = [
        [code(finding.change.urn)] if finding.risk.blocks else [],
        difference(properties, _WIDTH),
        [f"… and {counted(more, 'more property', 'more properties')}"] if more else [],
        list(_reasons(finding)),
    ]
    if not any(blocks):
        return f"{_line(finding)}\n"
    title = f"**{_MARKS[state(finding)]} {prose(folded(finding.title, _TITLE))}**"
    return "".join("\n".join(block) + "\n\n" for block in [[title], *blocks] if block)


def _reasons(finding: Finding) -> Iterator[str]:
    if finding.why:
        yield f"- **Why:** {prose(finding.why)}"
    if finding.risk.blocks and (noticed := depends(finding.dependants, 10)):
        yield f"- **Who notices:** {prose(noticed)}"
    if finding.covers:
        yield f"- **Speaks for:** {counted(len(finding.covers), 'more resource')}"
    if finding.parts:
        yield f"- **Made of:** {prose(made_of(finding))}"
        for part in finding.parts:
            if part.risk.blocks:
                yield f"  - {_MARKS[state(part)]} {part.risk.label}: {prose(folded(part.title, _TITLE))}"
    for text in dict.fromkeys(map(approved, approvals(finding))):
        yield f"- **Passes:** {prose(text)}"
    if finding.blocked and finding.remedy:
        yield f"- **Safe way:** {prose(finding.remedy)}"
