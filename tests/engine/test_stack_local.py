"""From nothing to nothing on the real engine and a real API server."""

from __future__ import annotations

from stack_life import StackLife


class TestLocal(StackLife):
    """The stack `local`."""

    stack = "local"
