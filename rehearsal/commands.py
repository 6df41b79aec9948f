"""What the commands do: tools, control plane and engine put together, and told to a person."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal import chartset, network, plugins, report, summary
from rehearsal.controlplane import ControlPlane, custom_resources
from rehearsal.engine import Rehearsal, Result, Sources
from rehearsal.errors import UsageError
from rehearsal.lock import exclusive
from rehearsal.places import BASES, REMOVED, Places, bases, standing
from rehearsal.progress import Progress
from rehearsal.stackfile import read_project, read_stack
from rehearsal.toolchain import ensure_tools

if TYPE_CHECKING:
    from rich.console import Console

    from rehearsal.events import Run
    from rehearsal.toolchain import Tools

WHAT_IT_IS = (
    "A rehearsal: the real Pulumi engine against a real Kubernetes API server on this machine.\n"
    "No container runs and no packet flows, so it cannot show what needs either."
)
PROGRAM = "python -m rehearsal"
OK, FAILED, INTERRUPTED = 0, 1, 130
CHART_LOCK = Path("components/charts.lock.yaml")
STORAGE_CLASS = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
NO_TOOL = Path(os.devnull)
"""Stands for the tools of a control plane that is only looked at or stopped."""


class _NotDoneError(Exception):
    """Makes a progress step end as failed."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.operation)
        self.result = result


def _done(result: Result) -> Result:
    if not result.ok:
        raise _NotDoneError(result)
    return result


