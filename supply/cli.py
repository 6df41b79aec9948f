"""The command line: `python -m supply images|mirror|charts`."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer
from rich.console import Console

from rehearsal.controlplane import ControlPlaneError
from rehearsal.errors import RehearsalError, UsageError
from rehearsal.places import project_root
from rehearsal.progress import Progress
from rehearsal.toolchain import ToolchainError, ensure_tools
from supply import listing
from supply.archives import GOOD, pull, sha256, verify
from supply.errors import SupplyError
from supply.files import text_of, write
from supply.inventory import inventory
from supply.objects import read_objects
from supply.pins import read_pins, with_digest
from supply.previews import rehearse
from supply.script import Order, Tool, script
from supply.stack import read
from supply.tables import WIDTH, problems, show

if TYPE_CHECKING:
    from supply.archives import Verdict
    from supply.inventory import Inventory
    from supply.stack import Stack

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
LOCK = Path("components/charts.lock.yaml")
"""The lock file of charts, from the directory of Pulumi.yaml."""

app = typer.Typer(
    name="supply",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What a stack pulls: list its images, copy them and its charts to a registry, and check the charts.",
)
charts = typer.Typer(no_args_is_help=True, help="The archives of the pinned charts.")
app.add_typer(charts, name="charts")

StackName = Annotated[str, typer.Argument(help="One of those in stacks/.", show_default=False)]


@app.command()
def images(
    stack: StackName,
    *,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="What `pulumi preview --json --show-sames` or `pulumi stack export` printed; nothing is rehearsed.",
        ),
    ] = None,
) -> None:
    """List every image: 0 all is well, 1 one is not from the mirror, has no pull secret, or is known by no rule."""
    if form not in {"table", "json"}:
        raise UsageError(f"--format: {form!r} is not known; allowed: table, json")
    chosen = read(project_root(), stack)
    found = _from_file(chosen, source) if source else _rehearsed(chosen)
    if form == "json":
        sys.stdout.write(json.dumps(found.document(), indent=2) + "\n")
        for line in problems(found):
            _notes().print(line, markup=False)
    else:
        show(found, Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH))
    raise typer.Exit(FAILED if [*problems(found)] else OK)


@app.command()
def mirror(
    stack: StackName,
    *,
    tool: Annotated[str, typer.Option("--tool", help="skopeo or crane.")] = "skopeo",
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write the script there.")] = None,
    listed: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="Take what `images --format json` wrote instead.")
    ] = None,
    digests: Annotated[
        Path | None,
        typer.Option("--digests", metavar="FILE", help="Copy by the digests of an image-digests.txt."),
    ] = None,
    idle: Annotated[bool, typer.Option("--idle", help="Copy what nothing in the stack pulls, too.")] = False,
) -> None:
    """Write the script that copies the images of a stack and the pinned charts to its registries."""
    tools = get_args(Tool)
    if tool not in tools:
        raise UsageError(f"--tool: {tool!r} is not known; allowed: {', '.join(tools)}")
    chosen = read(project_root(), stack)
    if chosen.registry is None:
        raise SupplyError(f"stack {stack}: platform.images.registry is not set, so there is no mirror to copy to")
    known = listing.read_digests(digests) if digests else {}
    found = listing.read_listed(listed, chosen) if listed else listing.of(_rehearsed(chosen))
    order = Order(
        stack=stack,
        registry=chosen.registry,
        images=[image for image in found if idle or not image.idle],
        pins=read_pins(_lock()),
        charts=chosen.charts.place if chosen.charts.kind == "oci" else None,
        digests=known,
    )
    text = script(order, cast("Tool", tool))
    if output is None:
        sys.stdout.write(text)
    else:
        write(output, text)
        output.chmod(0o755)


@charts.command()
def lock() -> None:
    """Record the digests of charts that have none yet, from the repositories of their pins, and verify the others."""
    path = _lock()
    helm = _helm()
    different: list[str] = []
    with Progress(_notes()) as progress:
        for pin in read_pins(path):
            with progress.step(f"chart {pin.name} {pin.version}"), TemporaryDirectory() as directory:
                found = sha256(pull(pin, pin.repository, Path(directory), helm=helm))
                if pin.digest is None:
                    write(path, with_digest(text_of(path), pin.name, found))
                elif pin.digest != found:
                    different.append(f"chart {pin.name} {pin.version}: has {found}, and {pin.digest} is pinned")
    if different:
        raise SupplyError("; ".join([*different, "find out why before you use another archive of the same version"]))


@charts.command("verify")
def verify_charts(stack: StackName) -> None:
    """Compare the charts where a stack takes them from with their pins."""
    chosen = read(project_root(), stack)
    helm = _helm()
    verdicts: list[Verdict] = []
    with Progress(_notes()) as progress:
        for pin in read_pins(_lock()):
            with progress.step(f"chart {pin.name} {pin.version}"):
                verdicts.append(verify(pin, chosen.charts, helm=helm))
    out = Console(highlight=False, soft_wrap=True)
    for verdict in verdicts:
        out.print(f"{verdict.pin.name} {verdict.pin.version}: {verdict.outcome}: {verdict.told}", markup=False)
    raise typer.Exit(OK if all(verdict.outcome in GOOD for verdict in verdicts) else FAILED)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every expected failure is a message, not a traceback."""
    try:
        app(arguments)
    except (SupplyError, RehearsalError, ControlPlaneError, ToolchainError) as error:
        _notes().print(f"error: {error}", markup=False, style="red")
        sys.exit(USAGE if isinstance(error, UsageError) else FAILED)
    except KeyboardInterrupt:
        _notes().print("interrupted", markup=False)
        sys.exit(INTERRUPTED)


def _rehearsed(stack: Stack) -> Inventory:
    told = rehearse(stack, _notes())
    return inventory(told.objects, stack=stack.name, registry=stack.registry, upstream=told.upstream, hooks=told.hooks)


def _from_file(stack: Stack, path: Path) -> Inventory:
    objects = read_objects(text_of(path), name=str(path))
    return inventory(objects, stack=stack.name, registry=stack.registry)


def _helm() -> Path:
    found = shutil.which("helm")
    return Path(found) if found else ensure_tools(console=_notes()).helm


def _lock() -> Path:
    return project_root() / LOCK


def _notes() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)
