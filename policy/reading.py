"""From what the policy SDK hands over to plain JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pulumi_policy.proxy import UnknownValueError

from policy.tree import UNKNOWN


def plain(value: object) -> object:
    """Return plain JSON: whole numbers as integers, and `UNKNOWN` for what a preview does not know."""
    if isinstance(value, Mapping):
        return plain_mapping(cast("Mapping[str, object]", value))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        each = cast("Sequence[object]", value)
        return [_known(lambda index=index: each[index]) for index in range(len(each))]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def plain_mapping(values: Mapping[str, object]) -> dict[str, object]:
    """Return the plain JSON of an object."""
    return {key: _known(lambda key=key: values[key]) for key in values}


def _known(read: Callable[[], object]) -> object:
    try:
        return plain(read())
    except UnknownValueError:
        return UNKNOWN