@dataclass(frozen=True, kw_only=True)
class Commands:
    """The commands on one project; each returns the exit code. Results go to `out`, everything else to `notes`."""

    project: Path
    home: Path
    """Directory of all rehearsals."""
    out: Console
    notes: Console
    verbose: bool = False
    """Show tracebacks."""

    def up(self, stack: str, sources: Sources) -> int:
        """Make the stack stand."""
        self.notes.print(WHAT_IT_IS, style="dim")
        self._refuse_early(stack, sources)
        rehearsal = self._rehearsal("up", stack, sources)
        with rehearsal.holding():
            rehearsal.prepare()
            plane = self._start_plane(rehearsal)
            result = self._watched(rehearsal, "up")
            if not result.ok:
                return self._failed(
                    result, f"`{PROGRAM} up {stack}` goes on from here, `{PROGRAM} down {stack}` removes all."
                )
            objects = summary.objects(rehearsal.tools.controlplane, rehearsal.kubeconfig)
            resources = rehearsal.export()["deployment"].get("resources", [])
        self.out.print(summary.table(summary.by_namespace(objects, resources)))
        self.out.print()
        for line in report.output_lines(result.outputs):
            self.out.print(line, markup=False, soft_wrap=True)
        self._warn(result)
        self.out.print(report.headline(result), style="bold green", soft_wrap=True)
        self._say(f"API server: {plane.status().server}. Look around: `{PROGRAM} kubectl --stack {stack} get pods -A`")
        self._say(f"Remove it all: `{PROGRAM} down {stack}`")
        return OK

    def preview(self, stack: str, sources: Sources, json_file: Path | None) -> int:
        """Say what `up` would do; what has to be started for that is stopped again."""
        self._refuse_early(stack, sources)
        rehearsal = self._rehearsal("preview", stack, sources)
        plane = self._plane(rehearsal.places, rehearsal.tools)
        fresh = not rehearsal.places.root.exists()
        runs = plane.status().state == "running"
        with rehearsal.holding():
            try:
                rehearsal.prepare()
                self._start_plane(rehearsal)
                arguments = ["--json"] if json_file else ["--color", "always"] if self.out.is_terminal else []
                result = self._watched(rehearsal, "preview", *arguments)
            finally:
                if not runs:
                    plane.stop()
                if fresh:
                    rehearsal.discard()
        if json_file:
            json_file.write_text(result.output)
        elif result.ok:
            self.out.file.write(result.output)
        if not result.ok:
            return self._failed(result, "Nothing was changed.")
        self._warn(result)
        self.notes.print(report.headline(result), style="bold green")
        return OK

    def down(self, stack: str, *, discard: bool) -> int:
        """Destroy what stands and remove everything of the rehearsal."""
        places = Places(home=self.home, stack=stack)
        if stack not in standing(self.home):
            self._say(f"Nothing stands of the stack {stack}.")
            return OK
        if discard:
            self._discard("down --discard", places)
            self._remove_home()
            return OK
        rehearsal = self._rehearsal("down", stack, Sources())
        with rehearsal.holding():
            if rehearsal.stands:
                self._start_plane(rehearsal)
                result = self._watched(rehearsal, "destroy")
                if not result.ok:
                    hint = (
                        f"What is left still stands. `{PROGRAM} down --discard {stack}` removes it without the engine."
                    )
                    return self._failed(result, hint)
                self.notes.print(report.headline(result), style="bold green")
            self._plane(places).stop()
            rehearsal.discard()
        self._remove_home()
        self._say(f"Nothing is left of the rehearsal of {stack}.")
        return OK

    def status(self, stack: str | None) -> int:
        """Tell what stands."""
        names = [name for name in standing(self.home) if stack in {None, name}]
        if not names:
            self.out.print(f"Nothing stands of the stack {stack}." if stack else "No rehearsal stands.", markup=False)
        for name in names:
            places = Places(home=self.home, stack=name)
            status = self._plane(places).status()
            lines = [f"{name}: control plane {status.state}, {places.resources()} resources in the state"]
            if status.state == "stopped":
                lines.append(f"  `{PROGRAM} up {name}` starts it again, `{PROGRAM} down {name}` removes it")
            else:
                pids = ", ".join(f"{part.name} {part.pid}" for part in status.components if part.alive)
                lines += [
                    f"  server      {status.server}",
                    f"  processes   {pids}",
                    f"  kubeconfig  {status.kubeconfig}",
                ]
            self.out.print("\n".join(lines), markup=False, soft_wrap=True)
        return OK

    def kubectl(self, stack: str | None, arguments: list[str]) -> int:
        """Run kubectl against the control plane of the stack, by default the only one that stands."""
        names = standing(self.home)
        if stack is None and len(names) > 1:
            raise UsageError(f"several rehearsals stand, choose one with --stack: {', '.join(names)}")
        chosen = stack or next(iter(names), None)
        if chosen not in names:
            raise UsageError(
                f"nothing stands{f' of the stack {chosen}' if chosen else ''}: start it with `{PROGRAM} up`"
            )
        return self._plane(Places(home=self.home, stack=chosen), ensure_tools(console=self.notes)).kubectl(arguments)

    def clean(self, tool_cache: Path | None) -> int:
        """Stop and remove every rehearsal without the engine, and `tool_cache` when it is given."""
        for name in standing(self.home):
            self._discard("clean", Places(home=self.home, stack=name))
        for home in bases(self.home):
            self._discard_base("clean", home)
        for leftover in [*self.home.glob(f"{REMOVED}*"), *self.home.glob(BASES)]:
            shutil.rmtree(leftover)
        self._remove_home()
        if tool_cache:
            shutil.rmtree(tool_cache, ignore_errors=True)
            self._say(f"Removed the tools in {tool_cache}.")
        return OK

    def _refuse_early(self, stack: str, sources: Sources) -> None:
        """Refuse what cannot work before anything is built or started."""
        read_stack(read_project(self.project), stack)
        if sources.plugins:
            plugins.official(sources.plugins, plugins.wanted())
        if sources.charts:
            chartset.given(sources.charts)
        if sources.official_plugins:
            network.require_plugin_host()
        if sources.upstream_charts:
            network.require_chart_repositories(self.project / CHART_LOCK)

    def _rehearsal(self, command: str, stack: str, sources: Sources) -> Rehearsal:
        tools = ensure_tools(console=self.notes)
        return Rehearsal(
            stack=stack, tools=tools, project=self.project, home=self.home, sources=sources, command=command
        )

    def _plane(self, places: Places, tools: Tools | None = None) -> ControlPlane:
        return ControlPlane(
            places.control_plane,
            controlplane=tools.controlplane if tools else NO_TOOL,
            kwok=tools.kwok if tools else NO_TOOL,
        )

    def _start_plane(self, rehearsal: Rehearsal) -> ControlPlane:
        stack_file = rehearsal.stack_file_copy()
        storage_class = stack_file.storage_class
        plane = ControlPlane(
            rehearsal.places.control_plane,
            controlplane=rehearsal.tools.controlplane,
            kwok=rehearsal.tools.kwok,
            custom_resources=custom_resources(rehearsal.project),
        )
        with Progress(self.notes) as progress, progress.step("control plane"):
            rehearsal.kubeconfig = plane.start(
                contexts=[stack_file.context] if stack_file.context else [],
                # Settings refuse a malformed name, in words of their own.
                storage_classes=[storage_class] if storage_class and STORAGE_CLASS.fullmatch(storage_class) else [],
            )
        return plane

    def _watched(self, rehearsal: Rehearsal, operation: str, *arguments: str) -> Result:
        known = rehearsal.places.resources()
        operations = {"up": rehearsal.up, "preview": rehearsal.preview, "destroy": rehearsal.destroy}
        try:
            with Progress(self.notes) as progress, progress.step(f"{operation} {rehearsal.stack}") as step:
                told = False

                def tick(run: Run, interrupted: object) -> None:
                    nonlocal told
                    if interrupted and not told:
                        told = True
                        progress.say("Stopping: the engine ends what it has begun. Interrupt again to kill it.")
                    step.tick(report.progress_note(run, interrupted=interrupted, known=known))

                rehearsal.on_tick = tick
                return _done(operations[operation](*arguments))
        except _NotDoneError as error:
            return error.result

    def _failed(self, result: Result, hint: str) -> int:
        sys.stdout.flush()
        self.notes.print(report.headline(result), style="bold red")
        if self.verbose or not result.interrupted:
            self.notes.print(report.failure(result, verbose=self.verbose), markup=False)
        if result.log.exists():
            self._say(f"Everything the engine said: {result.log}")
        self._say(hint)
        return INTERRUPTED if result.interrupted else FAILED

    def _discard(self, command: str, places: Places, *, told: bool = True) -> None:
        with exclusive(places.lock, f"{command} {places.stack}"):
            self._plane(places).stop()
            places.remove()
        if told:
            self._say(f"Nothing is left of the rehearsal of {places.stack}.")

    def _discard_base(self, command: str, home: Path) -> None:
        """Remove a rehearsal that working trees are compared with."""
        for name in standing(home):
            self._discard(command, Places(home=home, stack=name), told=False)
        shutil.rmtree(home)

    def _remove_home(self) -> None:
        if self.home.is_dir() and not any(self.home.iterdir()):
            self.home.rmdir()

    def _warn(self, result: Result) -> None:
        for line in report.warnings(result):
            self.notes.print(f"warning: {line}", style="yellow", markup=False, soft_wrap=True)

    def _say(self, line: str) -> None:
        self.notes.print(line, markup=False)
