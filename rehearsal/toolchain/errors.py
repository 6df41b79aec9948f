"""The one error of the toolchain."""

from __future__ import annotations


class ToolchainError(Exception):
    """The tools of the rehearsal cannot be had; the message is ready to print."""
