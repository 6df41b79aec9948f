"""The single values in a resource, by names a reader would give them, also those inside of texts.

Settings lie in many places: as fields, as JSON in an environment variable, as arguments of a program, as lines of a
ConfigMap. Each is a leaf: a path that stays the same when lists are reordered, and a value.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.model import Value

_ARGUMENT = re.compile(r"^--?([A-Za-z0-9_.-]+)=(.*)$", re.DOTALL)
_SETTING = re.compile(r"^\s*([A-Za-z0-9_.-]+)\s*[=:]\s*(\S+)\s*$")
_IDENTIFYING = ("name", "key", "id", "sid", "Sid")


def leaves(value: Value, path: str = "") -> dict[str, Value]:
    """Return the leaves of a value; of leaves with the same path the last counts."""
    return dict(_leaves(value, path))


def _leaves(value: Value, path: str) -> Iterator[tuple[str, Value]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _item(item, path, index)
    elif isinstance(value, str) and value[:1] in {"{", "["}:
        yield from _json(value, path)
    elif isinstance(value, str) and "\n" in value:
        yield from _lines(value, path)
    else:
        yield path, value


def _item(item: Value, path: str, index: int) -> Iterator[tuple[str, Value]]:
    if isinstance(item, dict):
        name = next((item[key] for key in _IDENTIFYING if isinstance(item.get(key), str)), index)
        if set(item) == {"name", "value"}:
            yield from _leaves(item["value"], f"{path}.{name}")  # an environment variable, or the like
        else:
            yield from _leaves(item, f"{path}[{name}]")
    elif isinstance(item, str) and (found := _ARGUMENT.match(item)):
        yield from _leaves(found[2], f"{path}.{found[1]}")
    else:
        yield from _leaves(item, f"{path}[{index}]")


def _json(text: str, path: str) -> Iterator[tuple[str, Value]]:
    try:
        inner = cast("Value", json.loads(text))
    except ValueError:
        yield path, text
        return
    yield from _leaves(inner, path)


def _lines(text: str, path: str) -> Iterator[tuple[str, Value]]:
    settings = [found.groups() for line in text.splitlines() if (found := _SETTING.match(line))]
    if not settings:
        yield path, text
    for key, value in settings:
        yield f"{path}.{key}", value
