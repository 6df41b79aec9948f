"""Stack files of tests, handed to the program as the engine would."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any, cast

import pulumi
import yaml
from pulumi.runtime import set_all_config

DATA = Path(__file__).parents[1] / "data" / "stacks"
STACKS = Path(__file__).parents[2] / "stacks"
GOOD = sorted([*(DATA / "good").glob("*.yaml"), *STACKS.glob("Pulumi.*.yaml")])
BAD = sorted((DATA / "bad").glob("*.yaml"))
TODAY = date(2026, 6, 1)
PREFIX = "seldon-platform:"


def read(path: Path) -> dict[str, Any]:
    """Read a stack file."""
    return cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))


def platform_of(path: Path) -> dict[str, Any]:
    """Return the `platform` object of a stack file."""
    return cast("dict[str, Any]", read(path)["config"][f"{PREFIX}platform"])


def changed(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Set one value, or take a key away when the value is None."""
    document = copy.deepcopy(document)
    parent: Any = document
    for step in path[:-1]:
        parent = parent[step]
    if value is None:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return document


def configure(config: dict[str, Any]) -> pulumi.Config:
    """Set the configuration as the engine does: JSON, a key with `secure:` anywhere inside is secret as a whole."""
    set_all_config(
        {key: value if isinstance(value, str) else _as_engine(value) for key, value in config.items()},
        [key for key, value in config.items() if _has_secure(value)],
    )
    return pulumi.Config("seldon-platform")


def _as_engine(value: Any) -> str:
    """Write JSON as the engine does: keys sorted, an unquoted date as Go prints a timestamp."""
    return json.dumps(value, sort_keys=True, default=lambda day: f"{day} 00:00:00 +0000 UTC")


def _has_secure(value: Any) -> bool:
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        return "secure" in mapping or any(_has_secure(entry) for entry in mapping.values())
    return isinstance(value, list) and any(_has_secure(entry) for entry in cast("list[Any]", value))
