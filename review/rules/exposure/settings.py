"""What a stack's own settings let off, and what a secret becomes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from review import kinds
from review.kinds import identity
from review.model import ABSENT, PropertyChange, Risk
from review.rules.base import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from review.model import Value
    from review.rules.base import Case

_EXEMPTIONS = "exemptions"


def exemptions(config: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the exemptions in a stack's settings, by control and resource.

    They are a list `exemptions` of objects in any of the settings that are JSON objects.
    """
    found: dict[str, dict[str, Any]] = {}
    for text in config.values():
        try:
            setting = cast("object", json.loads(text))
        except ValueError:
            continue
        entries = cast("dict[str, Any]", setting).get(_EXEMPTIONS) if isinstance(setting, dict) else None
        for entry in cast("list[Any]", entries) if isinstance(entries, list) else []:
            if isinstance(entry, dict):
                given = cast("dict[str, Any]", entry)
                found[f"{given.get('control')} of {given.get('resource')}"] = given
    return found


def exempted(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Hit]:
    """Yield a hit for each exemption that is new or holds for longer."""
    old = exemptions(before)
    for name, entry in exemptions(after).items():
        known = old.get(name)
        later = known is not None and str(entry.get("expires")) > str(known.get("expires"))
        if known is None or later:
            yield Hit(
                rule="exposure/exemption-added",
                risk=Risk.EXPOSURE,
                what=f"is let off {name} until {entry.get('expires')}{', longer than before' if later else ''}",
                why=f"The stack file asks for it: {entry.get('reason')}",
                remedy="Meet the control, or have the exemption approved by whoever answers for it.",
                properties=(
                    PropertyChange(
                        path=f"{_EXEMPTIONS}: {name}",
                        before=cast("Value", known) if known else ABSENT,
                        after=cast("Value", entry),
                        place="config",
                    ),
                ),
            )


def _laid_open(case: Case) -> Iterator[str]:
    if case.created and (kinds.SECRET, *identity(case.after)) in case.context.gone:
        yield "takes the place of a Secret of the same name"


TABLE = (
    Rule(
        id="exposure/secret-laid-open",
        risk=Risk.EXPOSURE,
        on=frozenset({kinds.CONFIG_MAP}),
        check=_laid_open,
        why="A ConfigMap is not encrypted at rest, and many more may read it than a Secret.",
        remedy="Keep it a Secret.",
        paths=("data",),
    ),
)
