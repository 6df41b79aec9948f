"""What callers of the control plane see: its status and its error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

State = Literal["running", "stopped", "degraded"]


class ControlPlaneError(Exception):
    """The control plane cannot do what was asked; the message is ready to print and says what to do next."""


@dataclass(frozen=True, kw_only=True)
class Component:
    """One process of the control plane.

    pid and since (timezone-aware) are None when it is not alive; port (loopback) is None when it serves nothing.
    """

    name: str
    pid: int | None
    port: int | None
    alive: bool
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class Status:
    """What runs; `degraded` means that some processes run and others do not. server is None before the first start."""

    components: tuple[Component, ...]
    server: str | None
    kubeconfig: Path
    state: State
