"""From nothing to nothing on the real engine and a real API server."""

from __future__ import annotations

from stack_life import StackLife


class TestInitech(StackLife):
    """The stack `initech-onprem`."""

    stack = "initech-onprem"
