"""The programs of the rehearsal: built from tagged Go modules, cached by the content of their inputs."""

from __future__ import annotations

from rehearsal.toolchain.errors import ToolchainError
from rehearsal.toolchain.ready import Tools
from rehearsal.toolchain.setup import ensure_tools

__all__ = ["ToolchainError", "Tools", "ensure_tools"]
