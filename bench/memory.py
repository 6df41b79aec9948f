"""Peak memory of the engine with its program and providers, sampled from /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path

from rehearsal import leash

PROC = Path("/proc")
INTERVAL = 0.25
"""Shortest time between two samples, in seconds."""


class PeakMemory:
    """Largest resident memory, in bytes, of all processes of an engine run together; 0 where there is no /proc.

    Resident memory counts pages that processes share once for each of them, so this is an upper bound.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._sampled = 0.0

    def sample(self) -> None:
        """Look at what runs now, unless that was done less than `INTERVAL` ago."""
        if time.monotonic() - self._sampled < INTERVAL or not PROC.is_dir():
            return
        self._sampled = time.monotonic()
        processes = leash.process_ids()
        sessions = {process for process in processes if _is_leash(process)}
        self.bytes = max(self.bytes, sum(_resident(process) for process in processes if _session(process) in sessions))


def _is_leash(process: int) -> bool:
    """Tell whether the process is a child of this one that leads the session of an engine."""
    try:
        command = (PROC / str(process) / "cmdline").read_bytes()
        parent = int((PROC / str(process) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return False
    return parent == os.getpid() and leash.__file__.encode() in command


def _session(process: int) -> int | None:
    try:
        return os.getsid(process)
    except OSError:
        return None


def _resident(process: int) -> int:
    try:
        return int((PROC / str(process) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
