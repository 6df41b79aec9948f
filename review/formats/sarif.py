"""The review for code scanning: SARIF 2.1.0 (OASIS), as far as GitHub and GitLab read it.

A finding is a result at the stack's file, with the resource's URN as logical location. An approved one is suppressed,
with the reason. Every stack has a category of its own, so that the stacks of a repository do not replace one another.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from review.formats.safe import safe
from review.formats.text import about, approvals, approved, both, counted, depends, made_of, state, visible
from review.model import Risk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.model import ApprovalUse, Finding, Review

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
VERSION = "2.1.0"
PROPERTIES = 10
"""Properties told of a finding that is about the resource as a whole."""
WIDTH = 200
"""Characters of a value before it is folded."""
_MEANING = {
    Risk.DATA_LOSS: "The change destroys data, or gives up what keeps it.",
    Risk.EXPOSURE: "The change lets more reach the platform or its data, or protects it less on the way.",
    Risk.PROTECTION_REMOVED: "The change takes away what stands between a mistake and a loss.",
    Risk.INTERRUPTION: "The change stops or restarts what serves.",
    Risk.UNKNOWN: "Whether the change replaces a resource is known only while it is applied.",
    Risk.CHANGE: "The change alters a resource.",
    Risk.CREATE: "The change makes a resource.",
}
_SEVERITY = {
    Risk.DATA_LOSS: "9.5",
    Risk.EXPOSURE: "8.5",
    Risk.PROTECTION_REMOVED: "7.5",
    Risk.INTERRUPTION: "6.0",
    Risk.UNKNOWN: "5.0",
}
"""GitHub sorts its alerts by this number, from 0 to 10; the order is ours."""
_APPROVALS = "approval"


def render(review: Review) -> str:
    """Return the review as a SARIF log with one run; what stays as it is has no result."""
    review = safe(review)
    findings = [finding for finding in review.findings if finding.risk is not Risk.NO_OP]
    refused = [use for use in review.approvals if use.state != "used"]
    rules: dict[str, dict[str, Any]] = {}
    for finding in findings:
        rules.setdefault(finding.rule, _rule(finding.rule, finding.risk))
    for use in refused:
        rules.setdefault(_refusal(use), _approval_rule(use))
    index = {rule: position for position, rule in enumerate(rules)}
    results = [_result(review, finding, index) for finding in findings]
    results += [_refused(review, use, index) for use in refused]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "seldon-platform review", "rules": list(rules.values())}},
        "automationDetails": {"id": f"review/{review.stack}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": all(item.severity != "error" for item in review.diagnostics),
                "toolExecutionNotifications": list(_notifications(review)),
            }
        ],
        "results": results,
        "properties": {"blocked": review.blocked, "stack": review.stack},
    }
    return json.dumps({"$schema": SCHEMA, "version": VERSION, "runs": [run]}, indent=2, ensure_ascii=True) + "\n"


def _rule(rule: str, risk: Risk) -> dict[str, Any]:
    name = rule.rpartition("/")[2].replace("-", " ")
    properties: dict[str, Any] = {"tags": [risk.slug]}
    if risk in _SEVERITY:
        properties = {"tags": ["security", risk.slug], "security-severity": _SEVERITY[risk], "precision": "high"}
    return {
        "id": rule,
        "shortDescription": {"text": f"{risk.label}: {name}"},
        "fullDescription": {"text": _MEANING[risk]},
        "help": {"text": f"{_MEANING[risk]} Each result says what depends on the resource and what a safe way is."},
        "defaultConfiguration": {"level": _level(risk)},
        "properties": properties,
    }


def _approval_rule(use: ApprovalUse) -> dict[str, Any]:
    return {
        "id": _refusal(use),
        "shortDescription": {"text": f"approval: {use.state}"},
        "fullDescription": {"text": "An approval must match exactly one finding and must not have expired."},
        "help": {"text": "Take the line out of the stack's approvals, or write it for the one finding that it is for."},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": [_APPROVALS]},
    }


def _refusal(use: ApprovalUse) -> str:
    return f"{_APPROVALS}/{use.state.replace(' ', '-')}"


def _level(risk: Risk) -> str:
    return "error" if risk.blocks else "note"


def _result(review: Review, finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": _level(finding.risk),
        "message": {"text": "\n".join(_message(finding))},
        "locations": [_location(review, finding.change.urn, finding.change.name)],
        "partialFingerprints": _fingerprints(review, finding.rule, finding.change.urn),
        "properties": {"blocked": finding.blocked, "type": finding.change.type, "operation": finding.change.op},
    }
    if state(finding) == "approved":
        reason = "; ".join(dict.fromkeys(map(approved, approvals(finding))))
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _message(finding: Finding) -> Iterator[str]:
    yield visible(finding.title)
    yield from filter(None, (visible(finding.why), depends(finding.dependants), made_of(finding)))
    if finding.covers:
        yield f"It speaks for {counted(len(finding.covers), 'more resource')}."
    for part in finding.parts:
        if part.risk.blocks:
            yield f"{part.risk.label}: {visible(part.title)}"
    properties, more = about(finding, PROPERTIES)
    for item in properties:
        before, after = both(item, WIDTH)
        yield f"{visible(item.path)}: {before} -> {after}{' (forces the replacement)' if item.replaces else ''}"
    if more:
        yield counted(more, "more property", "more properties")
    if finding.remedy:
        yield f"To make it safe: {visible(finding.remedy)}"


def _refused(review: Review, use: ApprovalUse, index: dict[str, int]) -> dict[str, Any]:
    rule = _refusal(use)
    text = f"Approval of {use.approval.risk.label} is {use.state}: {visible(use.explanation)}"
    return {
        "ruleId": rule,
        "ruleIndex": index[rule],
        "level": "error",
        "message": {"text": text},
        "locations": [_location(review, use.approval.urn, use.approval.urn.rpartition("::")[2])],
        "partialFingerprints": _fingerprints(review, rule, f"{use.approval.risk.slug} {use.approval.urn}"),
    }


def _location(review: Review, urn: str, name: str) -> dict[str, Any]:
    path = PurePosixPath(review.stack_file)
    relative = path.name if path.is_absolute() else str(path)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(relative, errors="backslashreplace"), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 1},
        },
        "logicalLocations": [{"name": name, "fullyQualifiedName": urn, "kind": "resource"}],
    }


def _fingerprints(review: Review, rule: str, urn: str) -> dict[str, str]:
    """Return what tells results apart; GitHub reads only the first, and makes one of the line if it is missing."""
    digest = hashlib.sha256(f"{review.stack}\0{rule}\0{urn}".encode(errors="backslashreplace")).hexdigest()
    return {"primaryLocationLineHash": f"{digest[:16]}:1", "finding/v1": digest}


def _notifications(review: Review) -> Iterator[dict[str, Any]]:
    levels = {"error": "error", "warning": "warning", "info": "note"}
    for item in review.diagnostics:
        yield {"level": levels[item.severity], "message": {"text": item.message}}
    for chart in review.incomplete:
        text = f"Chart {chart.name} was not rendered, {counted(len(chart.resources), 'resource')} of it: {chart.reason}"
        yield {"level": "warning", "message": {"text": text}}
    for limit in review.limits:
        yield {"level": "note", "message": {"text": limit}}
