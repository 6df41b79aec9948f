"""The command line: `python -m review [FILE]`. Exit code 0: nothing blocked, 2: blocked, 1: not reviewed."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from review import running
from review.approvals import DIRECTORY, read_approvals
from review.assemble import Material, assemble
from review.errors import ReviewError
from review.formats import Format, render
from review.reading import read_preview, read_state
from review.reading.merging import with_events
from review.stackfile import read_config
from review.urns import stack_of

if TYPE_CHECKING:
    from review.reading.reading import Deployment, Preview

PASSED, FAILED, BLOCKED = 0, 1, 2
_STOP = 10
"""How the command tells that it blocks: the parser of arguments itself ends with 2 when it is called wrongly."""
FORMATS: tuple[Format, ...] = get_args(Format)

app = typer.Typer(
    name="review",
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Review what a change would do to a stack, the gravest first, and say whether it may pass.",
)


@app.command()
def review(  # noqa: PLR0913 (each is an option)
    file: Annotated[
        str | None,
        typer.Argument(
            help="What `pulumi preview --json` printed, or its event log; - reads standard input. Without it, the "
            "preview is run here.",
            metavar="[FILE|-]",
            show_default=False,
        ),
    ] = None,
    *,
    state: Annotated[Path | None, typer.Option(help="What `pulumi stack export` printed before the change.")] = None,
    events: Annotated[Path | None, typer.Option(help="Event log of the same preview: outputs and policies.")] = None,
    approvals: Annotated[
        Path | None, typer.Option(help=f"Approvals; {DIRECTORY}/<stack>.yaml if it is there.", show_default=False)
    ] = None,
    base_config: Annotated[
        Path | None, typer.Option(help="The stack file before the change, to find exemptions that are new.")
    ] = None,
    stack: Annotated[str | None, typer.Option(help="Name that the stack must have.")] = None,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "terminal",
    output: Annotated[Path | None, typer.Option(help="Write there instead of standard output.")] = None,
    limit: Annotated[int | None, typer.Option(min=1000, help="Most bytes of Markdown.")] = None,
) -> None:
    """Review a preview."""
    chosen = _format(form)
    preview, deployment = _read(file, state, events, stack)
    name = stack or next((stack_of(change.urn) for change in preview.changes), None)
    made = assemble(
        Material(
            preview=preview,
            deployment=deployment,
            approvals=read_approvals(path) if (path := _approvals(approvals, name)) else (),
            config_before=read_config(base_config) if base_config else None,
            stack=stack,
            today=dt.datetime.now(dt.timezone.utc).date(),
        )
    )
    color = output is None and sys.stdout.isatty()
    text = render(made, chosen, limit=limit, width=shutil.get_terminal_size((100, 24)).columns, color=color)
    if output is None:
        sys.stdout.write(text)
    else:
        _write(output, text)
    raise typer.Exit(_STOP if made.blocked else PASSED)


def _read(
    file: str | None, state: Path | None, events: Path | None, stack: str | None
) -> tuple[Preview, Deployment | None]:
    if file is None:
        told = running.preview(stack)
        preview = read_preview(told.document, name="the preview")
        if told.events:
            preview = with_events(preview, read_preview(told.events, name="the event log"))
        return preview, read_state(told.state, name="the state")
    text = sys.stdin.read() if file == "-" else _text(Path(file))
    preview = read_preview(text, name="standard input" if file == "-" else file)
    if events:
        preview = with_events(preview, read_preview(_text(events), name=str(events)))
    return preview, read_state(_text(state), name=str(state)) if state else None


def _format(name: str) -> Format:
    for known in FORMATS:
        if known == name:
            return known
    raise ReviewError(f"--format: {name!r} is not known; allowed: {', '.join(FORMATS)}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewError(f"{path}: {error.strerror if isinstance(error, OSError) else error}") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReviewError(f"{path}: {error.strerror}") from None


def _approvals(given: Path | None, stack: str | None) -> Path | None:
    if given:
        return given
    usual = DIRECTORY / f"{stack}.yaml"
    return usual if stack and usual.is_file() else None


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        app(arguments)
    except ReviewError as error:
        sys.stderr.write(f"error: {error}\n")
        return FAILED
    except SystemExit as ended:
        return {0: PASSED, _STOP: BLOCKED}.get(ended.code if isinstance(ended.code, int) else FAILED, FAILED)
    return PASSED
