"""The last gate before anything is written: what a format gets to see has no secret in it, marked or not.

The engine marks secrets and reading a preview keeps the marks. This stands behind that: it drops what no format
shows, and what is a secret by its shape or by where it stands although nothing marked it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from review.model import SECRET, Marker

if TYPE_CHECKING:
    from collections.abc import Callable

    from review.model import Change, Diagnostic, Finding, PropertyChange, Review, Value

_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_PASSWORD = re.compile(r"(://[^\s/?#:@]*:)[^\s/?#]+(?=@)")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|<\{%.*?%\}>")
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation in which kubectl keeps the whole object, a Secret's data too."""
_KUBERNETES_SECRET = re.compile(r"kubernetes:core/v1:Secret(?:Patch)?")
_SECRET_DATA = re.compile(r"(?:data|stringData)(?:$|[.\[])")


def safe(review: Review) -> Review:
    """Return a review that can be written anywhere: no snapshots, no secrets in values or texts."""
    return replace(
        review,
        findings=tuple(_finding(finding) for finding in review.findings),
        diagnostics=tuple(_diagnostic(diagnostic) for diagnostic in review.diagnostics),
        incomplete=tuple(replace(chart, reason=scrubbed(chart.reason)) for chart in review.incomplete),
        approvals=tuple(replace(use, explanation=scrubbed(use.explanation)) for use in review.approvals),
    )


def scrubbed(text: str) -> str:
    """Return a text without private keys and without the passwords of URLs."""
    if "PRIVATE KEY" in text:
        text = _KEY.sub(SECRET.value, text)
    return _PASSWORD.sub(rf"\g<1>{SECRET.value}", text) if "://" in text else text


def masked(change: PropertyChange, type_: str) -> PropertyChange:
    """Return a changed property of a resource of a type with what is secret in it masked.

    What was secret on one side is secret on the other: a value does not become public by losing its mark.
    """
    before, after = change.before, change.after
    if (_KUBERNETES_SECRET.fullmatch(type_) and _SECRET_DATA.match(change.path)) or _APPLIED in change.path:
        before, after = _all(before), _all(after)
    return replace(change, before=_paired(_shaped(before), after), after=_paired(_shaped(after), before))


def _finding(finding: Finding) -> Finding:
    type_ = finding.change.type
    return replace(
        finding,
        change=_change(finding.change),
        title=scrubbed(finding.title),
        why=scrubbed(finding.why),
        remedy=scrubbed(finding.remedy),
        properties=tuple(masked(item, type_) for item in finding.properties),
        parts=tuple(_finding(part) for part in finding.parts),
    )


def _change(change: Change) -> Change:
    properties = tuple(masked(item, change.type) for item in change.properties)
    return replace(change, before=None, after=None, properties=properties)


def _diagnostic(diagnostic: Diagnostic) -> Diagnostic:
    return replace(diagnostic, message=scrubbed(_COLOUR.sub("", diagnostic.message)).strip())


def _walk(value: Value, leaf: Callable[[Value], Value]) -> Value:
    if isinstance(value, dict):
        return {key: _walk(item, leaf) for key, item in value.items()}
    if isinstance(value, list):
        return [_walk(item, leaf) for item in value]
    return leaf(value)


def _all(value: Value) -> Value:
    return _walk(value, lambda leaf: leaf if isinstance(leaf, Marker) else SECRET)


def _shaped(value: Value) -> Value:
    """Mask what looks like a secret wherever it stands."""
    if isinstance(value, dict):
        return {
            scrubbed(key): SECRET if key == _APPLIED and isinstance(item, str) else _shaped(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_shaped(item) for item in value]
    return scrubbed(value) if isinstance(value, str) else value


def _paired(value: Value, other: Value) -> Value:
    """Mask where the other side has a secret."""
    if other is SECRET:
        return value if isinstance(value, Marker) else SECRET
    if isinstance(value, dict) and isinstance(other, dict):
        return {key: _paired(item, other[key]) if key in other else item for key, item in value.items()}
    if isinstance(value, list) and isinstance(other, list) and _has_secret(other):
        # Items may have moved: where one is secret, no item of the other side is known not to be it.
        return [_all(item) for item in value]
    return value


def _has_secret(value: Value) -> bool:
    if isinstance(value, dict):
        return any(map(_has_secret, value.values()))
    return any(map(_has_secret, value)) if isinstance(value, list) else value is SECRET
