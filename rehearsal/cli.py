"""The command line: `python -m rehearsal up|preview|diff|down|status|kubectl|clean`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rehearsal.commands import INTERRUPTED
from rehearsal.controlplane import ControlPlaneError
from rehearsal.diff import Comparison, Wanted
from rehearsal.engine import Sources
from rehearsal.errors import RehearsalError, UsageError
from rehearsal.places import project_root, rehearsal_home
from rehearsal.toolchain import ToolchainError
from rehearsal.toolchain.store import tool_cache

FAILED, USAGE = 1, 2

app = typer.Typer(
    name="rehearsal",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Rehearse a stack: the real Pulumi engine and a real Kubernetes API server, on this machine alone.",
)

Stack = Annotated[str, typer.Argument(help="Stack to rehearse, one of those in stacks/.", show_default=True)]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show tracebacks in the program's errors.")]
OfficialPlugins = Annotated[bool, typer.Option("--official-plugins", help="Download the official provider plugins.")]
UpstreamCharts = Annotated[bool, typer.Option("--upstream-charts", help="Take charts from where the stack file says.")]


@app.command()
def up(
    stack: Stack = "local",
    *,
    official_plugins: OfficialPlugins = False,
    upstream_charts: UpstreamCharts = False,
    verbose: Verbose = False,
) -> None:
    """Make the stack stand, or bring it up to date."""
    raise typer.Exit(
        _commands(verbose=verbose).up(
            stack, _sources(official_plugins=official_plugins, upstream_charts=upstream_charts)
        )
    )


@app.command()
def preview(
    stack: Stack = "local",
    *,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the engine's JSON there.")] = None,
    official_plugins: OfficialPlugins = False,
    upstream_charts: UpstreamCharts = False,
    verbose: Verbose = False,
) -> None:
    """Show what `up` would change."""
    sources = _sources(official_plugins=official_plugins, upstream_charts=upstream_charts)
    raise typer.Exit(_commands(verbose=verbose).preview(stack, sources, json))


@app.command()
def diff(  # noqa: PLR0913 (each is an option of the command line)
    stack: Stack = "local",
    *,
    base: Annotated[str, typer.Option("--base", metavar="REVISION", help="Git revision to compare with.")],
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="terminal, markdown, json, sarif or html.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write the review there.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="BYTES", help="Most bytes of Markdown.")] = None,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIRECTORY", help="Keep there what the review reads, to review again."),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE", help="Start from this state, which `pulumi stack export` printed."),
    ] = None,
    official_plugins: OfficialPlugins = False,
    upstream_charts: UpstreamCharts = False,
    verbose: Verbose = False,
) -> None:
    """Review what the working tree changes on a revision: 0 it may pass, 2 it is blocked, 1 it cannot be told."""
    wanted = Wanted(
        arguments=[
            *(["--format", form] if form else []),
            *(["--output", str(output.absolute())] if output else []),
            *(["--limit", str(limit)] if limit else []),
        ],
        keep=keep.absolute() if keep else None,
        state=state.absolute() if state else None,
    )
    sources = _sources(official_plugins=official_plugins, upstream_charts=upstream_charts)
    raise typer.Exit(_commands(verbose=verbose).diff(stack, base, sources, wanted))


@app.command()
def down(
    stack: Stack = "local",
    *,
    discard: Annotated[
        bool, typer.Option("--discard", help="Skip the engine's destroy: throw everything away.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Destroy what stands, stop everything and remove it."""
    raise typer.Exit(_commands(verbose=verbose).down(stack, discard=discard))


@app.command()
def status(stack: Annotated[str | None, typer.Argument(help="Only this stack.")] = None) -> None:
    """Tell which rehearsals stand."""
    raise typer.Exit(_commands().status(stack))


@app.command(context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True})
def kubectl(
    arguments: Annotated[
        list[str], typer.Argument(help="What kubectl is to do, such as `get pods -A`.", metavar="ARGS...")
    ],
    *,
    stack: Annotated[str | None, typer.Option("--stack", "-s", help="Stack, when more than one stands.")] = None,
) -> None:
    """Run kubectl on the rehearsal's API server."""
    raise typer.Exit(_commands().kubectl(stack, arguments))


@app.command()
def clean(
    *, tools: Annotated[bool, typer.Option("--tools", help="Remove the cache of built tools too.")] = False
) -> None:
    """Stop and remove every rehearsal, without the engine."""
    raise typer.Exit(_commands().clean(tool_cache(os.environ) if tools else None))


def main() -> None:
    """Run the command line; every expected failure is a message, not a traceback."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        app()
    except (RehearsalError, ControlPlaneError, ToolchainError) as error:
        errors.print(f"error: {error}", markup=False, style="red")
        sys.exit(USAGE if isinstance(error, UsageError) else FAILED)
    except KeyboardInterrupt:
        errors.print("interrupted: nothing was lost, the same command goes on from here", markup=False)
        sys.exit(INTERRUPTED)


def _commands(*, verbose: bool = False) -> Comparison:
    project = project_root()
    return Comparison(
        project=project,
        home=rehearsal_home(project),
        out=Console(highlight=False),
        notes=Console(stderr=True, highlight=False, soft_wrap=True),
        verbose=verbose,
    )


def _sources(*, official_plugins: bool, upstream_charts: bool) -> Sources:
    plugins, charts = os.environ.get("REHEARSAL_PLUGINS"), os.environ.get("REHEARSAL_CHARTS")
    if plugins and official_plugins:
        raise UsageError("--official-plugins and REHEARSAL_PLUGINS exclude each other: leave one out")
    if charts and upstream_charts:
        raise UsageError("--upstream-charts and REHEARSAL_CHARTS exclude each other: leave one out")
    return Sources(
        plugins=Path(plugins) if plugins else None,
        official_plugins=official_plugins,
        charts=Path(charts) if charts else None,
        upstream_charts=upstream_charts,
    )
