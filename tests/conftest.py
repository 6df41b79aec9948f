"""Fixtures of all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import prometheus_tools
import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def promtool() -> Path:
    """The rule checker of Prometheus."""
    return prometheus_tools.find(prometheus_tools.PROMTOOL)


@pytest.fixture(scope="session")
def amtool() -> Path:
    """The checker of Alertmanager's configuration."""
    return prometheus_tools.find(prometheus_tools.AMTOOL)
