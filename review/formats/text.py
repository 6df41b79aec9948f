"""How values and counts are put into words that a reader cannot misread; all formats for people use these."""

from __future__ import annotations

import json
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING

from review.model import ABSENT, SECRET, Marker, Risk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from review.model import Approval, Dependants, Finding, PropertyChange, Review, Value

CONTEXT = 12
"""Characters that are shown on each side of where two long values differ."""
SAYING = 30
"""Characters that it takes to say that something was left out."""
_BLANK = frozenset(
    map(
        chr,
        (
            0x34F,
            0x115F,
            0x1160,
            0x17B4,
            0x17B5,
            0x2800,
            0x3164,
            0xFFA0,
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)
"""Printable characters, as Unicode has it, that nobody can see."""
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


_WORDS = {Risk.NO_OP: "unchanged"}
_HEADINGS = {Risk.NO_OP: "Moved within the program, unchanged"}
"""Findings of that class are of resources that have another name or place in the program; the others are counted."""


def visible(text: str) -> str:
    r"""Return a text on one line in which every character can be seen.

    Line ends, control characters (the start of a terminal's escape sequences), changes of writing direction and
    characters without a shape become escapes such as `\u202e`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable() and character not in _BLANK:
        return character
    return _ESCAPES.get(character) or character.encode("unicode_escape", "backslashreplace").decode()


def literal(value: Value) -> str:
    """Return a value on one line: as JSON, with words in brackets for what cannot be shown."""
    if isinstance(value, Marker):
        return "(not set)" if value is ABSENT else value.value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return visible(json.dumps(value, ensure_ascii=False))


def both(change: PropertyChange, width: int | None = None) -> tuple[str, str]:
    """Return what a property was and what it becomes.

    Values longer than `width` characters are folded, and what is left shows where they differ.
    """
    before, after = literal(change.before), literal(change.after)
    if change.before is SECRET and change.after is SECRET:
        return before, "[secret, another one]"
    if width is None or max(len(before), len(after)) <= width:
        return before, after
    if isinstance(change.before, Marker) or isinstance(change.after, Marker):
        return folded(before, width), folded(after, width)
    start, end = _same(before, after)
    return _cut(before, start, end, width), _cut(after, start, end, width)


def folded(text: str, width: int) -> str:
    """Return a text of at most about `width` characters that says how many were left out.

    What is longer by no more than the saying so stays whole.
    """
    if len(text) <= width + SAYING:
        return text
    tail = width // 4
    return f"{text[: width - tail]} … {len(text) - width:,} characters … {text[len(text) - tail :]}"


def _same(before: str, after: str) -> tuple[int, int]:
    """Return how many characters two texts share at their start, and at their end."""
    start = _shared(before, after)
    rest = min(len(before), len(after)) - start
    return start, min(_shared(before[::-1], after[::-1]), rest)


def _shared(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cut(text: str, start: int, end: int, width: int) -> str:
    left, right = max(0, start - CONTEXT), max(0, end - CONTEXT)
    left, right = (left if left > 2 * CONTEXT else 0), (right if right > 2 * CONTEXT else 0)
    middle = folded(text[left : len(text) - right], width)
    return (f"… {left:,} the same … " if left else "") + middle + (f" … {right:,} the same …" if right else "")


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return `1 resource`, `2 resources`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Sequence[str], most: int) -> str:
    """Return names with commas, at most so many of them, and how many more there are."""
    more = [f"{len(names) - most:,} more"] if len(names) > most else []
    return ", ".join([*map(visible, names[:most]), *more])


def depends(dependants: Dependants, most: int = 6) -> str:
    """Return the blast radius in words; empty if nothing depends on the resource."""
    verb = "depends" if dependants.count == 1 else "depend"
    text = f"{counted(dependants.count, 'resource')} {verb} on it"
    if not dependants.workloads:
        return f"{text}, no workload among them" if dependants.count else ""
    noticed = f"{counted(len(dependants.workloads), 'workload')} would notice: {listed(dependants.workloads, most)}"
    return f"{text}; {noticed}" if dependants.count else noticed


def approved(approval: Approval) -> str:
    """Return by what a finding passes."""
    return f"approved until {approval.expires.isoformat()}: {visible(approval.reason)}"


def kind(type_: str) -> str:
    """Return the last part of a resource type, which readers know it by: `Deployment`."""
    return type_.rpartition(":")[2]


def known_as(finding: Finding) -> str:
    """Return the resource of a finding as readers know it."""
    return visible(f"{kind(finding.change.type)} {finding.change.name}")


def by_class(review: Review) -> list[tuple[Risk, str]]:
    """Return the classes that there is something of, the gravest first, with words for them: `2 exposure`."""
    words = [(risk, f"{review.counts.get(risk, 0):,} {_WORDS.get(risk, risk.label)}") for risk in Risk]
    return [(risk, text) for risk, text in words if review.counts.get(risk, 0)]


def heading(risk: Risk, number: int) -> str:
    """Return the title of the findings of a class."""
    return f"{_HEADINGS.get(risk, risk.label.capitalize())} ({number:,})"


def verdict(review: Review) -> str:
    """Return in one sentence whether the change may pass and, if not, why."""
    if not review.blocked:
        passed = sum(1 for finding in review.findings if state(finding) == "approved")
        return (
            f"Nothing is blocked; {counted(passed, 'finding')} passed by approval." if passed else "Nothing is blocked."
        )
    reasons: list[str] = []
    blocked = [finding for finding in review.findings if finding.blocked]
    for risk in Risk:
        number = sum(1 for finding in blocked if finding.risk is risk)
        if number:
            reasons.append(f"{number:,} {risk.label}")
    refused = sum(1 for use in review.approvals if use.state != "used")
    if refused:
        reasons.append(counted(refused, "approval that does not hold", "approvals that do not hold"))
    errors = sum(1 for diagnostic in review.diagnostics if diagnostic.severity == "error")
    if errors:
        reasons.append(counted(errors, "error of the preview", "errors of the preview"))
    return f"Blocked: {', '.join(reasons)}."


def about(finding: Finding, most: int) -> tuple[list[PropertyChange], int]:
    """Return the properties to show for a finding, and how many more there are.

    All that the finding is about; if it is about the resource, at most so many of what changes, what forces a
    replacement first.
    """
    if finding.properties:
        return list(finding.properties), 0
    changed = sorted(finding.change.properties, key=lambda item: not item.replaces)
    return changed[:most], max(0, len(changed) - most)


def made_of(finding: Finding) -> str:
    """Return what the parts of a finding are, in words; empty if it has none."""
    if not finding.parts:
        return ""
    numbers = Counter(part.risk for part in finding.parts)
    kinds = ", ".join(f"{numbers[risk]:,} {risk.label}" for risk in sorted(numbers))
    passed = sum(1 for part in finding.parts if state(part) == "approved")
    return f"{counted(len(finding.parts), 'finding')} in one: {kinds}" + (f"; {passed:,} approved" if passed else "")


def state(finding: Finding) -> str:
    """Return what the review decides about a finding: `blocked`, `approved` or nothing."""
    return "blocked" if finding.blocked else "approved" if finding.risk.blocks else ""


def approvals(finding: Finding) -> list[Approval]:
    """Return what lets a finding pass: its own approval, or those of its parts."""
    if finding.approval:
        return [finding.approval]
    return [approval for part in finding.parts for approval in approvals(part)]
