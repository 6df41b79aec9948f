"""The tools, and the ways to have them without a build: a directory that the user names, or a Pulumi CLI on PATH."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.toolchain.errors import ToolchainError
from rehearsal.toolchain.recipes import PULUMI, PULUMI_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUICK = 20.0
"""Seconds that a tool has to tell its version."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """The programs of the rehearsal, each an absolute path of an executable."""

    pulumi: Path
    """The CLI; its directory also holds `pulumi-language-python` and `pulumi-language-python-exec`."""
    controlplane: Path
    """One program with the subcommands etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl."""
    kwok: Path
    helm: Path

    def version(self, name: str) -> str:
        """Ask one tool (a field's name) for its version, such as `v1.36.1`; `unknown` if it does not say."""
        arguments = {
            "pulumi": [self.pulumi, "version"],
            "controlplane": [self.controlplane, "kube-apiserver", "--version"],
            "kwok": [self.kwok, "--version"],
            "helm": [self.helm, "version", "--short"],
        }[name]
        return told_version([str(argument) for argument in arguments]) or "unknown"


def told_version(command: list[str]) -> str | None:
    """Run a command that prints a version; return the first `v1.2.3` or `v1.2` it prints, None if there is none."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=_QUICK,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"v\d+\.\d+(\.\d+)?", done.stdout)
    return found[0] if found else None


def from_directory(directory: Path) -> Tools:
    """Return ready tools: `pulumi/` with the CLI and its language host, `controlplane`, `kwok` and `helm`.

    Raises:
        ToolchainError: a file is missing or cannot be executed; all such files are named.
    """
    root = directory.absolute()
    tools = Tools(
        pulumi=root / "pulumi" / "pulumi",
        controlplane=root / "controlplane",
        kwok=root / "kwok",
        helm=root / "helm",
    )
    host = root / "pulumi" / "pulumi-language-python"
    problems = [
        f"{path} cannot be executed" if path.exists() else f"{path} does not exist"
        for path in (tools.pulumi, host, tools.controlplane, tools.kwok, tools.helm)
        if not (path.is_file() and os.access(path, os.X_OK))
    ]
    # The host hands this script to Python as an argument, so it need not be executable.
    script = host.with_name("pulumi-language-python-exec")
    problems += [] if script.is_file() else [f"{script} does not exist"]
    if problems:
        raise ToolchainError(
            "\n".join([f"REHEARSAL_TOOLS={directory} lacks tools:", *(f"- {problem}" for problem in problems)])
        )
    return tools


def cli_on_path(environment: Mapping[str, str]) -> Path | None:
    """Return the Pulumi CLI on PATH if it is not older (minor version) than the pinned one and brings its own host."""
    found = shutil.which("pulumi", path=environment.get("PATH", ""))
    if found is None:
        return None
    # A package manager may link only some programs into the directory on PATH.
    for cli in (Path(found).absolute(), Path(found).resolve()):
        if all((cli.parent / name).is_file() for name in PULUMI.executables):
            version = told_version([str(cli), "version"])
            return cli if version and recent_enough(version) else None
    return None


def recent_enough(version: str, *, pin: str = PULUMI_VERSION) -> bool:
    """Say whether `v3.260.1` has the major version of the pin and at least its minor version."""
    major, minor = (int(part) for part in version.removeprefix("v").split(".")[:2])
    pinned_major, pinned_minor = (int(part) for part in pin.removeprefix("v").split(".")[:2])
    return major == pinned_major and minor >= pinned_minor
