"""The builds: all modules are fetched first and side by side, then each tool is compiled without the network.

Tools are compiled one after the other: a single build keeps every core busy, while two at once would compile the
packages they share twice and need the memory of both.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.toolchain.golang import list_command, module_directory
from rehearsal.toolchain.process import Command, run
from rehearsal.toolchain.recipes import TOOLS, Binary, Recipe
from rehearsal.toolchain.store import Store, settle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rehearsal.progress import Progress
    from rehearsal.toolchain.golang import Go


@dataclass(frozen=True, kw_only=True)
class Builder:
    """Builds recipes into a store whose lock (a file descriptor) is held."""

    go: Go
    store: Store
    environment: Mapping[str, str]
    progress: Progress
    lock: int

    def fetch(self, binaries: Sequence[Binary]) -> None:
        """Download the modules that these binaries are made of; go.sum decides what is accepted.

        Raises:
            ToolchainError: a download failed.
        """
        commands = [
            Command(
                purpose=f"fetching the modules of {binary.name}",
                arguments=tuple(list_command(self.go, binary)),
                directory=TOOLS / binary.module,
                log=self.store.logs / f"{binary.name}-modules.log",
            )
            for binary in binaries
        ]
        with self.progress.step("Go modules") as step:
            run(commands, environment=self.environment, step=step, lock=self.lock, note=_downloads)

    def build(self, recipe: Recipe, entry: Path) -> None:
        """Build one recipe, whose modules are there, into `entry`: all of it or nothing.

        Raises:
            ToolchainError: a build failed.
        """
        with self.store.making(entry) as directory, self.store.scratch() as work:
            offline = {**self.environment, "GOPROXY": "off", "GOTMPDIR": str(work)}
            for binary in recipe.binaries:
                self._compile(binary, directory, offline)
            for file in recipe.files:
                source = module_directory(self.go, file.dependency, module=file.module, environment=offline)
                shutil.copyfile(source / file.path, directory / Path(file.path).name)
            settle(directory / name for name in recipe.executables)

    def _compile(self, binary: Binary, directory: Path, environment: Mapping[str, str]) -> None:
        output = str(directory / binary.name)
        command = Command(
            purpose=f"building {binary.name}",
            arguments=(str(self.go.binary), "build", "-v", *binary.flags, "-o", output, binary.package),
            directory=TOOLS / binary.module,
            log=self.store.logs / f"{binary.name}.log",
        )
        with self.progress.step(binary.name) as step:
            run([command], environment=environment, step=step, lock=self.lock, note=_packages)


def _downloads(printed: str) -> str:
    return f"{printed.count('go: downloading ')} downloaded"


def _packages(printed: str) -> str:
    return f"{printed.count(chr(10))} packages compiled"
