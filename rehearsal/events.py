"""What the engine says about a run, read from its event log (one JSON object a line; apitype.EngineEvent)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from rehearsal.marks import SIGNATURE

SAME = frozenset({"same", "read", "refresh"})
"""Operations that change nothing."""
STACK_TYPE = "pulumi:pulumi:Stack"
EXIT_NOTE = "program exited with non-zero exit code"
TRACEBACK = "Traceback (most recent call last):\n"

Phase: TypeAlias = Literal["started", "done", "failed"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="ignore")


class _State(_Model):
    custom: bool = False
    outputs: dict[str, JsonValue] = Field(default_factory=dict)


class _Metadata(_Model):
    op: str
    urn: str
    type: str
    old: _State | None = None
    new: _State | None = None
    diffs: list[str] | None = None


class _Resource(_Model):
    metadata: _Metadata


class _Diagnostic(_Model):
    severity: str
    message: str
    urn: str = ""
    ephemeral: bool = False


class _Violation(_Model):
    policy_name: str
    message: str
    enforcement_level: str
    resource_urn: str = ""


class _Summary(_Model):
    resource_changes: dict[str, int] = Field(default_factory=dict)


class _Line(_Model):
    resource_pre_event: _Resource | None = None
    res_outputs_event: _Resource | None = None
    res_op_failed_event: _Resource | None = None
    diagnostic_event: _Diagnostic | None = None
    policy_event: _Violation | None = None
    summary_event: _Summary | None = None


@dataclass(frozen=True, kw_only=True)
class ResourceEvent:
    """An operation on a resource began, ended or failed."""

    phase: Phase
    operation: str
    """What the engine does: `create`, `update`, `delete`, `same`, `create-replacement`, ..."""
    urn: str
    type: str
    """Type token, such as `kubernetes:core/v1:Namespace`."""
    custom: bool = True
    """Whether a provider manages it; a component only groups others."""
    diffs: tuple[str, ...] = ()
    """Names of the properties that differ."""

    @property
    def name(self) -> str:
        """Name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def short(self) -> str:
        """Kind and last part of the name: `Deployment istiod` for a chart's `ingress:istio-system/istiod`."""
        return f"{self.type.rpartition(':')[2]} {re.split(r'[:/]', self.name)[-1]}"

    @property
    def changes(self) -> bool:
        """Whether the operation changes anything."""
        return self.operation not in SAME


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """A message of the engine, the program or a provider."""

    severity: str
    """`error`, `warning`, `info`, or `info#err` for what the program wrote on standard error."""
    message: str
    urn: str = ""
    """Resource that it is about; empty when there is none."""

    @property
    def name(self) -> str:
        """Name of that resource in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def brief(self) -> str:
        """The message without a Python traceback: only the exception at its end."""
        before, found, after = self.message.partition(TRACEBACK)
        if not found:
            return self.message
        kept = re.search(r"^\S.*", after, re.DOTALL | re.MULTILINE)
        return f"{before}{kept.group() if kept else after}".strip("\n")


@dataclass(kw_only=True)
class Run:
    """Everything the events said so far."""

    resources: list[ResourceEvent] = field(default_factory=list[ResourceEvent])
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    running: dict[str, ResourceEvent] = field(default_factory=dict[str, ResourceEvent])
    """Operations that began and did not end, by URN, the oldest first."""
    waiting: dict[str, str] = field(default_factory=dict[str, str])
    """The last passing message of each of them."""
    outputs: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Outputs of the stack; a secret reads `[secret]`."""
    summary: dict[str, int] = field(default_factory=dict[str, int])
    """Number of resources by operation, once the engine has given it."""
    done: int = 0
    """Number of operations that ended."""

    def take(self, line: bytes | str) -> None:
        """Add one line of the event log; what is no event (a killed engine tears its last line) is ignored."""
        try:
            event = _Line.model_validate_json(line)
        except ValidationError:
            return
        if event.resource_pre_event:
            self._began(event.resource_pre_event.metadata)
        if event.res_outputs_event:
            self._ended(event.res_outputs_event.metadata, "done")
        if event.res_op_failed_event:
            self._ended(event.res_op_failed_event.metadata, "failed")
        if event.diagnostic_event:
            self._said(event.diagnostic_event)
        if event.policy_event:
            self._stopped(event.policy_event)
        if event.summary_event:
            self.summary = dict(event.summary_event.resource_changes)

    def _stopped(self, found: _Violation) -> None:
        """A policy that is mandatory fails the operation, and the engine says so in no other message."""
        severity = "error" if found.enforcement_level == "mandatory" else "warning"
        message = f"policy {found.policy_name}: {found.message.strip()}"
        self.diagnostics.append(Diagnostic(severity=severity, message=message, urn=found.resource_urn))

    def errors(self) -> list[Diagnostic]:
        """Return what explains a failure: errors, and the program's standard error when it gave up itself."""
        gave_up = any(EXIT_NOTE in note.message for note in self.diagnostics)
        wanted = {"error", "info#err"} if gave_up else {"error"}
        found = [note for note in self.diagnostics if note.severity in wanted and EXIT_NOTE not in note.message]
        return found or [note for note in self.diagnostics if note.severity == "error"]

    def _began(self, step: _Metadata) -> None:
        event = _resource("started", step)
        self.resources.append(event)
        self.running[step.urn] = event

    def _ended(self, step: _Metadata, phase: Phase) -> None:
        self.resources.append(_resource(phase, step))
        self.done += self.running.pop(step.urn, None) is not None
        self.waiting.pop(step.urn, None)
        if step.type == STACK_TYPE and step.new:
            self.outputs = {name: masked(value) for name, value in step.new.outputs.items()}

    def _said(self, note: _Diagnostic) -> None:
        message = note.message.rstrip("\n")
        if note.severity == "debug" or not message.strip():
            return
        if note.ephemeral or (note.severity == "info" and note.urn in self.running):
            self.waiting[note.urn] = message
        if note.ephemeral:
            return
        last = self.diagnostics[-1] if self.diagnostics else None
        if last and note.severity == "info#err" == last.severity and last.urn == note.urn:
            # The program's standard error comes line by line: put it together again.
            message = f"{last.message}\n{message}"
            self.diagnostics.pop()
        self.diagnostics.append(Diagnostic(severity=note.severity, message=message, urn=note.urn))


def masked(value: JsonValue) -> JsonValue:
    """Return `value` with `[secret]` for each secret in it."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return "[secret]" if "ciphertext" in value or "plaintext" in value else "[unknown]"
        return {name: masked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return value


def _resource(phase: Phase, step: _Metadata) -> ResourceEvent:
    state = step.new or step.old or _State()
    return ResourceEvent(
        phase=phase,
        operation=step.op,
        urn=step.urn,
        type=step.type,
        custom=state.custom,
        diffs=tuple(step.diffs or ()),
    )
