"""Paths to properties, in the engine's notation: `spec.containers[0].env`, `metadata.labels["example.com/name"]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from review.model import ABSENT, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Step: TypeAlias = "str | int"

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[]+)')
_PLAIN = re.compile(r'[^.\[\]"\s]+')


def parse(path: str) -> tuple[Step, ...]:
    """Cut a path into keys and indexes."""
    return tuple(_steps(path))


def _steps(path: str) -> Iterator[Step]:
    for quoted, index, plain in _STEP.findall(path):
        yield int(index) if index else plain or quoted.replace('\\"', '"').replace("\\\\", "\\")


def join(path: str, step: Step) -> str:
    """Append a step to a path."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if not _PLAIN.fullmatch(step):
        escaped = step.replace("\\", "\\\\").replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{step}" if path else step


def get(value: Value, steps: Sequence[Step]) -> Value:
    """Return what is at the path: ABSENT if there is nothing, a marker if it lies inside of what the marker hides."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step, ABSENT) if isinstance(step, str) else ABSENT
        elif isinstance(value, list):
            value = value[step] if isinstance(step, int) and step < len(value) else ABSENT
        else:
            # Of what is hidden as a whole, no part is known either.
            return value if value is not None and not isinstance(value, (str, int, float, bool)) else ABSENT
    return value


def at(value: Value, path: str) -> Value:
    """Return what is at a path of plain keys (`spec.tls.mode`)."""
    return get(value, path.split("."))


def under(path: Sequence[Step], prefix: Sequence[Step]) -> bool:
    """Say whether a path is, or lies below, another."""
    return tuple(path[: len(prefix)]) == tuple(prefix)
