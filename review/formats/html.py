"""The review as one page for a browser: no script, nothing loaded from anywhere, readable on a phone."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from review.formats.drawing import drawn
from review.formats.html_finding import article, has_more, line, listing, note
from review.formats.picture import picture
from review.formats.safe import safe
from review.formats.style import CSS
from review.formats.text import by_class, counted, heading, verdict, visible
from review.model import Risk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from review.formats.picture import Box, Picture
    from review.model import Finding, Node, Review

CARDS = 200
"""Findings of a class that needs no approval that are shown in full; the others have a line."""
OPEN = 3
"""Figures of the graph that are open from the start, if something in them is risky."""
LISTED = 200
"""Resources of a fold of the graph that are named."""


def policy() -> str:
    """Return the page's content security policy: its own style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render(review: Review) -> str:
    """Return the page."""
    review = safe(review)
    stack = escape(visible(review.stack))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy())}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        '<meta name="robots" content="noindex">'
        f"<title>Review of {stack}</title><style>{CSS}</style></head>\n"
        f'<body><a class="skip" href="#findings">To the findings</a>\n{_head(review, stack)}\n'
        f'<main id="findings">\n{"".join(_main(review))}</main>\n</body></html>\n'
    )


def _head(review: Review, stack: str) -> str:
    colour = Risk.DATA_LOSS if review.blocked else Risk.CREATE
    operations = ", ".join(f"{number:,} {escape(name)}" for name, number in review.operations.items() if number)
    told = {finding.risk for finding in review.findings}
    counts = "".join(_count(risk, words, told=risk in told) for risk, words in by_class(review))
    return (
        f"<header><h1>Review of {stack}</h1>"
        f'<p class="verdict r{colour.value}" role="status">{escape(verdict(review))}</p>'
        f'<nav aria-label="Classes of findings"><ul class="counts">{counts}</ul></nav>'
        + (f'<p class="muted">Resources: {operations}.</p>' if operations else "")
        + "</header>"
    )


def _count(risk: Risk, words: str, *, told: bool) -> str:
    text = "<b>{}</b> {}".format(*words.split(" ", 1))
    shown = f'<a href="#{risk.slug}">{text}</a>' if told else f"<span>{text}</span>"
    return f'<li class="r{risk.value}">{shown}</li>'


def _main(review: Review) -> Iterator[str]:
    yield from _notices(review)
    numbered = enumerate(review.findings)
    sections = {risk: list(group) for risk, group in groupby(numbered, key=lambda item: item[1].risk)}
    for risk, findings in sections.items():
        if risk.blocks:
            yield _heading(risk, len(findings))
            yield from (article(finding, number) for number, finding in findings)
            yield "</section>\n"
    yield from _graph(picture(review))
    for risk, findings in sections.items():
        if not risk.blocks:
            yield from _calm(risk, findings)
    yield from _rest(review)


def _heading(risk: Risk, number: int) -> str:
    title = heading(risk, number)
    return f'<section id="{risk.slug}" class="r{risk.value}" aria-label="{title}"><h2>{title}</h2>'


def _calm(risk: Risk, findings: Sequence[tuple[int, Finding]]) -> Iterator[str]:
    """Give the findings of a class in a fold: in full what has more than a title, up to a number."""
    full = [(number, finding) for number, finding in findings if has_more(finding)][:CARDS]
    shown = {number for number, _ in full}
    brief = [line(finding, number) for number, finding in findings if number not in shown]
    title = heading(risk, len(findings))
    yield f'<section id="{risk.slug}" class="r{risk.value}"><details class="fold"><summary><h2>{title}</h2></summary>'
    yield from (article(finding, number) for number, finding in full)
    yield listing(brief) if brief else ""
    yield "</details></section>\n"


def _notices(review: Review) -> Iterator[str]:
    for use in review.approvals:
        if use.state != "used":
            yield note(
                Risk.DATA_LOSS,
                f"Approval of {use.approval.risk.label} {use.state}",
                f"{use.explanation} Its reason was: {use.approval.reason}",
                use.approval.urn,
            )
    for item in review.diagnostics:
        if item.severity == "error":
            yield note(Risk.DATA_LOSS, "Error of the preview", item.message, item.urn)
    for chart in review.incomplete:
        title = f"Chart {chart.name} was not rendered"
        text = f"{counted(len(chart.resources), 'resource')} of it cannot be reviewed: {chart.reason}"
        yield note(Risk.UNKNOWN, title, text, chart.urn)
    warnings = list(dict.fromkeys(item.message for item in review.diagnostics if item.severity == "warning"))
    if warnings:
        texts = listing(f"<li><pre>{escape(_lines(text))}</pre></li>" for text in warnings)
        title = counted(len(warnings), "warning")
        yield f'<details class="fold"><summary>{title} of the preview</summary>{texts}</details>\n'


