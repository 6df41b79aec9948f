"""A stack of a few lines on the real engine, with the plugins that a test puts there."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.environment import engine_environment
from rehearsal.places import Places

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.toolchain import Tools

STACK = "test"
SECONDS = 180


@dataclass(frozen=True, kw_only=True)
class SmallStack:
    """A project in a directory of its own, with a stack whose state lies beside it."""

    directory: Path
    tools: Tools

    @property
    def places(self) -> Places:
        """Where the engine keeps what belongs to the stack."""
        return Places(home=self.directory / "rehearsals", stack=STACK)

    def make(self, **plugins: list[str]) -> None:
        """Create project and stack; `plugins` maps a plugin (`random_v4_21_1`) to the command that serves it."""
        self.places.make()
        for name, command in plugins.items():
            package, _, version = name.partition("_v")
            cache = self.places.pulumi_home / "plugins" / f"resource-{package}-v{version.replace('_', '.')}"
            cache.mkdir(parents=True)
            launcher = cache / f"pulumi-resource-{package}"
            launcher.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
            launcher.chmod(0o755)
        (self.directory / "Pulumi.yaml").write_text("{name: globex, runtime: python}\n")
        self.pulumi("stack", "init", STACK)

    def write(self, program: str) -> None:
        """Put the program there."""
        (self.directory / "__main__.py").write_text(program)

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        """Run the CLI and give all that it prints; `fails` says what its exit has to be."""
        done = subprocess.run(
            [str(self.tools.pulumi), *arguments, "--non-interactive", "--color=never"],
            cwd=self.directory,
            env=engine_environment(
                places=self.places, tools=self.tools, kubeconfig=self.directory / "none", outer=os.environ
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert bool(done.returncode) is fails, done.stdout
        return done.stdout

    def up(self, program: str, *, fails: bool = False) -> str:
        """Update without a preview and give all that is printed."""
        self.write(program)
        return self.pulumi("up", "--yes", "--skip-preview", fails=fails)

    def preview(self, program: str, *, fails: bool = False) -> str:
        """Preview with every property and give all that is printed."""
        self.write(program)
        return self.pulumi("preview", "--diff", fails=fails)

    def state(self) -> str:
        """Give the state as it lies on disk, secrets encrypted."""
        return self.pulumi("stack", "export")

    def resources(self) -> dict[str, dict[str, Any]]:
        """Give the resources of the state by name, with what the engine keeps of them."""
        found = json.loads(self.state())["deployment"].get("resources", [])
        return {resource["urn"].rpartition("::")[2]: resource for resource in found}

    def output(self, name: str) -> Any:
        """Give one output of the stack, secret or not."""
        return json.loads(self.pulumi("stack", "output", "--json", "--show-secrets"))[name]


def python(*arguments: str) -> list[str]:
    """Give the command that runs this Python."""
    return [sys.executable, *arguments]
