"""`kubectl apply --server-side` of a stack's objects on a control plane of its own."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

from rehearsal.controlplane import ControlPlane
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rehearsal.progress import Progress
    from rehearsal.toolchain import Tools

TIMEOUT = 600
"""Longest time of one command, in seconds."""


def seconds_to_apply(
    definitions: Sequence[dict[str, Any]],
    others: Sequence[dict[str, Any]],
    *,
    directory: Path,
    tools: Tools,
    progress: Progress,
) -> float:
    """Return how long kubectl takes on a fresh control plane in `directory`: definitions, until established, then rest.

    Raises:
        RehearsalError: kubectl fails.

    """
    directory.mkdir()
    plane = ControlPlane(directory / "control-plane", controlplane=tools.controlplane, kwok=tools.kwok)
    try:
        with progress.step("kubectl: control plane"):
            kubeconfig = plane.start()
        files = [_write(directory / f"{name}.json", items) for name, items in (("crds", definitions), ("rest", others))]
        environment = {"KUBECONFIG": str(kubeconfig), "HOME": str(directory), "KUBERC": "off"}
        apply = ["apply", "--server-side", "--force-conflicts", "--filename"]
        established = ["wait", "--for", "condition=established", "--timeout", "60s", "--filename"]
        with progress.step("kubectl: apply --server-side"):
            began = time.monotonic()
            for arguments in ([*apply, files[0]], [*established, files[0]], [*apply, files[1]]):
                _run([str(tools.controlplane), "kubectl", *arguments], environment)
            return time.monotonic() - began
    finally:
        plane.stop()


def _write(path: Path, items: Sequence[dict[str, Any]]) -> str:
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return str(path)


def _run(command: list[str], environment: dict[str, str]) -> None:
    ended = subprocess.run(
        command, env=environment, check=False, capture_output=True, text=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL
    )
    if ended.returncode:
        raise RehearsalError(f"`kubectl {command[2]}` failed:\n{ended.stderr.strip()}")
