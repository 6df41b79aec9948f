"""A finding on the page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from review.formats.text import about, approvals, approved, both, counted, depends, literal, made_of, state, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from review.model import Finding, PropertyChange, Risk

PROPERTIES = 50
"""Properties shown of a finding that is about the resource as a whole."""
WIDTH = 240
"""Characters of a value before it is folded."""
WHOLE = 20_000
"""Characters of a value that can be unfolded."""
WORKLOADS = 40
"""Workloads that are named."""


def article(finding: Finding, number: int) -> str:
    """Return a finding in full; the graph points to it by its number."""
    head = f"{_badge(finding)}{escape(visible(finding.title))}"
    return (
        f'<article id="f-{number}" class="r{finding.risk.value}"><h3>{head}</h3>'
        f'<p class="muted"><code>{escape(visible(finding.change.urn))}</code></p>'
        f"{_properties(finding)}{_reasons(finding)}{_parts(finding)}</article>\n"
    )


def has_more(finding: Finding) -> bool:
    """Return whether a finding has more to it than its title."""
    return bool(finding.properties or finding.change.properties or finding.why or finding.parts)


def line(finding: Finding, number: int) -> str:
    """Return a finding as an item of a list."""
    return f'<li id="f-{number}">{escape(visible(finding.title))}</li>'


def listing(items: Iterable[str]) -> str:
    """Return a list of items without marks."""
    return f'<ul class="plain">{"".join(items)}</ul>'


def note(risk: Risk, title: str, text: str, urn: str | None) -> str:
    """Return something that is said before the findings."""
    resource = f'<p class="muted"><code>{escape(visible(urn))}</code></p>' if urn else ""
    lines = "<br>".join(escape(visible(part)) for part in text.splitlines())
    return f'<div class="note r{risk.value}"><h3>{escape(visible(title))}</h3>{resource}<p>{lines}</p></div>\n'


def _badge(finding: Finding) -> str:
    said = state(finding)
    return f'<span class="badge">{said}</span> ' if said else ""


def _properties(finding: Finding) -> str:
    properties, more = about(finding, PROPERTIES)
    items = "".join(map(_property, properties))
    rest = f'<p class="muted">and {counted(more, "more property", "more properties")}</p>' if more else ""
    return f'<dl class="change">{items}</dl>{rest}' if items else ""


def _property(item: PropertyChange) -> str:
    before, after = both(item, WIDTH)
    forces = ' <span class="badge">forces the replacement</span>' if item.replaces else ""
    text = f"<dt>{escape(visible(item.path))}{forces}</dt><dd><del>{escape(before)}</del><ins>{escape(after)}</ins>"
    if (before, after) != both(item):
        whole = "".join(f"<pre>{escape(_whole(side))}</pre>" for side in (literal(item.before), literal(item.after)))
        text += f"<details><summary>Whole values</summary>{whole}</details>"
    return f"{text}</dd>"


def _whole(text: str) -> str:
    return text if len(text) <= WHOLE else f"{text[:WHOLE]} … and {len(text) - WHOLE:,} more characters"


def _reasons(finding: Finding) -> str:
    rows = [
        ("Why", visible(finding.why)),
        ("Who would notice", depends(finding.dependants, WORKLOADS) if finding.risk.blocks else ""),
        ("Speaks for", counted(len(finding.covers), "more resource") if finding.covers else ""),
        *(("Passes", text) for text in dict.fromkeys(map(approved, approvals(finding)))),
        ("Safe way", visible(finding.remedy) if finding.blocked else ""),
    ]
    items = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rows if text)
    return f"<dl>{items}</dl>" if items else ""


def _parts(finding: Finding) -> str:
    if not finding.parts:
        return ""
    items = "".join(_part(part) for part in finding.parts)
    return f"<details open><summary>{escape(made_of(finding))}</summary>{listing([items])}</details>"


def _part(part: Finding) -> str:
    notices = depends(part.dependants) if part.risk.blocks else ""
    more = f'<br><span class="muted">{escape(notices)}</span>' if notices else ""
    return (
        f'<li class="r{part.risk.value}">{_badge(part)}<span class="badge">{part.risk.label}</span> '
        f"{escape(visible(part.title))}{more}</li>"
    )
