"""Long-running commands with a log of their own, watched and ended together."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rehearsal.toolchain.errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from rehearsal.progress import Step

_POLL = 0.1
_LOOK_AT_LOG = 1.0
_GRACE = 5.0
_TAIL = 15


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program to run in `directory`; everything it prints goes to the file `log`."""

    purpose: str
    arguments: tuple[str, ...]
    directory: Path
    log: Path


def redacted(text: str) -> str:
    """Return the text without the user name and password of any URL in it."""
    return re.sub(r"(?<=://)[^/@\s]+@", "***@", text)


def run(
    commands: Sequence[Command],
    *,
    environment: Mapping[str, str],
    step: Step,
    lock: int,
    note: Callable[[str], str] = lambda _: "",
) -> None:
    """Run commands side by side until all are done; the first failure, or an interrupt, ends all of them.

    `lock` is a file descriptor that the commands inherit. `note` turns what they have printed so far into a few words.

    Raises:
        ToolchainError: a command could not be started or failed; the message has the last lines and the log's path.
    """
    with ExitStack() as stack:
        processes: dict[Command, subprocess.Popen[bytes]] = {}
        for command in commands:
            processes[command] = _start(command, environment, lock)
            stack.callback(_end, processes[command])
        looked = 0.0
        while running := [process for process in processes.values() if process.poll() is None]:
            _raise_failure(processes)
            if time.monotonic() - looked >= _LOOK_AT_LOG:
                looked = time.monotonic()
                step.tick(note("".join(command.log.read_text(errors="replace") for command in commands)))
            with suppress(subprocess.TimeoutExpired):
                running[0].wait(_POLL)
        _raise_failure(processes)


def _start(command: Command, environment: Mapping[str, str], lock: int) -> subprocess.Popen[bytes]:
    command.log.parent.mkdir(parents=True, exist_ok=True)
    with command.log.open("wb") as log:
        try:
            # A group of its own: an interrupt at the terminal reaches us first, and _end then ends every descendant.
            return subprocess.Popen(
                command.arguments,
                cwd=command.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[lock],
            )
        except OSError as error:
            raise ToolchainError(f"{command.purpose} failed: {command.arguments[0]}: {error.strerror}") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    # What the command started may outlive it.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _raise_failure(processes: Mapping[Command, subprocess.Popen[bytes]]) -> None:
    for command, process in processes.items():
        if process.poll():
            lines = redacted(command.log.read_text(errors="replace")).splitlines()
            reason = f"it was ended by signal {-process.returncode}" if process.returncode < 0 else ""
            if any("signal: killed" in line for line in lines):
                reason = "the system killed a part of it, most likely because memory ran out"
            shown = [f"  {line}" for line in lines[-_TAIL:]]
            head = f"{command.purpose} failed" + (f": {reason}" if reason else "")
            raise ToolchainError("\n".join([f"{head}. The end of its output:", *shown, f"All of it: {command.log}"]))
