"""From the `platform` object to a valid `Platform`, or to the list of everything that is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from infra.settings.base import is_mapping
from infra.settings.checks import check
from infra.settings.errors import Problem, SettingsError, shown, translate
from infra.settings.platform import Platform
from infra.settings.salvage import salvage
from infra.settings.secrets import check_secrets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from infra.settings.shape import Path

_SELDON_MINORS = range(27, 34)


def parse(
    platform: Mapping[str, Any], *, secret_keys: Collection[str], plain_keys: Collection[str] = (), today: date
) -> Platform:
    """Validate the `platform` object of a stack file.

    `secret_keys` and `plain_keys` are the names of the project's other config keys; `today` decides what has expired.

    Raises:
        SettingsError: with every problem, each with path, value and what is allowed.
    """
    if not is_mapping(cast("object", platform)):
        raise SettingsError([Problem((), f"{shown(platform)} has the wrong type; allowed: a mapping")])
    # JSON is what the engine hands over, and pydantic's strict mode reads lists and dates from it alone.
    document = json.dumps(platform, default=str)
    raw = cast("dict[str, Any]", json.loads(document))
    problems: list[Problem] = []
    try:
        valid = Platform.model_validate_json(document)
    except ValidationError as error:
        problems += translate(error, Platform)
        valid = salvage(Platform, raw)
    refused = {problem.path for problem in problems}
    later = [*check(valid, today), *check_secrets(valid, raw, secret_keys=secret_keys, plain_keys=plain_keys)]
    problems += [problem for problem in later if problem.path not in refused]
    if problems:
        raise SettingsError(sorted(problems, key=lambda problem: _position(raw, problem.path)))
    return valid


def _position(raw: object, path: Path) -> tuple[int, ...]:
    """Order problems as the file is read from top to bottom; a missing key comes last in its mapping."""
    steps: list[int] = []
    for step in path:
        if isinstance(step, int) and isinstance(raw, list):
            entries = cast("list[object]", raw)
            steps.append(step)
            raw = entries[step] if step < len(entries) else None
        else:
            mapping = cast("dict[str, object]", raw) if isinstance(raw, dict) else {}
            steps.append(list(mapping).index(str(step)) if step in mapping else len(mapping))
            raw = mapping.get(str(step))
    return tuple(steps)


def warnings_for(platform: Platform) -> tuple[str, ...]:
    """Return what is allowed but should be known: a Kubernetes version outside the range that Core 2 lists."""
    if platform.cluster.minor in _SELDON_MINORS:
        return ()
    text = (
        f"platform.cluster.version: {platform.cluster.version} is outside the range that Seldon lists for Core 2, "
        f"1.{_SELDON_MINORS[0]} to 1.{_SELDON_MINORS[-1]}: ask Seldon before production use"
    )
    return (text,)
