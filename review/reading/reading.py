"""What was read of a preview, whatever form it came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from review.model import Change, Diagnostic, Snapshot


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the engine would do, and what it said."""

    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings of the stack, secrets blinded."""
    counted: Mapping[str, int] = field(default_factory=dict[str, int])
    """Number of steps by operation, as the engine counts them."""
    shows_sames: bool = False
    """Whether resources that stay as they are were told too; only then can hidden changes be looked for."""
    shows_outputs: bool = False
    """Whether the stack's outputs after the program ran were told."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The state of a stack."""

    resources: Mapping[str, Snapshot]
    """By URN; without what earlier replacements left to be deleted."""
    left_to_delete: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    """URNs of resources that an interrupted operation was working on."""
