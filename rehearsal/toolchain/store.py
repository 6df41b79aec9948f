"""The cache of built tools: complete directories named by a key, made one at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from rehearsal.progress import Progress

_POLL = 0.2
_TEMPORARY = "tmp-"
_KEPT_UNUSED = 30 * 24 * 3600


def cache_home(environment: Mapping[str, str]) -> Path:
    """Return the user's cache directory as the XDG base directory specification has it (a relative one is ignored)."""
    named = Path(environment.get("XDG_CACHE_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".cache"


def tool_cache(environment: Mapping[str, str]) -> Path:
    """Return the directory of the tools that were built for this user."""
    return cache_home(environment) / "seldon-platform" / "tools"


@dataclass(frozen=True, kw_only=True)
class Store:
    """The directory `root`: entries `<name>-<key>`, `logs`, `lock`, and `tmp-*` while something is made."""

    root: Path

    @property
    def logs(self) -> Path:
        """Where builds write what they print."""
        return self.root / "logs"

    def entry(self, name: str, key: str) -> Path:
        """Return where the result with this key is, or will be."""
        return self.root / f"{name}-{key}"

    @contextmanager
    def locked(self, progress: Progress) -> Generator[int, None, None]:
        """Hold the store's lock, after a wait that is shown; give its file descriptor.

        A child that inherits the descriptor keeps the store locked for as long as it lives, so that a build whose
        parent was killed cannot meet the next one.
        """
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.root / "lock").open("a+") as handle:
            if not _acquired(handle.fileno()):
                handle.seek(0)
                owner = handle.read().strip() or "unknown"
                with progress.step(f"waiting for the set-up of the tools that process {owner} started") as step:
                    while not _acquired(handle.fileno()):
                        step.tick()
                        time.sleep(_POLL)
            handle.truncate(0)
            handle.write(f"{os.getpid()}\n")
            handle.flush()
            yield handle.fileno()

    def clean(self) -> None:
        """Remove what interrupted runs left, and entries that nobody has used for a month. Needs the lock."""
        for path in self.root.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(path)
        for path in self.root.glob("*-*"):
            if time.time() - path.stat().st_mtime > _KEPT_UNUSED:
                shutil.rmtree(path)

    @contextmanager
    def making(self, entry: Path) -> Generator[Path, None, None]:
        """Give an empty directory that becomes `entry` if the block succeeds, and is removed if not. Needs the lock."""
        temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=self.root))
        try:
            yield temporary
            if entry.exists():
                entry.rename(temporary.with_name(f"{temporary.name}-old"))
            temporary.rename(entry)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.rmtree(temporary.with_name(f"{temporary.name}-old"), ignore_errors=True)

    @contextmanager
    def scratch(self) -> Generator[Path, None, None]:
        """Give a directory for temporary files, removed in the end. Needs the lock."""
        with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=self.root) as directory:
            yield Path(directory)


def settle(files: Iterable[Path]) -> None:
    """Make files executable and write them through to the disk, so that a power cut leaves no half file."""
    for path in files:
        path.chmod(0o755)
        with path.open("rb") as handle:
            os.fsync(handle.fileno())


def complete(entry: Path, executables: Iterable[str]) -> bool:
    """Say whether an entry has all its executables."""
    return all(os.access(entry / name, os.X_OK) and (entry / name).is_file() for name in executables)


def mark_used(entry: Path) -> None:
    """Note that an entry, if it is there, is in use (`clean` keeps it then), where that can be written."""
    with suppress(OSError):
        os.utime(entry)


def _acquired(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
