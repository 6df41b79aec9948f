"""The lock file of charts: read as data, and written line by line, so that its comments stay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import yaml

from supply.errors import SupplyError
from supply.files import text_of

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One chart."""

    name: str
    version: str
    repository: str
    """`https://...` or `oci://...`."""
    digest: str | None
    """SHA-256 of the published archive, in hex."""


def read_pins(path: Path) -> list[Pin]:
    """Read the pins, in the order of the file.

    Raises:
        SupplyError: the file cannot be read, or is no lock of charts.
    """
    try:
        entries = cast("dict[str, dict[str, Any]]", yaml.safe_load(text_of(path)))
        return [
            Pin(name=name, version=entry["version"], repository=entry["repository"], digest=entry["digest"])
            for name, entry in entries.items()
        ]
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        raise SupplyError(f"{path}: is no lock of charts, which has version, repository and digest of each") from None


def with_digest(text: str, name: str, digest: str) -> str:
    """Return the text of a lock file with the digest of one chart, and every other line as it was.

    Raises:
        SupplyError: the chart has no line for a digest.
    """
    line = re.compile(rf"(?P<before>^{re.escape(name)}:\n(?:[ #].*\n)*? +digest: )\S+", re.MULTILINE)
    if not line.search(text):
        raise SupplyError(f"chart {name}: the lock file has no `digest:` for it")
    return line.sub(lambda found: f"{found['before']}{digest}", text, count=1)
