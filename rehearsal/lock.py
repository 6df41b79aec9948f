"""One command at a time works on a rehearsal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

PATIENCE = 2.0
"""Seconds to wait for the lock: what a killed command started needs a moment to go."""


@contextlib.contextmanager
def exclusive(path: Path, command: str) -> Generator[int]:
    """Hold the lock file `path` while the block runs, and yield its descriptor.

    Processes that inherit the descriptor share the lock, and it is free once the last of them has gone: a free lock
    proves that nothing of an earlier command is still alive. The holder may remove the file and its directory.

    Raises:
        RehearsalError: another command holds it.

    """
    deadline = time.monotonic() + PATIENCE
    while True:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 200).decode(errors="replace").strip() or "another command"
            os.close(descriptor)
            if time.monotonic() < deadline:
                time.sleep(PATIENCE / 20)
                continue
            raise RehearsalError(
                f"{holder} is at work on this rehearsal: wait for it to end, or end it first"
            ) from None
        if _is_still(path, descriptor):
            break
        os.close(descriptor)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"`rehearsal {command}` (process {os.getpid()})\n".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether `path` names the file that `descriptor` is open on: its holder may have removed it while we waited."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
