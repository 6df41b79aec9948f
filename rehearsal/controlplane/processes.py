"""Processes that outlive the command that starts them, and records by which later commands recognise them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from rehearsal.controlplane.files import write_private

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from types import FrameType

_POLL_SECONDS = 0.02
_KILL_SECONDS = 5.0
_DEFERRED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, kw_only=True)
class Process:
    """A started process: born is a mark of its birth, which a recycled pid does not share; since is ISO 8601.

    pid and born alone make a record, so that a process of another version of this project is recognised and ended.
    """

    pid: int
    born: str
    since: str = ""
    command: list[str] = field(default_factory=list[str])


def birth(pid: int) -> str | None:
    """Return the mark of the birth of the process, None when it is not alive (a zombie is not)."""
    if sys.platform == "linux":
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # The name in parentheses may hold anything; state is field 3 and start time field 22: proc_pid_stat(5).
        fields = text.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"
    listing = subprocess.run(
        ["/bin/ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(maxsplit=1)
    return None if not listing or listing[0].startswith("Z") else listing[1].strip()


def alive(process: Process) -> bool:
    """Tell whether this very process still runs."""
    # A child of this process stays a zombie until it is waited for.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    return birth(process.pid) == process.born


def spawn(command: Sequence[str], *, environment: Mapping[str, str], log: Path, record: Path) -> Process:
    """Start the command in a session of its own, its output going to log, and write down who it is in record.

    Raises OSError when the program cannot be executed.
    """
    with deferred_signals():
        pid = os.posix_spawn(
            command[0],
            [*command],
            dict(environment),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
            setsigdef=[*_DEFERRED, signal.SIGPIPE],
        )
        process = Process(
            pid=pid,
            born=birth(pid) or "never",
            since=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            command=[*command],
        )
        write_private(record, json.dumps(asdict(process)).encode())
    return process


def recorded(record: Path) -> Process | None:
    """Read a record; None when it is missing or not one of ours."""
    try:
        return TypeAdapter(Process).validate_json(record.read_bytes(), strict=True)
    except (FileNotFoundError, ValidationError):
        return None


def terminate(processes: Iterable[Process], *, grace_seconds: float) -> list[Process]:
    """End the processes together: SIGTERM, then SIGKILL to those that still run after the grace period.

    Returns those that run even so.
    """
    remaining = list(processes)
    for sign, seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, _KILL_SECONDS)):
        remaining = [process for process in remaining if alive(process)]
        for process in remaining:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, sign)
        deadline = time.monotonic() + seconds
        while any(alive(process) for process in remaining) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
    return [process for process in remaining if alive(process)]


@contextlib.contextmanager
def deferred_signals() -> Generator[None]:
    """Hold back Ctrl-C and termination while the block runs, and let them act after it (main thread only)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        caught.append(number)

    previous = {number: signal.signal(number, remember) for number in _DEFERRED}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        if caught:
            signal.raise_signal(caught[0])


@contextlib.contextmanager
def termination_raises() -> Generator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit while the block runs, so that it can clean up (main thread only)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    numbers = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
