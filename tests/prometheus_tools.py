"""Finds promtool and amtool, which judge rules and routes, or takes them out of Debian packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


class ToolMissingError(Exception):
    """There is no such tool and no way to get one; the message says what to install."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program of a Debian package."""

    name: str
    package: str
    needed: str
    """What for, and which version."""

    @property
    def how_to_install(self) -> str:
        """Say what whoever lacks it can do."""
        return (
            f"{self.name} is needed to test {self.needed}. Install the Debian package `{self.package}`, "
            f"or put a {self.name} on PATH"
        )


PROMTOOL = Tool(name="promtool", package="prometheus", needed="the rules of Prometheus 2.42 or newer")
AMTOOL = Tool(name="amtool", package="prometheus-alertmanager", needed="the routes of Alertmanager 0.25 or newer")


def _cached(tool: Tool) -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "seldon-platform" / tool.name


def _run(*command: str, cwd: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)


def _download(tool: Tool, directory: str) -> None:
    """Put the package into a directory; an image without package lists needs them first, which only root can do."""
    download = ("apt-get", "download", tool.package)
    result = _run(*download, cwd=directory)
    if result.returncode and os.geteuid() == 0:
        _run("apt-get", "update", cwd=directory)
        result = _run(*download, cwd=directory)
    if result.returncode:
        raise ToolMissingError(f"{tool.how_to_install}. `{' '.join(download)}` said: {result.stderr.strip()}")


def _fetch(tool: Tool, target: Path) -> None:
    missing = [program for program in ("apt-get", "dpkg") if not shutil.which(program)]
    if missing:
        raise ToolMissingError(f"{tool.how_to_install}. It cannot be fetched here: no {' and no '.join(missing)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        _download(tool, directory)
        (package,) = Path(directory).glob("*.deb")
        unpacked = _run("dpkg", "-x", package.name, "unpacked", cwd=directory)
        if unpacked.returncode:
            raise ToolMissingError(f"{tool.how_to_install}. `dpkg -x {package.name}` said: {unpacked.stderr.strip()}")
        # The directory is on the same file system, so another run sees either no tool or a whole one.
        (Path(directory) / "unpacked/usr/bin" / tool.name).replace(target)


def find(tool: Tool) -> Path:
    """Return the path of a tool: from PATH, from the cache, or else fetched into the cache.

    Raises:
        ToolMissingError: there is none and it cannot be fetched.
    """
    on_path = shutil.which(tool.name)
    if on_path:
        return Path(on_path)
    cached = _cached(tool)
    if not cached.is_file():
        _fetch(tool, cached)
    return cached
