"""One program under measurement: its engine, its control plane and what was measured."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any, cast

from bench.memory import PeakMemory
from rehearsal import process
from rehearsal.controlplane import ControlPlane
from rehearsal.engine import Rehearsal, Result
from rehearsal.environment import engine_environment
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

    from rehearsal.progress import Progress
    from rehearsal.toolchain import Tools


class Subject:
    """A stack on the real engine in a directory of its own; a context manager that leaves nothing running."""

    def __init__(self, name: str, *, project: Path, stack: str, home: Path, tools: Tools, progress: Progress) -> None:
        self.name = name
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        """Durations of each operation (`first up`, `preview`, `no-op up`) in the order of the runs."""
        self.resources = 0
        """Resources that the engine manages, the stack itself included."""
        self.memory = PeakMemory()
        self._progress = progress
        self._rehearsal = Rehearsal(stack=stack, tools=tools, project=project, home=home, command="bench")
        self._plane: ControlPlane | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *contexts: str) -> None:
        """Start a control plane for the program."""
        tools = self._rehearsal.tools
        self._plane = ControlPlane(
            self._rehearsal.places.control_plane, controlplane=tools.controlplane, kwok=tools.kwok
        )
        self._rehearsal.places.make()
        with self._progress.step(f"{self.name}: control plane"):
            self._rehearsal.kubeconfig = self._plane.start(contexts=contexts)

    def stop(self) -> None:
        """Stop the control plane and remove everything of the rehearsal."""
        if self._plane:
            self._plane.stop()
        if self._rehearsal.places.root.exists():
            self._rehearsal.discard()

    def first_up(self) -> None:
        """Make the resources.

        Raises:
            RehearsalError: the engine fails.

        """
        result = self._measure("first up", "up")
        self.resources = sum(result.summary.values())

    def round(self) -> None:
        """Measure a preview and an `up` that have nothing to do.

        Raises:
            RehearsalError: the engine fails, or would change something.

        """
        for label, operation in (("preview", "preview"), ("no-op up", "up")):
            result = self._measure(label, operation)
            if result.changed:
                raise RehearsalError(f"{self.name}: {label} was to change nothing, and changes {dict(result.summary)}")

    def median(self, label: str) -> float:
        """Return the median duration of an operation, in seconds."""
        return median(self.seconds[label])

    def state(self) -> dict[str, Any]:
        """Return the exported state with plain secrets, all of which are placeholders.

        Raises:
            RehearsalError: the state cannot be exported.

        """
        rehearsal = self._rehearsal
        ended = process.run(
            process.Command(
                arguments=[
                    str(rehearsal.tools.pulumi),
                    *("stack", "export", "--show-secrets", "--non-interactive", "--stack", rehearsal.stack),
                ],
                directory=rehearsal.project,
                environment=engine_environment(
                    places=rehearsal.places, tools=rehearsal.tools, kubeconfig=rehearsal.kubeconfig, outer=os.environ
                ),
            ),
            follow=False,
        )
        if ended.interrupted:
            raise KeyboardInterrupt
        if ended.code:
            raise RehearsalError(f"{self.name}: the state cannot be exported: {ended.errors.strip()}")
        return cast("dict[str, Any]", json.loads(ended.output))

    def _measure(self, label: str, operation: str) -> Result:
        with self._progress.step(f"{self.name}: {label}") as step:

            def tick(_run: object, _interrupted: object) -> None:
                step.tick()
                self.memory.sample()

            self._rehearsal.on_tick = tick
            result = self._rehearsal.preview() if operation == "preview" else self._rehearsal.up()
            if result.interrupted:
                raise KeyboardInterrupt
            if not result.ok:
                reasons = "\n".join(note.brief for note in result.errors) or result.stderr
                raise RehearsalError(f"{self.name}: {label} failed:\n{reasons}")
        self.seconds[label].append(result.seconds)
        return result
