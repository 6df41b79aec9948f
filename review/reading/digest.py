"""Reads the whole document that `pulumi preview --json` prints (pulumi `pkg/display/json.go`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from review.errors import ReviewError
from review.model import Diagnostic
from review.reading.diagnostics import NO_SUMMARY, Notes
from review.reading.folding import OPERATIONS, Folding, Step
from review.reading.items import members
from review.reading.reading import Preview
from review.reading.states import State  # noqa: TC001 (pydantic reads it)
from review.reading.validation import Model, valid
from review.urns import STACK_TYPE, is_urn, type_of

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Kind(Model):
    kind: str


class _Step(Model):
    op: str
    urn: str
    old_state: State | None = None
    new_state: State | None = None
    replace_reasons: list[str] | None = None
    detailed_diff: dict[str, _Kind] | None = None


class _Note(Model):
    urn: str = ""
    message: str = ""
    severity: str = "info"


def read_digest(text: str, *, name: str) -> Preview:
    """Read the document; `name` is how errors call it.

    Raises:
        ReviewError: it is none.

    """
    folding = Folding()
    notes = Notes()
    rest: dict[str, object] = {}
    sames = steps = 0
    for path, value in members(text, name=name, lists=frozenset({"steps", "diagnostics"})):
        if path == "steps":
            step = _step(value, name=f"{name}: steps[{steps}]")
            steps += 1
            sames += step.op == "same" and type_of(step.urn) != STACK_TYPE
            folding.add(step)
        elif path == "diagnostics":
            note = valid(_Note, value, f"{name}: diagnostics")
            notes.add(note.severity, note.message, note.urn)
        elif path.startswith("deployment"):
            raise ReviewError(f"{name}: this is a state, not a preview; give it with --state")
        else:
            rest[path] = value
    counted = _numbers(rest.get("changeSummary"))
    if not steps and not counted and not notes.said:
        raise ReviewError(f"{name}: expected what `pulumi preview --json` prints, found {', '.join(rest) or 'nothing'}")
    if not counted:
        notes.add("error", NO_SUMMARY, "")
    return Preview(
        changes=folding.changes(),
        diagnostics=(*notes.all(), *_corrupt(rest)),
        config=_texts(rest.get("config")),
        counted=counted,
        shows_sames=sames > 0 or not counted.get("same"),
    )


def _step(value: object, *, name: str) -> Step:
    read = valid(_Step, value, name)
    if not is_urn(read.urn):
        raise ReviewError(f"{name}.urn: {read.urn!r} is no URN")
    if read.op not in OPERATIONS:
        raise ReviewError(f"{name}.op: {read.op!r} is not known; there are {', '.join(sorted(OPERATIONS))}")
    return Step(
        op=read.op,
        urn=read.urn,
        old=read.old_state,
        new=read.new_state,
        reasons=read.replace_reasons or (),
        kinds={path: diff.kind for path, diff in (read.detailed_diff or {}).items()},
    )


def _numbers(value: object) -> dict[str, int]:
    return {name: number for name, number in _object(value).items() if isinstance(number, int)}


def _texts(value: object) -> dict[str, str]:
    return {name: text for name, text in _object(value).items() if isinstance(text, str)}


def _object(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _corrupt(rest: Mapping[str, object]) -> tuple[Diagnostic, ...]:
    if rest.get("maybeCorrupt") is not True:
        return ()
    return (Diagnostic(severity="error", message="The engine says that the state may be corrupt."),)
