"""Reads the engine's events, one JSON object a line (pulumi `sdk/go/common/apitype/events.go`).

That is what `--event-log` writes, and what `pulumi preview --json` prints with PULUMI_ENABLE_STREAMING_JSON_PREVIEW.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from pydantic import Field

from review.errors import ReviewError
from review.reading.diagnostics import NO_SUMMARY, Notes
from review.reading.folding import OPERATIONS, Folding, Step
from review.reading.reading import Preview
from review.reading.states import State  # noqa: TC001 (pydantic reads it)
from review.reading.validation import Model, valid_json
from review.urns import STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable

_MANDATORY = "mandatory"


class _Kind(Model):
    kind: str = Field(alias="diffKind")


class _Metadata(Model):
    op: str
    urn: str
    type: str
    old: State | None = None
    new: State | None = None
    keys: list[str] | None = None
    detailed_diff: dict[str, _Kind] | None = None

    def step(self, *, outputs_known: bool) -> Step:
        return Step(
            op=self.op,
            urn=self.urn,
            old=self.old,
            new=self.new,
            reasons=self.keys or (),
            kinds={path: diff.kind for path, diff in (self.detailed_diff or {}).items()},
            outputs_known=outputs_known,
        )


class _Resource(Model):
    metadata: _Metadata


class _Diagnostic(Model):
    severity: str
    message: str
    urn: str = ""
    ephemeral: bool = False


class _Policy(Model):
    resource_urn: str = ""
    message: str
    policy_name: str
    enforcement_level: str


class _Prelude(Model):
    config: dict[str, str] = Field(default_factory=dict[str, str])


class _Summary(Model):
    resource_changes: dict[str, int] = Field(default_factory=dict[str, int])
    result: str = ""


class _Error(Model):
    error: str


class _Line(Model):
    resource_pre_event: _Resource | None = None
    res_outputs_event: _Resource | None = None
    diagnostic_event: _Diagnostic | None = None
    policy_event: _Policy | None = None
    prelude_event: _Prelude | None = None
    summary_event: _Summary | None = None
    error_event: _Error | None = None


def is_stream(text: str) -> bool:
    """Say whether a text is a stream of events: its first line is a whole object that carries an event."""
    try:
        first: object = json.loads(text.lstrip().split("\n", 1)[0])
    except json.JSONDecodeError:
        return False
    return isinstance(first, dict) and any(key.endswith("Event") for key in cast("dict[str, object]", first))


def read_stream(lines: Iterable[str], *, name: str) -> Preview:
    """Read the events; `name` is how errors call them.

    Raises:
        ReviewError: a line is no event.

    """
    stream = _Stream()
    for number, line in enumerate(lines, start=1):
        if line.strip():
            stream.take(valid_json(_Line, line, f"{name}: line {number}"))
    return stream.preview()


class _Stream:
    def __init__(self) -> None:
        self._folding = Folding()
        self._notes = Notes()
        self._refreshed: set[str] = set()
        self._stack: _Metadata | None = None
        self._summary: _Summary | None = None
        self._config: dict[str, str] = {}
        self._steps = 0

    def take(self, line: _Line) -> None:
        if line.resource_pre_event:
            self._began(line.resource_pre_event.metadata)
        elif line.res_outputs_event:
            self._ended(line.res_outputs_event.metadata)
        elif line.diagnostic_event and not line.diagnostic_event.ephemeral:
            self._notes.add(line.diagnostic_event.severity, line.diagnostic_event.message, line.diagnostic_event.urn)
        elif line.policy_event:
            self._violated(line.policy_event)
        elif line.prelude_event:
            self._config = line.prelude_event.config
        elif line.summary_event:
            self._summary = line.summary_event
        elif line.error_event:
            self._notes.add("error", line.error_event.error, "")

    def preview(self) -> Preview:
        if self._stack:
            self._folding.add(self._stack.step(outputs_known=True))
        if not self._summary or self._summary.result in {"failed", "canceled"}:
            self._notes.add("error", NO_SUMMARY, "")
        return Preview(
            changes=self._folding.changes(),
            diagnostics=self._notes.all(),
            config=self._config,
            counted=self._summary.resource_changes if self._summary else {},
            shows_sames=True,
            shows_outputs=self._stack is not None,
        )

    def _began(self, metadata: _Metadata) -> None:
        if metadata.op not in OPERATIONS:
            raise ReviewError(
                f"{metadata.urn}: the operation {metadata.op!r} is not known; there are {', '.join(sorted(OPERATIONS))}"
            )
        if metadata.op == "refresh":
            self._refreshed.add(metadata.urn)
        if metadata.type != STACK_TYPE or metadata.op != "same":
            self._folding.add(metadata.step(outputs_known=False))

    def _ended(self, metadata: _Metadata) -> None:
        if metadata.type == STACK_TYPE and metadata.op in {"same", "update"}:
            self._stack = metadata  # told when it is made and again with its outputs: the last counts
        elif metadata.urn in self._refreshed and metadata.op in {"update", "delete"}:
            self._folding.add(metadata.step(outputs_known=False))

    def _violated(self, policy: _Policy) -> None:
        severity = "error" if policy.enforcement_level == _MANDATORY else "warning"
        self._notes.add(severity, f"Policy {policy.policy_name}: {policy.message}", policy.resource_urn)
