"""Progress of long work: a live table on a terminal, plain lines (start, heartbeat, end) everywhere else."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import progress as rich_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType

    from rich.console import Console
    from typing_extensions import Self

HEARTBEAT = 30.0
"""Seconds between two signs of life of one step where there is no terminal."""


def spoken(seconds: float) -> str:
    """Return a duration as people say it: `4 s`, `3 min 07 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class Step:
    """One piece of work under way. Whoever does the work calls `tick` at least every few seconds."""

    def __init__(self, name: str, report: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._name = name
        self._report = report
        self._clock = clock
        self._started = self._spoke = clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the step began."""
        return self._clock() - self._started

    def tick(self, note: str = "") -> None:
        """Show that the work goes on; `note` says how far it is."""
        if self._clock() - self._spoke >= HEARTBEAT:
            self._spoke = self._clock()
            self._report(f"{self._name}: {', '.join(filter(None, [spoken(self.elapsed), note]))}")


class _LiveStep(Step):
    """A step drawn as one row of a live table."""

    def __init__(self, name: str, live: rich_progress.Progress, clock: Callable[[], float]) -> None:
        super().__init__(name, lambda _: None, clock)
        self._live = live
        self.row = live.add_task(name, total=1, note="")

    def tick(self, note: str = "") -> None:
        self._live.update(self.row, note=note)


class Progress:
    """The steps of one long piece of work; a context manager."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._live: rich_progress.Progress | None = None
        if console.is_terminal:
            self._live = rich_progress.Progress(
                rich_progress.SpinnerColumn(finished_text="•"),
                rich_progress.TextColumn("{task.description}"),
                rich_progress.TextColumn("[dim]{task.fields[note]}"),
                rich_progress.TimeElapsedColumn(),
                console=console,
            )

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def say(self, line: str) -> None:
        """Print one line as it is, above the live table if there is one."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, name: str) -> Generator[Step, None, None]:
        """Run one step; its end is shown as done, or as failed when an exception leaves the block."""
        if self._live:
            live_step = _LiveStep(name, self._live, self._clock)
            outcome = "[red]failed"
            try:
                yield live_step
                outcome = "done"
            finally:
                self._live.update(live_step.row, completed=1, note=outcome)
            return
        self.say(f"{name}: started")
        plain_step = Step(name, self.say, self._clock)
        outcome = "failed"
        try:
            yield plain_step
            outcome = "done"
        finally:
            self.say(f"{name}: {outcome} after {spoken(plain_step.elapsed)}")
