"""From pydantic's errors to lines that name the path, what was given and what is allowed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

from infra.settings.base import Model, is_mapping
from infra.settings.shape import Path, Place, Shape, fields_of, find, kind_of, one_of
from infra.settings.types import SecretRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_LONGEST_VALUE = 60
_ALIKE = 0.75
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.@*/:-]{1,60}")
_USERINFO = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_IN_THE_CLEAR = (
    "plain-text secret (not shown); allowed: {secret: <config key>}, with the value set by "
    "`pulumi config set --secret <config key>`; the value given here must be replaced, it was stored in the clear"
)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a stack file."""

    path: Path
    text: str
    root: str = "platform"
    """Config key that the path starts from, without its namespace."""

    def __str__(self) -> str:
        """Render as one line, the path as the author of the file would write it: `platform.seldon.runtimes[1]`."""
        return f"{self.root}{''.join(map(_step, self.path))}: {self.text}"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f".<key of {len(step)} characters>"


class SettingsError(Exception):
    """A stack file cannot be used; the message lists everything that is wrong with it and holds no secret."""

    def __init__(self, problems: Iterable[Problem], stack: str | None = None) -> None:
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem" + ("" if len(self.problems) == 1 else "s")
        where = f"stack {stack}: " if stack else ""
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"{where}{count} in its settings; nothing was changed{lines}")


def shown(value: object) -> str:
    """Write a value into a message: one line, folded when long, without credentials of a URL or a private key."""
    if is_mapping(value):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, str) and "PRIVATE KEY" in value:
        return "a private key (not shown)"
    text = _USERINFO.sub("***", json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 20]}... ({len(text)} characters)"


def refused(value: object, shape: Shape) -> str:
    """Say that a value is not among those that a place takes."""
    given = f"a value of {len(str(value))} characters (not shown)" if shape.hidden else shown(value)
    return f"{given} is not allowed; allowed: {shape.allowed}"


def below(path: Path, given: int, least: int, environment: str) -> Problem:
    """Say that a size is below the minimum of the environment."""
    return Problem(path, f"{given} is below the minimum of {environment}; allowed: {least} or more")


def nearest(word: object, known: Collection[str]) -> str:
    """Suggest the known word that was probably meant, as a piece of a sentence."""
    close = get_close_matches(str(word).lower(), {key.lower(): key for key in known}, n=1, cutoff=_ALIKE)
    original = [key for key in known if close and key.lower() == close[0]]
    return f", did you mean {original[0]}?" if original else ""


def translate(error: ValidationError, root: type[Model]) -> list[Problem]:
    """Turn everything that pydantic refused into problems, one per place."""
    found: dict[Path, Problem] = {}
    for details in error.errors(include_url=False):
        if details["type"] == "too_short" and details["input"]:
            continue  # only its refused entries make the list too short, and each has a problem of its own
        problem = _problem(details, find(root, details["loc"]))
        found.setdefault(problem.path, problem)
    return list(found.values())


def _problem(details: ErrorDetails, place: Place) -> Problem:
    value: object = details["input"]
    kind = details["type"]
    if kind == "extra_forbidden":
        return _unknown_key(place)
    shape = place.shape or place.parent
    if kind == "missing":
        return Problem(place.path, f"missing; allowed: {shape.allowed}")
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return _kind(cast("Mapping[str, Any]", value), place.path, shape)
    if _takes_secret(place.parent) or (_takes_secret(shape) and not is_mapping(value)):
        return _secret(value, place, shape)
    return Problem(place.path, _mistyped(kind, value, shape) or refused(value, shape))


def _takes_secret(shape: Shape) -> bool:
    return shape.models == (SecretRef,)


def _secret(value: object, place: Place, shape: Shape) -> Problem:
    if _takes_secret(shape) and value is not None and not isinstance(value, list):
        return Problem(place.path, _IN_THE_CLEAR)
    return Problem(place.path, f"not a reference to a secret (value not shown); allowed: {shape.allowed}")


def _mistyped(kind: str, value: object, shape: Shape) -> str | None:
    """Explain a value that has the wrong YAML type."""
    if not kind.endswith("_type"):
        return None
    advice = ""
    if shape.scalar is str and isinstance(value, (bool, int, float)):
        advice = " (write it in quotes)"
    elif shape.scalar is int and isinstance(value, str) and value.strip().isdecimal():
        advice = " (write it without quotes)"
    given = "text (not shown)" if shape.hidden and isinstance(value, str) else shown(value)
    return f"{given} has the wrong type{advice}; allowed: {shape.allowed}"


def _kind(value: Mapping[str, Any], path: Path, shape: Shape) -> Problem:
    path = (*path, "kind")
    if "kind" not in value:
        return Problem(path, f"missing; allowed: {one_of(shape.kinds)}")
    given = value["kind"]
    return Problem(path, f"{shown(given)} is not allowed{nearest(given, shape.kinds)}; allowed: {one_of(shape.kinds)}")


def _unknown_key(place: Place) -> Problem:
    key, known = place.path[-1], fields_of(place.parent.models[0])
    owners = [model for model in place.siblings if key in fields_of(model)]
    allowed = f"allowed: {', '.join(known)}"
    if _takes_secret(place.parent):
        return Problem(place.path[:-1], "unknown key beside `secret` (not shown); allowed: {secret: <config key>}")
    if owners:
        kinds, chosen = one_of(kind_of(model) for model in owners), kind_of(place.parent.models[0])
        return Problem(place.path, f"belongs to kind {kinds}, but kind is {chosen}: choose one; {allowed}")
    return Problem(place.path, f"unknown key{nearest(key, known)}; {allowed}")
