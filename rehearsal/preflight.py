"""What a machine must have before a long set-up starts: room, memory and the right to write."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MB = 1_000_000
_GB = 1_000_000_000
_MEMINFO = Path("/proc/meminfo")
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, kw_only=True)
class Volume:
    """One file system and what is asked of it; sizes in bytes."""

    paths: tuple[Path, ...]
    needed: int
    free: int


def unwritable(directory: Path) -> str | None:
    """Say why nothing can be written to `directory` (made if it is not there), or None when it can."""
    if not directory.is_absolute():
        return f"{str(directory)!r} is not an absolute path"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return None
    except OSError as error:
        return f"{directory} cannot be written to: {error.strerror or error}"


def _existing(path: Path) -> Path:
    return next(candidate for candidate in (path, *path.parents) if candidate.exists())


def free_space(path: Path) -> int:
    """Return the bytes that the user may still write to the file system of an existing path."""
    return shutil.disk_usage(path).free


def volumes(needs: Iterable[tuple[Path, int]], *, free: Callable[[Path], int] | None = None) -> list[Volume]:
    """Group what absolute paths need (bytes) by the file system they are, or will be, on.

    `free` returns the free bytes at an existing path; `free_space` by default.
    """
    free = free or free_space
    devices: dict[int, list[tuple[Path, int]]] = {}
    for path, needed in needs:
        devices.setdefault(_existing(path).stat().st_dev, []).append((path, needed))
    return [
        Volume(
            paths=tuple(path for path, _ in on_device),
            needed=sum(needed for _, needed in on_device),
            free=free(_existing(on_device[0][0])),
        )
        for on_device in devices.values()
    ]


def available_memory(*, meminfo: Path = _MEMINFO, limit: Path = _CGROUP_LIMIT) -> int | None:
    """Return the bytes that a new program can have, or None where the system does not tell (not Linux).

    Swap counts; the limit of the control group (version 2) is respected.
    """
    try:
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        machine = sum(int(lines[name].split()[0]) * 1024 for name in ("MemAvailable", "SwapFree"))
    except (OSError, KeyError, ValueError):
        return None
    try:
        return min(machine, int(limit.read_text()))
    except (OSError, ValueError):
        return machine


def size(count: int) -> str:
    """Return a number of bytes as people read it: `512 MB`, `9.7 GB`."""
    return f"{count / _GB:.1f} GB" if count >= _GB else f"{count / _MB:.0f} MB"


def space_problems(found: Iterable[Volume]) -> list[str]:
    """Name each file system with too little room."""
    return [
        f"not enough disk: {size(volume.needed)} needed, {size(volume.free)} free on the file system of "
        + ", ".join(str(path) for path in volume.paths)
        for volume in found
        if volume.free < volume.needed
    ]


def memory_problems(needed: int, available: int | None) -> list[str]:
    """Say that memory is short; nothing is said where the amount is unknown."""
    if available is None or available >= needed:
        return []
    return [f"not enough memory: {size(needed)} needed, {size(available)} available"]
