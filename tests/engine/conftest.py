"""Fixtures of the tests that run real programs."""

from __future__ import annotations

import pytest
from rich.console import Console

from rehearsal.toolchain import Tools, ensure_tools

pytest.register_assert_rewrite("stack_life")


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The engine's programs: those in REHEARSAL_TOOLS, else those of the cache, built when missing."""
    return ensure_tools(console=Console(stderr=True))
