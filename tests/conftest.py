"""Fixtures of all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import promtool as rule_checker
import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def promtool() -> Path:
    """The rule checker of Prometheus."""
    return rule_checker.promtool()
