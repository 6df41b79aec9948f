"""The exceptions that a command of the rehearsal reports to its user."""

from __future__ import annotations


class RehearsalError(Exception):
    """What went wrong and what to do about it, in words for the person who ran the command."""


class UsageError(RehearsalError):
    """The command was given something that cannot be used; nothing was started."""
