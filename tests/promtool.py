"""Finds promtool, the rule checker of Prometheus, or takes it out of the Debian package without installing that."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HOW_TO_INSTALL = (
    "promtool is needed to test the Prometheus rules. Install the Debian package `prometheus`, or put a promtool of "
    "Prometheus 2.42 or newer on PATH"
)


class PromtoolMissingError(Exception):
    """There is no promtool and no way to get one; the message says what to install."""


def _cached() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "seldon-platform" / "promtool"


def _run(*command: str, cwd: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)


def _download(directory: str) -> None:
    """Put the package into a directory; an image without package lists needs them first, which only root can do."""
    download = ("apt-get", "download", "prometheus")
    result = _run(*download, cwd=directory)
    if result.returncode and os.geteuid() == 0:
        _run("apt-get", "update", cwd=directory)
        result = _run(*download, cwd=directory)
    if result.returncode:
        raise PromtoolMissingError(f"{HOW_TO_INSTALL}. `apt-get download prometheus` said: {result.stderr.strip()}")


def _fetch(target: Path) -> None:
    missing = [tool for tool in ("apt-get", "dpkg") if not shutil.which(tool)]
    if missing:
        raise PromtoolMissingError(f"{HOW_TO_INSTALL}. It cannot be fetched here: no {' and no '.join(missing)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        _download(directory)
        (package,) = Path(directory).glob("*.deb")
        unpacked = _run("dpkg", "-x", package.name, "unpacked", cwd=directory)
        if unpacked.returncode:
            raise PromtoolMissingError(f"{HOW_TO_INSTALL}. `dpkg -x {package.name}` said: {unpacked.stderr.strip()}")
        # The directory is on the same file system, so another run sees either no promtool or a whole one.
        (Path(directory) / "unpacked/usr/bin/promtool").replace(target)


def promtool() -> Path:
    """Return the path of promtool: from PATH, from the cache, or else fetched into the cache.

    Raises:
        PromtoolMissingError: there is none and it cannot be fetched.
    """
    on_path = shutil.which("promtool")
    if on_path:
        return Path(on_path)
    cached = _cached()
    if not cached.is_file():
        _fetch(cached)
    return cached
