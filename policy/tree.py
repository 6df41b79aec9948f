"""Looking into plain JSON of which every part may be missing, or not known yet: then it is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, cast

Tree: TypeAlias = Mapping[str, object]


def value(tree: object, *path: str) -> object:
    """Return what is at a path, None where there is nothing."""
    for part in path:
        tree = cast("Tree", tree).get(part) if isinstance(tree, Mapping) else None
    return tree


def mapping(tree: object, *path: str) -> Tree:
    """Return the object at a path."""
    found = value(tree, *path)
    return cast("Tree", found) if isinstance(found, Mapping) else {}


def items(tree: object, *path: str) -> list[Tree]:
    """Return the objects of the list at a path."""
    found = value(tree, *path)
    each = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("Tree", item) for item in each if isinstance(item, Mapping)]


def words(tree: object, *path: str) -> list[str]:
    """Return the texts of the list at a path."""
    found = value(tree, *path)
    each = cast("list[object]", found) if isinstance(found, list) else []
    return [item for item in each if isinstance(item, str)]
