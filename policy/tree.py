"""Looking into plain JSON, every part of which may be missing, or not known yet."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

Tree: TypeAlias = Mapping[str, object]


class Unknown:
    """A value that a preview does not know yet."""

    def __repr__(self) -> str:
        return "unknown until up"


UNKNOWN = Unknown()


class NotKnownError(Exception):
    """A rule came to a value that is not known yet: it cannot judge the resource now, and `up` asks it again."""


def known(problems: Iterator[str]) -> Iterator[str]:
    """Yield problems until a rule comes to what is not known yet."""
    with contextlib.suppress(NotKnownError):
        yield from problems


def value(tree: object, *path: str) -> object:
    """Return what is at a path, None where there is nothing.

    Raises:
        NotKnownError: it is not known yet, or something above it.
    """
    for part in path:
        tree = cast("Tree", tree).get(part) if isinstance(tree, Mapping) else None
        if tree is UNKNOWN:
            raise NotKnownError
    return tree


def mapping(tree: object, *path: str) -> Tree:
    """Return the object at a path."""
    found = value(tree, *path)
    return cast("Tree", found) if isinstance(found, Mapping) else {}


def items(tree: object, *path: str) -> list[Tree]:
    """Return the objects of the list at a path."""
    return [cast("Tree", item) for item in _each(tree, *path) if isinstance(item, Mapping)]


def words(tree: object, *path: str) -> list[str]:
    """Return the texts of the list at a path."""
    return [item for item in _each(tree, *path) if isinstance(item, str)]


def _each(tree: object, *path: str) -> list[object]:
    found = value(tree, *path)
    each = cast("list[object]", found) if isinstance(found, list) else []
    if any(item is UNKNOWN for item in each):
        raise NotKnownError
    return each
