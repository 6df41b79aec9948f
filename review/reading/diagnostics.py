"""What the engine, the program and the providers said, as a reader needs it."""

from __future__ import annotations

import re
from typing import Literal

from review.model import Diagnostic

NO_SUMMARY = "The preview ended before the engine summed it up: it is not whole."
_COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]|<\{%[^%]*%\}>")
_LEVEL = re.compile(r"^(error|warning|info|debug): ")
_SEVERITIES: dict[str, Literal["info", "warning", "error"]] = {
    "info": "info",
    "info#err": "info",
    "warning": "warning",
    "error": "error",
}


class Notes:
    """Gathers messages: without colours, the program's standard error put together again."""

    def __init__(self) -> None:
        self._notes: list[tuple[str, str, str]] = []

    @property
    def said(self) -> bool:
        """Whether there was any message."""
        return bool(self._notes)

    def add(self, severity: str, message: str, urn: str) -> None:
        """Take one message."""
        text = _LEVEL.sub("", _COLOUR.sub("", message)).strip("\n")
        if severity == "debug" or not text.strip():
            return
        if severity == "info#err" and self._notes and self._notes[-1][::2] == (severity, urn):
            text = f"{self._notes.pop()[1]}\n{text}"
        self._notes.append((severity, text, urn))

    def all(self) -> tuple[Diagnostic, ...]:
        """Return each message once."""
        return tuple(
            Diagnostic(severity=_SEVERITIES.get(severity, "info"), message=text, urn=urn or None)
            for severity, text, urn in dict.fromkeys(self._notes)
        )
