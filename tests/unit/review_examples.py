"""Changes that rules must find, and what they could be instead, from the data files of the tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from review.model import Operation, Value

DATA = Path(__file__).parents[1] / "data" / "review"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A change, and the rule that finds it."""

    rule: str
    type: str
    name: str = "x"
    before: dict[str, Value] | None = None
    after: dict[str, Value] | None = None
    safe: dict[str, Value] | None = None
    """What it could be instead, in which nothing is found."""
    op: Operation = "update"

    def __str__(self) -> str:
        return f"{self.rule}-{self.type.rpartition(':')[2]}"


def examples(file: str) -> list[Example]:
    """Read the examples of a file."""
    entries: list[dict[str, Any]] = yaml.safe_load((DATA / file).read_text(encoding="utf-8"))
    return [Example(**entry) for entry in entries]
