"""The objects of a stack as a rehearsed preview makes them: no account, no cluster and no secret of its own."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal import chartset
from rehearsal.commands import Commands
from rehearsal.engine import Sources
from rehearsal.toolchain import ensure_tools
from supply.errors import SupplyError
from supply.hooks import hook_images
from supply.objects import read_objects
from supply.stack import write_without_mirror

if TYPE_CHECKING:
    from rich.console import Console

    from supply.hooks import Hook
    from supply.objects import StackObject
    from supply.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What previews of a stack show."""

    objects: list[StackObject]
    upstream: list[StackObject] | None
    """The same objects with images from upstream; None for a stack without a mirror."""
    hooks: list[Hook]


def rehearse(stack: Stack, notes: Console) -> Rehearsed:
    """Preview a stack as it is and, if it has a mirror, without it; each takes about a minute, and says how far it is.

    Charts are the rehearsal's stand-ins, or the real ones in the directory that REHEARSAL_CHARTS names.

    Raises:
        SupplyError: the preview fails; why was told before.
        RehearsalError: it cannot be started.
    """
    charts = os.environ.get("REHEARSAL_CHARTS")
    sources = Sources(charts=Path(charts) if charts else None)
    root = stack.project.root
    real = chartset.given(sources.charts) if sources.charts else {}
    notes.print(
        f"Charts: {'those in ' + charts if charts else 'the stand-ins of the rehearsal'}. Name a directory with the "
        "real ones in REHEARSAL_CHARTS to list what these hold.",
        markup=False,
    )
    objects = _previewed(stack, root, sources, notes)
    upstream = None
    if stack.registry:
        notes.print("Again, with images from upstream, to learn what each is called there.", markup=False)
        with tempfile.TemporaryDirectory(prefix="supply-") as directory:
            write_without_mirror(stack, Path(directory))
            upstream = _previewed(stack, Path(directory), sources, notes)
    stand_ins = {path.parent.name: path.parent for path in chartset.stand_ins(root).glob("*/Chart.yaml")}
    hooks = hook_images({**stand_ins, **real}, helm=ensure_tools(console=notes).helm)
    return Rehearsed(objects=objects, upstream=upstream, hooks=hooks)


def _previewed(stack: Stack, project: Path, sources: Sources, notes: Console) -> list[StackObject]:
    # A home of its own: a rehearsal of the user's that stands would make the preview show only what changes.
    with tempfile.TemporaryDirectory(prefix="supply-") as home:
        file = Path(home) / "preview.json"
        commands = Commands(project=project, home=Path(home) / "rehearsals", out=notes, notes=notes)
        if commands.preview(stack.name, sources, file):
            raise SupplyError(f"stack {stack.name}: cannot be previewed, for the reasons above")
        return read_objects(file.read_text(encoding="utf-8"), name=f"the preview of {stack.name}")
