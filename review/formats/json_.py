"""The review for other programs, in the shape that docs/review.schema.json describes.

Keys are in camelCase. In a value, an object with the one key `$marker` stands for what is not shown: `secret`,
`unknown` (known only after apply) or `absent`. A key of the resource's own that begins with `$` has another one before.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 (pydantic reads the annotations)
import json
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from review.formats.safe import safe
from review.model import ABSENT, SECRET, UNKNOWN, Marker, Operation, Place, Risk

if TYPE_CHECKING:
    from review.model import Approval, Finding, PropertyChange, Review, Value

VERSION = 1
NEAREST = 100
"""Names of dependants that a finding has; their number is not limited."""
_MARKERS = {SECRET: "secret", UNKNOWN: "unknown", ABSENT: "absent"}

RiskSlug = Literal[
    "data-loss", "exposure", "protection-removed", "interruption", "unknown", "change", "create", "no-op"
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class PropertyDocument(_Part):
    """A property that is not what it was."""

    path: str
    place: Place = Field(description="An input, an output, an engine's option (`protect`) or a setting of the stack.")
    before: JsonValue = Field(description="Value with markers.")
    after: JsonValue = Field(description="Value with markers; a secret on both sides is a secret that changed.")
    replaces: bool = Field(description="Whether the engine replaces the resource because of it.")


class DependantsDocument(_Part):
    """What would notice."""

    count: int = Field(description="Number of resources that depend on this one, directly or through others.", ge=0)
    workload_count: int = Field(description="Number of those that run something.", ge=0)
    urns: list[str] = Field(description=f"The {NEAREST} nearest.", max_length=NEAREST)
    workloads: list[str] = Field(description=f"Names of the {NEAREST} nearest workloads.", max_length=NEAREST)


class ApprovalDocument(_Part):
    """A line of the stack's approvals."""

    urn: str
    risk: RiskSlug = Field(alias="class")
    reason: str
    expires: dt.date = Field(description="Last day that it holds.")


class ApprovalUseDocument(ApprovalDocument):
    """A line of the stack's approvals and what became of it."""

    state: Literal["used", "unused", "expired", "too wide"] = Field(description="All but `used` block.")
    explanation: str


class FindingDocument(_Part):
    """One thing that the change does, as one class of risk sees it."""

    risk: RiskSlug = Field(alias="class")
    rule: str
    blocked: bool = Field(description="Whether it, or one of its parts, must not pass.")
    title: str
    why: str
    remedy: str
    urn: str
    previous_urn: str | None = Field(description="URN in the state if the resource moves through an alias.")
    type: str
    name: str
    operation: Operation
    replace_reasons: list[str] = Field(description="Paths that force the replacement.")
    properties: list[PropertyDocument] = Field(
        description="Properties that the finding is about, or all that change if it is about the resource."
    )
    dependants: DependantsDocument
    covers: list[str] = Field(description="URNs of further resources that the finding speaks for.")
    parts: list[FindingDocument] = Field(description="Findings that it is made of, approved one by one.")
    approval: ApprovalDocument | None = Field(description="What lets it pass.")


class DiagnosticDocument(_Part):
    """Something that the engine, the program or a provider said."""

    severity: Literal["info", "warning", "error"]
    message: str
    urn: str | None


class IncompleteDocument(_Part):
    """A chart of which the preview does not know the resources."""

    urn: str
    name: str
    resources: list[str]
    reason: str


class ReviewDocument(_Part):
    """Review of a change to a stack, by `python -m review --format json`."""

    model_config = ConfigDict(title="Review of a change")

    version: Literal[1] = Field(description="Grows when a program that reads the document has to change.")
    stack: str
    stack_file: str = Field(description="Path of the stack's settings in the repository.")
    blocked: bool = Field(description="Whether the change must not pass.")
    counts: dict[RiskSlug, int] = Field(
        description="Number of findings in each class; of `no-op` the resources that stay as they are."
    )
    operations: dict[str, int] = Field(description="Number of resources by operation, a replacement counted once.")
    findings: list[FindingDocument] = Field(description="The gravest class first; of `no-op` only what moves.")
    approvals: list[ApprovalUseDocument]
    incomplete: list[IncompleteDocument]
    diagnostics: list[DiagnosticDocument]
    limits: list[str] = Field(description="What the review cannot see.")


def document(review: Review) -> ReviewDocument:
    """Return the review as a document."""
    review = safe(review)
    return ReviewDocument.model_validate(
        {
            "version": VERSION,
            "stack": review.stack,
            "stack_file": review.stack_file,
            "blocked": review.blocked,
            "counts": {risk.slug: review.counts.get(risk, 0) for risk in Risk},
            "operations": dict(review.operations),
            "findings": [_finding(finding) for finding in review.findings],
            "approvals": [
                {**_approval(use.approval), "state": use.state, "explanation": use.explanation}
                for use in review.approvals
            ],
            "incomplete": [
                {"urn": chart.urn, "name": chart.name, "resources": list(chart.resources), "reason": chart.reason}
                for chart in review.incomplete
            ],
            "diagnostics": [
                {"severity": item.severity, "message": item.message, "urn": item.urn} for item in review.diagnostics
            ],
            "limits": list(review.limits),
        }
    )


def render(review: Review) -> str:
    """Return the review as JSON."""
    content = document(review).model_dump(mode="json", by_alias=True)
    return json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _finding(finding: Finding) -> dict[str, object]:
    change = finding.change
    return {
        "risk": finding.risk.slug,
        "rule": finding.rule,
        "blocked": finding.blocked,
        "title": finding.title,
        "why": finding.why,
        "remedy": finding.remedy,
        "urn": change.urn,
        "previous_urn": change.previous_urn,
        "type": change.type,
        "name": change.name,
        "operation": change.op,
        "replace_reasons": list(change.replace_reasons),
        "properties": [_property(item) for item in finding.properties or change.properties],
        "dependants": {
            "count": finding.dependants.count,
            "workload_count": len(finding.dependants.workloads),
            "urns": list(finding.dependants.urns[:NEAREST]),
            "workloads": list(finding.dependants.workloads[:NEAREST]),
        },
        "covers": list(finding.covers),
        "parts": [_finding(part) for part in finding.parts],
        "approval": _approval(finding.approval) if finding.approval else None,
    }


def _approval(approval: Approval) -> dict[str, object]:
    return {
        "urn": approval.urn,
        "risk": approval.risk.slug,
        "reason": approval.reason,
        "expires": approval.expires,
    }


def _property(change: PropertyChange) -> dict[str, object]:
    return {
        "path": change.path,
        "place": change.place,
        "before": _value(change.before),
        "after": _value(change.after),
        "replaces": change.replaces,
    }


def _value(value: Value) -> JsonValue:
    if isinstance(value, Marker):
        return {"$marker": _MARKERS[value]}
    if isinstance(value, dict):
        return {f"${key}" if key.startswith("$") else key: _value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value
