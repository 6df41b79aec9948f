"""From the `platform` object to a valid `Platform`, or to the list of everything that is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from infra.settings.base import is_mapping
from infra.settings.certificates import last_day
from infra.settings.checks import check
from infra.settings.enterprise_warnings import enterprise_warnings
from infra.settings.errors import Problem, SettingsError, shown, translate
from infra.settings.ingress import Provided
from infra.settings.platform import Platform
from infra.settings.salvage import salvage
from infra.settings.secrets import check_secrets
from infra.settings.shape import Shape, fields_of, shape_of_field
from infra.settings.store_warnings import RENEWAL_TIME, store_warnings

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
        raise SettingsError(sorted(problems, key=lambda problem: _position(problem.path)))
    return valid


def _position(path: Path) -> tuple[int, ...]:
    """Order problems as the reference lists the fields (the engine hands keys over sorted); unknown keys come last."""
    steps: list[int] = []
    shape: Shape | None = Shape(models=(Platform,))
    for step in path:
        if isinstance(step, int):
            steps.append(step)
            shape = shape.item if shape else None
            continue
        if shape and shape.values:
            steps.append(0)
            shape = shape.values
            continue
        owners = [fields_of(model) for model in (shape.models if shape else ()) if step in fields_of(model)]
        steps.append(list(owners[0]).index(step) if owners else len(Platform.model_fields))
        shape = shape_of_field(owners[0][step]) if owners else None
    return tuple(steps)


def warnings_for(platform: Platform, today: date) -> tuple[str, ...]:
    """Return what is allowed but must not go unseen.

    These are every exemption, a Kubernetes that Core 2 does not list, a provided certificate that expires soon, and
    what `store_warnings` and `enterprise_warnings` find.
    """
    warnings = [
        f"platform.exemptions[{index}]: {exemption.control} is off for {exemption.resource} "
        f"until {exemption.expires}: {exemption.reason}"
        for index, exemption in enumerate(platform.exemptions)
    ]
    if platform.cluster.minor not in _SELDON_MINORS:
        warnings.append(
            f"platform.cluster.version: {platform.cluster.version} is outside the range that Seldon lists for Core 2, "
            f"1.{_SELDON_MINORS[0]} to 1.{_SELDON_MINORS[-1]}: ask Seldon before production use"
        )
    certificate = platform.ingress.certificate
    if isinstance(certificate, Provided) and (end := last_day(certificate.certificate)) - today <= RENEWAL_TIME:
        warnings.append(f"platform.ingress.certificate.certificate: expires on {end}; nobody but you renews it")
    return (*warnings, *store_warnings(platform, today), *enterprise_warnings(platform, today))
