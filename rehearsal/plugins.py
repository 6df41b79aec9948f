"""Puts the provider plugins where the engine looks for them: stand-ins of this package, or official binaries."""

from __future__ import annotations

import importlib.metadata
import shlex
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rehearsal.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

STAND_INS = ("kubernetes", "random")
"""Providers that have a stand-in, `rehearsal.providers.<name>`."""


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A provider plugin in the version that the installed SDK asks for."""

    name: str
    version: str

    @property
    def directory(self) -> str:
        """Name of its directory in the plugin cache."""
        return f"resource-{self.name}-v{self.version}"

    @property
    def binary(self) -> str:
        """Name of its executable."""
        return f"pulumi-resource-{self.name}"


def wanted(names: Iterable[str] = STAND_INS) -> list[Plugin]:
    """Return the plugins of `names` in the versions of the installed SDK packages, which are those of the plugins."""
    return [Plugin(name=name, version=importlib.metadata.version(f"pulumi_{name}")) for name in names]


def official(directory: Path, plugins: Iterable[Plugin]) -> dict[Plugin, Path]:
    """Return which of `plugins` are in `directory`, and where.

    Names understood: `pulumi-resource-<name>`, `pulumi-resource-<name>-v<version>` and the layout of the plugin cache.

    Raises:
        UsageError: there is no such directory, or none of the plugins is in it.

    """
    if not directory.is_dir():
        raise UsageError(f"REHEARSAL_PLUGINS: {directory} is not a directory")
    found: dict[Plugin, Path] = {}
    names: list[str] = []
    for plugin in plugins:
        places = (f"{plugin.directory}/{plugin.binary}", f"{plugin.binary}-v{plugin.version}", plugin.binary)
        names += places
        binary = next((directory / place for place in places if (directory / place).is_file()), None)
        if binary:
            found[plugin] = binary.absolute()
    if not found:
        raise UsageError(
            f"REHEARSAL_PLUGINS: {directory} holds no plugin of this platform; looked for {', '.join(names)}"
        )
    return found


def install(pulumi_home: Path, plugins: Iterable[Plugin], binaries: dict[Plugin, Path]) -> None:
    """Fill the plugin cache of `pulumi_home`: launchers of the binaries where there are any, of stand-ins elsewhere."""
    for plugin in plugins:
        _write(
            pulumi_home / "plugins" / plugin.directory,
            plugin,
            [str(binaries[plugin])]
            if plugin in binaries
            # -I: the engine starts plugins in the directory of the program, whose modules must not shadow any other.
            else [sys.executable, "-I", "-m", f"rehearsal.providers.{plugin.name}"],
        )


def remove(pulumi_home: Path, plugins: Iterable[Plugin]) -> None:
    """Take launchers out of the plugin cache, so that the CLI installs the real ones; those that it installed stay."""
    for plugin in plugins:
        directory = pulumi_home / "plugins" / plugin.directory
        if _is_launcher(directory / plugin.binary):
            shutil.rmtree(directory)


def _write(directory: Path, plugin: Plugin, command: list[str]) -> None:
    text = f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'
    launcher = directory / plugin.binary
    if launcher.is_file() and _is_launcher(launcher) and launcher.read_text() == text:
        return
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    launcher.write_text(text)
    launcher.chmod(0o755)


def _is_launcher(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(b"#!/bin/sh\nexec ")) == b"#!/bin/sh\nexec "
    except OSError:
        return False
