"""Helm, as the supply chain runs it: with no input, and its output kept."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from supply.errors import SupplyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def run_helm(
    helm: Path, *arguments: str, environment: Mapping[str, str] | None = None, seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of helm, in the environment of this process unless another is given.

    Raises:
        SupplyError: helm cannot be run.
        subprocess.TimeoutExpired: it took longer than `seconds`.
    """
    try:
        return subprocess.run(
            [str(helm), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except OSError as error:
        raise SupplyError(f"helm cannot be run ({helm}): {error.strerror}") from None
