"""The real Pulumi engine on a stack's rehearsal: up, preview, destroy, refresh, export."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rehearsal import chartset, plugins, process
from rehearsal.environment import WITHOUT_CHECKPOINTS, engine_environment
from rehearsal.errors import RehearsalError
from rehearsal.lock import exclusive
from rehearsal.placeholders import Placeholders
from rehearsal.places import Places, project_root, rehearsal_home
from rehearsal.policies import policy_arguments
from rehearsal.stackfile import StackFile, read_project, read_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from rehearsal.events import Diagnostic, ResourceEvent, Run
    from rehearsal.toolchain import Tools

CHANGED = "-changed"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What an operation of the engine did."""

    operation: str
    ok: bool
    interrupted: bool
    seconds: float
    summary: Mapping[str, int]
    """Number of resources by what was done to them (`create`, `update`, `same`, ...); empty if it did not get there."""
    events: Sequence[ResourceEvent]
    """Each operation on a resource as it began and ended, in that order."""
    diagnostics: Sequence[Diagnostic]
    """Everything the engine, the program and the providers said."""
    errors: Sequence[Diagnostic]
    """Those of them that explain a failure."""
    outputs: Mapping[str, Any]
    """Outputs of the stack; secrets read `[secret]`."""
    output: str
    """What the CLI printed."""
    stderr: str
    """What the CLI printed on standard error, such as why it did not start the operation."""
    log: Path
    """File with both; the next run of the operation writes it anew."""

    @property
    def changed(self) -> int:
        """Number of resources that were changed, or would be by a preview."""
        return sum(count for operation, count in self.summary.items() if operation not in {"same", "read", "refresh"})


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where plugins and charts come from."""

    plugins: Path | None = None
    """Directory of official plugin binaries that take the place of stand-ins (REHEARSAL_PLUGINS)."""
    official_plugins: bool = False
    """Have the CLI download the official plugins."""
    charts: Path | None = None
    """Directory of real charts that take the place of stand-ins (REHEARSAL_CHARTS)."""
    upstream_charts: bool = False
    """Leave the source of charts as the stack file says."""


@dataclass(kw_only=True)
class Rehearsal:
    """A stack on the real engine, with everything that it makes in a directory of its own.

    The Kubernetes API server is not this object's business: `kubeconfig` says where it is. Each operation takes the
    rehearsal's lock (`holding` keeps it over several), repairs what a killed run left, and raises RehearsalError when
    it cannot be started; an operation that was started and failed is a Result that is not `ok`.
    """

    stack: str
    tools: Tools
    kubeconfig: Path = Path(os.devnull)
    """Kubeconfig that the program and its providers see."""
    project: Path = field(default_factory=project_root)
    """Directory of Pulumi.yaml."""
    home: Path | None = None
    """Directory of all rehearsals; `REHEARSAL_HOME` or `.rehearsal` in the project by default."""
    sources: Sources = Sources()
    changed_secrets: frozenset[str] = frozenset()
    """Where the secrets are whose placeholders must not be what they were."""
    record: Path | None = None
    """File for what the engine says of each resource during an operation, one event a line."""
    on_tick: Callable[[Run, bool], None] | None = None
    """Called while an operation runs, with what was said so far and whether it is to stop."""
    checkpoints: bool = True
    """Whether the engine writes the whole state at each step. Without, it is three times as quick, and a run that is
    killed forgets what it made."""
    command: str = "library"
    """Name of the command, for those who find the rehearsal locked."""

    def __post_init__(self) -> None:
        self.project = self.project.absolute()
        home = self.home or rehearsal_home(self.project)
        self.places = Places(home=home.absolute(), stack=self.stack)
        self._lock: int | None = None
        self._plugins_ready = False

    @property
    def stands(self) -> bool:
        """Whether an operation was begun that left something for `destroy`."""
        return self.places.stack_file.exists() and bool(self.places.resources())

    @contextlib.contextmanager
    def holding(self) -> Generator[None]:
        """Keep the lock of the rehearsal while the block runs.

        Raises:
            RehearsalError: another command holds it.

        """
        if self._lock is not None:
            yield
            return
        with exclusive(self.places.lock, f"{self.command} {self.stack}") as descriptor:
            self.places.make()
            self._lock = descriptor
            try:
                yield
            finally:
                self._lock = None

    def stack_file(self) -> StackFile:
        """Read the stack file.

        Raises:
            RehearsalError: there is no such stack, or the file cannot be used.

        """
        return read_stack(read_project(self.project), self.stack)

    def stack_file_copy(self) -> StackFile:
        """Read the copy that the engine was last given.

        Raises:
            RehearsalError: there is none.

        """
        return read_stack(read_project(self.project), self.stack, copy=self.places.stack_file)

    def prepare(self) -> None:
        """Write the copy of the stack file, the plugins and the charts that the next operation uses.

        Raises:
            RehearsalError: the stack file, a source of plugins or charts, or the network is not usable.

        """
        with self.holding():
            stack_file = self.stack_file()
            self._put_plugins()
            real = chartset.given(self.sources.charts) if self.sources.charts else {}
            chartset.compose(self.places.charts, stand_ins=chartset.stand_ins(self.project), real=real)
            book = Placeholders(directory=self.places.placeholders, project=stack_file.project.name, stack=self.stack)
            names = {label: f"{label}{CHANGED * (label in self.changed_secrets)}" for label in stack_file.secrets}
            salt, known = book.encrypt([*names.values()], partial(self._cli, directory=book.directory))
            ciphertexts = {label: known[name] for label, name in names.items()}
            charts = None if self.sources.upstream_charts else self.places.charts
            self.places.stack_file.write_text(stack_file.copy(salt=salt, ciphertexts=ciphertexts, charts=charts))

    def up(self, *arguments: str) -> Result:
        """Make the resources what the program says they are."""
        with self.holding():
            self.prepare()
            return self._operate("up", "--yes", "--skip-preview", *self._policies(), *arguments)

    def preview(self, *arguments: str) -> Result:
        """Say what `up` would do; `output` is the engine's diff, or JSON with `--json`."""
        with self.holding():
            self.prepare()
            return self._operate("preview", "--diff", *self._policies(), *arguments)

    def destroy(self, *arguments: str) -> Result:
        """Delete every resource, protected or not: what is rehearsed is thrown away.

        The stack file is the copy of the last operation, so that one that has gone or is broken is no obstacle.
        """
        return self._operate("destroy", "--yes", "--skip-preview", "--ignore-protect", *arguments)

    def refresh(self, *arguments: str) -> Result:
        """Make the state what really stands."""
        return self._operate("refresh", "--yes", "--skip-preview", *arguments)

    def export(self, *arguments: str) -> dict[str, Any]:
        """Return the state (`pulumi stack export`); secrets are encrypted, unless `--show-secrets` says otherwise.

        Raises:
            RehearsalError: there is no state.

        """
        with self.holding():
            return cast("dict[str, Any]", json.loads(self._cli("stack", "export", "--stack", self.stack, *arguments)))

    def load(self, state: dict[str, Any]) -> None:
        """Make a state what stands for the engine (`pulumi stack import`); nothing else changes.

        Raises:
            RehearsalError: the engine does not take it.

        """
        with self.holding():
            path = self.places.placeholders / "state.json"
            path.touch(mode=0o600)
            path.write_text(json.dumps(state))
            try:
                self._cli("stack", "import", "--stack", self.stack, "--file", str(path), directory=path.parent)
            finally:
                path.unlink()

    def _policies(self) -> list[str]:
        return policy_arguments(self.project, self.places.root / "policy-pack")

    def _operate(self, operation: str, *arguments: str) -> Result:
        with self.holding():
            self._put_plugins()
            self._repair()
            return self._run(operation, *arguments)

    def _run(self, operation: str, *arguments: str) -> Result:
        ended = process.run(
            self._command(
                operation,
                "--stack",
                self.stack,
                "--config-file",
                str(self.places.stack_file),
                "--color",
                "never",
                "--skip-plugin-pre-install",
                *arguments,
            ),
            follow=True,
            on_tick=self.on_tick,
            record=self.record,
        )
        log = self.places.logs / f"{operation}.log"
        log.write_text(f"{ended.output}{ended.errors}")
        return Result(
            operation=operation,
            ok=ended.code == 0,
            interrupted=ended.interrupted,
            seconds=ended.seconds,
            summary=ended.run.summary,
            events=tuple(ended.run.resources),
            diagnostics=tuple(ended.run.diagnostics),
            errors=tuple(ended.run.errors()),
            outputs=ended.run.outputs,
            output=ended.output,
            stderr=ended.errors,
            log=log,
        )

    def _command(self, *arguments: str, directory: Path | None = None) -> process.Command:
        return process.Command(
            arguments=[str(self.tools.pulumi), *arguments, "--non-interactive"],
            directory=directory or self.project,
            environment={
                **engine_environment(
                    places=self.places, tools=self.tools, kubeconfig=self.kubeconfig, outer=os.environ
                ),
                **({} if self.checkpoints else WITHOUT_CHECKPOINTS),
                # The packages of this very project, which need not be the one that is installed in the environment.
                "PYTHONPATH": str(self.project),
            },
            lock=self._lock,
        )

    def _cli(self, *arguments: str, directory: Path | None = None) -> str:
        """Run a command of the CLI that is no operation, and return what it printed."""
        ended = process.run(self._command(*arguments, directory=directory), follow=False)
        if ended.interrupted:
            raise KeyboardInterrupt
        if ended.code:
            lines = (ended.errors or ended.output).strip().splitlines()
            # What comes before an error is progress and attempts.
            reasons = [line for line in lines if line.startswith("error:")] or lines
            raise RehearsalError(f"`pulumi {' '.join(arguments[:2])}` failed:\n" + "\n".join(reasons))
        return ended.output

    def _put_plugins(self) -> None:
        wanted = plugins.wanted()
        if self._plugins_ready:
            return
        self._plugins_ready = True
        if self.sources.official_plugins:
            plugins.remove(self.places.pulumi_home, wanted)
            for plugin in wanted:
                self._download(plugin)
            return
        binaries = plugins.official(self.sources.plugins, wanted) if self.sources.plugins else {}
        plugins.install(self.places.pulumi_home, wanted, binaries)

    def _download(self, plugin: plugins.Plugin) -> None:
        try:
            self._cli("plugin", "install", "resource", plugin.name, f"v{plugin.version}")
        except RehearsalError as error:
            raise RehearsalError(
                f"the official plugin {plugin.name} v{plugin.version} could not be downloaded. Leave the option out to "
                f"use the stand-in, or name a directory that holds the plugin in REHEARSAL_PLUGINS.\n{error}"
            ) from error

    def _repair(self) -> None:
        """Undo what a killed engine left behind: its lock, and creations that nobody knows the end of."""
        if not any(
            path.is_file() and path.suffix == ".json" for path in self.places.backend.glob(".pulumi/locks/**/*")
        ):
            return
        self._cli("cancel", "--yes", "--stack", self.stack)
        if self.export().get("deployment", {}).get("pending_operations"):
            result = self._run("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
            if not result.ok:
                reasons = "\n".join(note.brief for note in result.errors) or result.stderr
                raise RehearsalError(f"the state that a killed run left cannot be refreshed:\n{reasons}")

    def discard(self) -> None:
        """Remove everything of this rehearsal without asking the engine."""
        with self.holding():
            self.places.remove()
