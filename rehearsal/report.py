"""How results of the engine are told to a person: progress while it works, what went wrong, what came out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rehearsal.summary import counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import JsonValue

    from rehearsal.engine import Result
    from rehearsal.events import Diagnostic, Run

NAMED = 2
"""How many of the operations that are waited for a progress line names."""
GENERAL = frozenset(
    f"{operation} {end}" for operation in ("update", "preview", "destroy", "refresh") for end in ("failed", "canceled")
)
"""What the engine says at the end of every operation that failed."""


def progress_note(run: Run, *, interrupted: object, known: int) -> str:
    """Return one line on where the engine is.

    Args:
        run: what it said so far.
        interrupted: whether it has been told to stop.
        known: number of resources in the state before the operation: it will meet at least those.

    """
    total = max(known, run.done + len(run.running))
    note = f"{run.done} of {total} resources" if total else "starting"
    slow = [
        f"{event.short} ({run.waiting[urn].splitlines()[0]})" if run.waiting.get(urn) else event.short
        for urn, event in run.running.items()
        if event.changes and event.custom
    ]
    if slow:
        more = f" and {len(slow) - NAMED} more" if len(slow) > NAMED else ""
        note += f", waiting for {', '.join(slow[:NAMED])}{more}"
    return f"stopping: {note}" if interrupted else note


def _about(note: Diagnostic, text: str) -> str:
    """Put before a text what it is about, unless that is the whole stack."""
    return f"{note.name}: {text}" if note.urn and "pulumi:pulumi:Stack" not in note.urn else text


def failure(result: Result, *, verbose: bool) -> str:
    """Return why an operation failed: the engine's messages; tracebacks and general remarks only if `verbose`."""
    parts: list[str] = []
    specific = [note for note in result.errors if note.message not in GENERAL]
    for note in result.errors if verbose or not specific else specific:
        text = note.message if verbose else note.brief
        parts.append(_about(note, text))
    if not parts:
        parts.append((result.stderr or result.output).strip() or "The engine was killed.")
    return "\n".join(dict.fromkeys(parts))


def warnings(result: Result) -> list[str]:
    """Return the warnings of an operation, each once."""
    found = [note for note in result.diagnostics if note.severity == "warning"]
    return list(dict.fromkeys(_about(note, note.message.strip()) for note in found))


def output_lines(outputs: Mapping[str, JsonValue]) -> list[str]:
    """Return the outputs of the stack as `name: value` lines; the engine has masked the secrets."""
    show: Callable[[JsonValue], str] = lambda value: value if isinstance(value, str) else json.dumps(value)  # noqa: E731
    return [f"{name}: {show(value)}" for name, value in sorted(outputs.items())]


def headline(result: Result) -> str:
    """Return one line on how an operation ended."""
    how = "done" if result.ok else "interrupted" if result.interrupted else "failed"
    what = counts(result.summary, planned=result.operation == "preview")
    return f"{result.operation} {how} after {result.seconds:.0f} s: {what}"
