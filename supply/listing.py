"""What a list of images tells a copier: of an inventory, or of the JSON that it was written as."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from supply.errors import SupplyError
from supply.files import text_of

if TYPE_CHECKING:
    from pathlib import Path

    from supply.inventory import Inventory
    from supply.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One image of a list, see `supply.inventory.Image`."""

    name: str
    upstream: str | None
    brought: bool
    idle: bool


def of(found: Inventory) -> list[Listed]:
    """Return what a copier needs of an inventory."""
    return [
        Listed(name=image.name, upstream=image.upstream, brought=image.brought, idle=image.idle)
        for image in found.images
    ]


def read_listed(path: Path, stack: Stack) -> list[Listed]:
    """Read what `images --format json` wrote for a stack.

    Raises:
        SupplyError: it is not that, or of another stack or mirror.
    """
    try:
        document = cast("dict[str, Any]", json.loads(text_of(path)))
        listed = [
            Listed(name=entry["name"], upstream=entry["upstream"], brought=entry["brought"], idle=entry["idle"])
            for entry in document["images"]
        ]
        told = document["stack"], document["registry"]
    except (ValueError, KeyError, TypeError):
        raise SupplyError(
            f"{path}: is not the output of `python -m supply images {stack.name} --format json`"
        ) from None
    if told != (stack.name, stack.registry):
        raise SupplyError(
            f"{path}: lists stack {told[0]} with mirror {told[1]}; expected {stack.name} with {stack.registry}"
        )
    return listed


def read_digests(path: Path) -> dict[str, str]:
    """Read the digests that a run of the script wrote, by upstream name.

    Raises:
        SupplyError: a line is not an image and a digest, or one image has two digests.
    """
    digests: dict[str, str] = {}
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        found = re.fullmatch(r"(\S+) (sha256:[0-9a-f]{64})", line)
        if not found:
            raise SupplyError(f"{path}:{number}: {line!r} is not `<image> sha256:<64 hex digits>`")
        if digests.setdefault(found[1], found[2]) != found[2]:
            raise SupplyError(f"{path}:{number}: {found[1]} has two digests; keep the one that is wanted")
    return digests
