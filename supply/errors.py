"""What keeps a command from doing its work."""

from __future__ import annotations


class SupplyError(Exception):
    """One clear line for whoever ran the command: what it was given, what was found and what is allowed."""
