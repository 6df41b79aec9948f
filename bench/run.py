"""Everything that is measured, in one run."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import programs
from bench.kubectl import seconds_to_apply
from bench.subject import Subject
from rehearsal.stackfile import read_project, read_stack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rehearsal.progress import Progress
    from rehearsal.toolchain import Tools

STACK = "local"
FACTORS = (2, 4)
"""Multiples of the stack's runtime namespaces that are measured besides the stack itself."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured; subjects are by name."""

    stack: Subject
    flat: Subject
    empty: Subject
    kubectl: float
    """Seconds that kubectl took for the objects of the stack."""
    objects: int
    """Number of those objects."""
    scaled: Mapping[int, Subject]
    """By multiple of the stack's runtime namespaces, ascending; 1 is the stack itself."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """How to measure: the project, the tools, a directory for everything that is made, and the rounds to take."""

    project: Path
    tools: Tools
    scratch: Path
    progress: Progress
    rounds: int
    factors: Sequence[int] = FACTORS

    def measure(self) -> Measured:
        """Measure, and leave no process running.

        First runs come one after the other, each with no other control plane running. Rounds alternate between the
        programs, so that a change in the load of the machine meets all of them.

        Raises:
            RehearsalError: the engine or kubectl fails, or a run that was to change nothing changes something.
            ControlPlaneError: a control plane does not start.

        """
        context = read_stack(read_project(self.project), STACK).context
        contexts = [context] if context else []
        with ExitStack() as running:
            stack = running.enter_context(self._subject("stack", self.project, STACK))
            stack.start(*contexts)
            stack.first_up()
            state = stack.state()
            definitions, others = programs.objects(state)
            kubectl = seconds_to_apply(
                definitions, others, directory=self.scratch / "kubectl", tools=self.tools, progress=self.progress
            )
            flat_project, empty_project = self.scratch / "flat", self.scratch / "empty"
            programs.write_flat(flat_project, self.project, state)
            programs.write_empty(empty_project, self.project)
            flat = running.enter_context(self._subject("flat", flat_project, flat_project.name))
            flat.start(*contexts)
            flat.first_up()
            empty = running.enter_context(self._subject("empty", empty_project, empty_project.name))
            empty.first_up()
            for _ in range(self.rounds):
                for subject in (stack, flat, empty):
                    subject.round()
        scaled = {1: stack, **{factor: self._scaled(factor, contexts) for factor in self.factors}}
        return Measured(
            stack=stack, flat=flat, empty=empty, kubectl=kubectl, objects=len(definitions + others), scaled=scaled
        )

    def _scaled(self, factor: int, contexts: Sequence[str]) -> Subject:
        project = self.scratch / f"times-{factor}"
        programs.write_scaled(project, self.project, STACK, factor)
        with self._subject(f"stack x{factor}", project, STACK) as subject:
            subject.start(*contexts)
            subject.first_up()
            for _ in range(self.rounds):
                subject.round()
        return subject

    def _subject(self, name: str, project: Path, stack: str) -> Subject:
        home = self.scratch / "homes" / name.replace(" ", "-")
        return Subject(name, project=project, stack=stack, home=home, tools=self.tools, progress=self.progress)