def _lines(text: str) -> str:
    return "\n".join(map(visible, text.splitlines()))


def _graph(of: Picture) -> Iterator[str]:
    if not of.boxes:
        return
    yield '<section id="graph" aria-label="Graph"><h2>What depends on what changes</h2>'
    connected = [figure for figure in of.figures if len(figure) > 1]
    if connected:
        yield f'<ul class="legend">{"".join(_legend(of))}</ul>'
    yield from (_figure(of, figure, number, only=len(connected) == 1) for number, figure in enumerate(connected))
    alone = [node for figure in of.figures if len(figure) == 1 for node in of.boxes[figure[0]].nodes]
    if alone:
        title = f"{counted(len(alone), 'resource')} on which nothing outside of this list depends"
        yield f'<details class="fold"><summary>{title}</summary>{_labels(alone)}</details>\n'
    if of.rest:
        rest = counted(of.rest, "other resource")
        yield f'<p class="muted">Not drawn: {rest} of the stack that neither change nor depend on what does.</p>'
    yield "</section>\n"


def _figure(of: Picture, figure: Sequence[int], number: int, *, only: bool) -> str:
    risk = min(of.boxes[box].risk for box in figure)
    first = _chief(of, figure)
    more = sum(len(of.boxes[box].nodes) for box in figure) - len(first.nodes)
    opened = " open" if number < OPEN and (risk.blocks or only) else ""
    return (
        f"<figure><details{opened}><summary>{escape(visible(first.title))} and {more:,} more: {risk.label}</summary>"
        f'<div class="drawing" tabindex="0" role="region" aria-label="Drawing, scrolls sideways">'
        f"{drawn(of, figure, number)}</div>{_as_list(of, figure)}</details></figure>\n"
    )


def _chief(of: Picture, figure: Sequence[int]) -> Box:
    """Return what a figure is about: the gravest that changes, and of those one that depends on none of them."""
    targets = {link.target for link in of.links}
    return of.boxes[min(figure, key=lambda box: (not of.boxes[box].changed, of.boxes[box].risk, box in targets, box))]


def _legend(of: Picture) -> Iterator[str]:
    for risk in sorted({box.risk for box in of.boxes if box.changed}):
        yield f'<li class="r{risk.value}"><i></i>{risk.label}</li>'
    if any(not box.changed for box in of.boxes):
        yield '<li class="r7"><i class="near"></i>depends on what changes, in the colour of the gravest</li>'
    if any(not link.firm for link in of.links):
        yield "<li>dashed: only a name says so</li>"


def _as_list(of: Picture, figure: Sequence[int]) -> str:
    items: list[str] = []
    for box in figure:
        targets = [of.boxes[link.target].title for link in of.links if link.source == box]
        says = f"; on it depend {', '.join(targets)}" if targets else ""
        text = escape(visible(_said(of.boxes[box]) + says))
        items.append(f"<li>{_members(of.boxes[box], box, text) if len(of.boxes[box].nodes) > 1 else text}</li>")
    return f"<details><summary>The drawing as a list</summary>{listing(items)}</details>"


def _said(box: Box) -> str:
    return f"{box.title} ({box.risk.label if box.changed else 'depends on what changes'})"


def _members(box: Box, number: int, title: str) -> str:
    return f'<details id="g-{number}"><summary>{title}</summary>{_labels(box.nodes)}</details>'


def _labels(nodes: Sequence[Node]) -> str:
    names = listing(f"<li>{escape(visible(node.label))}</li>" for node in nodes[:LISTED])
    return names + (f'<p class="muted">and {len(nodes) - LISTED:,} more</p>' if len(nodes) > LISTED else "")


def _rest(review: Review) -> Iterator[str]:
    used = [use.approval for use in review.approvals if use.state == "used"]
    if used:
        items = (
            f"<li>{item.risk.label} of <code>{escape(visible(item.urn))}</code> until {item.expires.isoformat()}: "
            f"{escape(visible(item.reason))}</li>"
            for item in used
        )
        yield f"<section><h2>Approvals that were used</h2>{listing(items)}</section>\n"
    if review.limits:
        items = (f"<li>{escape(visible(limit))}</li>" for limit in review.limits)
        yield f"<section><h2>What this review cannot see</h2>{listing(items)}</section>\n"
