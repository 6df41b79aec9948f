"""Progress as it is shown without a terminal and on one."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import pytest
from rich.console import Console

from rehearsal.progress import Progress, spoken


@dataclass
class Clock:
    """A clock that is set by hand, in seconds."""

    now: float = 100.0


def plain() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=False, width=20), text


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59.4, "59 s"), (59.9, "1 min 00 s"), (187, "3 min 07 s")]
)
def test_durations_are_spoken(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


def test_without_a_terminal_a_step_has_a_start_an_end_and_a_heartbeat() -> None:
    console, text = plain()
    clock = Clock()
    with Progress(console, clock=lambda: clock.now) as progress, progress.step("controlplane") as step:
        for _ in range(130):
            clock.now += 0.5
            step.tick("412 packages compiled")
    assert text.getvalue().splitlines() == [
        "controlplane: started",
        "controlplane: 30 s, 412 packages compiled",
        "controlplane: 1 min 00 s, 412 packages compiled",
        "controlplane: done after 1 min 05 s",
    ]


def test_a_failed_step_is_not_called_done() -> None:
    console, text = plain()
    with pytest.raises(ValueError, match="broken"), Progress(console) as progress, progress.step("helm"):
        raise ValueError("broken")
    assert text.getvalue().splitlines() == ["helm: started", "helm: failed after 0 s"]


def test_a_terminal_gets_a_live_row_with_the_outcome() -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=100, color_system=None)
    with Progress(console) as progress:
        with progress.step("kwok") as step:
            step.tick("3 packages compiled")
        with pytest.raises(ValueError, match="broken"), progress.step("helm"):
            raise ValueError("broken")
    assert re.search(r"kwok +done", text.getvalue())
    assert re.search(r"helm +failed", text.getvalue())
    assert not re.search(r"helm +done", text.getvalue())
