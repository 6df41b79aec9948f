"""The command line: `python -m bench`."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import report
from bench.run import Bench
from rehearsal.controlplane import ControlPlaneError
from rehearsal.controlplane.processes import termination_raises
from rehearsal.errors import RehearsalError
from rehearsal.places import project_root
from rehearsal.progress import Progress
from rehearsal.toolchain import ToolchainError, ensure_tools

FAILED, INTERRUPTED = 1, 130
FIGURES = project_root() / ".rehearsal" / "bench.json"

Json = Annotated[
    Path, typer.Option("--json", metavar="FILE", help="Where the figures are written.", dir_okay=False, writable=True)
]
Rounds = Annotated[int, typer.Option(min=1, help="How often a preview and a no-op up of each program are measured.")]


def bench(*, json_file: Json = FIGURES, rounds: Rounds = 3) -> None:
    """Measure the local stack against an empty program, a flat program and kubectl."""
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    json_file.parent.mkdir(parents=True, exist_ok=True)
    tools = ensure_tools(console=notes)
    with termination_raises(), tempfile.TemporaryDirectory(prefix="bench-") as scratch, Progress(notes) as progress:
        measured = Bench(
            project=project_root(), tools=tools, scratch=Path(scratch).resolve(), progress=progress, rounds=rounds
        ).measure()
    json_file.write_text(json.dumps(report.document(measured, tools), indent=2) + "\n")
    out = Console(highlight=False)
    for table in report.tables(measured):
        out.print(table)
    notes.print(f"All figures: {json_file}", markup=False)


def main() -> None:
    """Run the command line; every expected failure is a message, not a traceback."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        typer.run(bench)
    except (RehearsalError, ControlPlaneError, ToolchainError, OSError) as error:
        errors.print(f"error: {error}", markup=False, style="red")
        sys.exit(FAILED)
    except KeyboardInterrupt:
        errors.print("interrupted: nothing is left running", markup=False)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
