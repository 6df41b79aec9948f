"""How long, how much: what settings of time and size mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from review.model import Value

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_SIZES = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?", re.IGNORECASE)


def length(value: Value) -> float | None:
    """Return how long a setting is, in seconds or, of a plain number, in its own unit; None if it is no duration.

    Negative numbers mean without end, as Kafka has it.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float("inf") if value < 0 else float(value)
    if not isinstance(value, str):
        return None
    if _NUMBER.fullmatch(value):
        return float("inf") if value.startswith("-") else float(value)
    text = value.removeprefix("P").replace("T", "")
    if not text or _PART.sub("", text):
        return None
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in _PART.findall(text))


def size(value: Value) -> float | None:
    """Return a size in bytes; None if it is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None
    number, unit, binary = found.groups()
    base = _SIZES[unit.lower()]
    return float(number) * (base if not binary else 1024 ** list(_SIZES).index(unit.lower()))


def shorter(before: Value, after: Value) -> bool:
    """Say whether a time was shortened; not known where one of the two is none or they are not of one form."""
    old, new = length(before), length(after)
    return old is not None and new is not None and isinstance(before, str) == isinstance(after, str) and new < old


def smaller(before: Value, after: Value) -> bool:
    """Say whether a size was made smaller."""
    old, new = size(before), size(after)
    return old is not None and new is not None and new < old
