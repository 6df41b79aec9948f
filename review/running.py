"""Runs the engine's preview in the project at hand, and takes the state that it starts from."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from review.errors import ReviewError


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the engine told, as text."""

    document: str
    events: str
    state: str


def preview(stack: str | None) -> Told:
    """Preview the stack (by default the selected one) in the working directory.

    Raises:
        ReviewError: there is no `pulumi`, or it printed no preview or no state.

    """
    program = shutil.which("pulumi")
    if program is None:
        raise ReviewError("no `pulumi` on the PATH; install it, or give the review a preview that was made elsewhere")
    chosen = ["--stack", stack] if stack else []
    state = _run([program, "stack", "export", *chosen], {})
    with tempfile.TemporaryDirectory(prefix="review-") as scratch:
        events = Path(scratch) / "events"
        arguments = ["preview", "--json", "--show-sames", "--event-log", str(events), *chosen]
        # A preview that fails prints what it came to, and says in it why it failed.
        document = _run([program, *arguments], {"PULUMI_DEBUG_COMMANDS": "true"}, needs=None)
        if not document.strip():
            raise ReviewError("`pulumi preview` printed nothing; run it by hand to see why")
        told = events.read_text(encoding="utf-8") if events.exists() else ""
    return Told(document=document, events=told, state=state)


def _run(arguments: list[str], more: dict[str, str], *, needs: int | None = 0) -> str:
    ended = subprocess.run(
        [*arguments, "--non-interactive"],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
    )
    if needs is not None and ended.returncode != needs:
        raise ReviewError(f"`pulumi {' '.join(arguments[1:3])}` failed:\n{ended.stderr.strip()}")
    return ended.stdout
