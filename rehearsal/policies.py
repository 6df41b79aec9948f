"""The policy pack of the project, for the engine to judge an operation with."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "policy"


def policy_arguments(project: Path, launcher: Path) -> list[str]:
    """Write what starts the project's pack, and return the arguments that name it; none without a pack.

    The engine takes an executable in the place of a folder, and calls it with its own address; so the pack runs in the
    environment of this process, and its folder says nothing of where that is. The engine calls it in the folder of the
    program, whose modules would shadow others.
    """
    pack = project / FOLDER
    if not (pack / "PulumiPolicy.yaml").is_file():
        return []
    command = [sys.executable, "-u", "-m", "pulumi.policy"]
    start = f'cd {shlex.quote(str(project))} && exec {shlex.join(command)} "$1" {shlex.quote(str(pack))}'
    launcher.write_text(f"#!/bin/sh\n{start}\n")
    launcher.chmod(0o755)
    return ["--policy-pack", str(launcher)]
