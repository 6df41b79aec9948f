"""What differs between two sets of inputs, and which of it the engine says forces a replacement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from review.model import ABSENT, SECRET, PropertyChange, Value
from review.paths import Step, get, join, parse, under

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Raw = Any
"""A JSON value as the engine wrote it; compared, never kept."""


def differences(raw: tuple[Raw, Raw], shown: tuple[Value, Value], path: str = "") -> Iterator[PropertyChange]:
    """Yield what differs between the two raw values, as their masked forms show it."""
    before, after = shown
    if raw[0] == raw[1]:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = before.get(key, ABSENT), after.get(key, ABSENT)
            yield from differences((_of(raw[0], key), _of(raw[1], key)), inner, join(path, key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_differences(raw, (before, after), path)
    elif before != after or SECRET in (before, after):
        yield PropertyChange(path=path, before=before, after=after)


def _of(raw: Raw, key: str) -> Raw:
    return cast("Mapping[str, Any]", raw).get(key, ABSENT) if isinstance(raw, dict) else ABSENT


def _list_differences(
    raw: tuple[Raw, Raw], shown: tuple[list[Value], list[Value]], path: str
) -> Iterator[PropertyChange]:
    """Pair what is in both lists, wherever it stands, and compare the rest in its order."""
    before, after = shown
    olds, news = cast("list[Any]", raw[0]), cast("list[Any]", raw[1])
    if len(olds) != len(before) or len(news) != len(after):
        yield PropertyChange(path=path, before=list(before), after=list(after))
        return
    left = list(range(len(before)))
    added: list[int] = []
    for index, new in enumerate(news):
        match = next((old for old in left if olds[old] == new), None)
        if match is None:
            added.append(index)
        else:
            left.remove(match)
    for old, new in zip(left, added, strict=False):
        yield from differences((olds[old], news[new]), (before[old], after[new]), join(path, new))
    for old in left[len(added) :]:
        yield PropertyChange(path=join(path, old), before=before[old], after=ABSENT)
    for new in added[len(left) :]:
        yield PropertyChange(path=join(path, new), before=ABSENT, after=after[new])


def with_engine_view(
    found: Sequence[PropertyChange],
    *,
    kinds: Mapping[str, str],
    reasons: Sequence[str],
    shown: tuple[dict[str, Value], dict[str, Value]],
    live: Mapping[str, Value],
) -> tuple[PropertyChange, ...]:
    """Add what only the engine knows: which properties replace, and that a secret or the live resource differs.

    `kinds` is its detailed diff (path to kind), `reasons` the properties it names for a replacement, `live` what the
    resource has now as the provider last saw it.
    """
    replacing = [parse(path) for path, kind in kinds.items() if kind.endswith("-replace")]
    replacing = replacing or [parse(reason) for reason in reasons]
    result = [_marked(change, replacing) for change in found]
    known = [parse(change.path) for change in found]
    for path in sorted(kinds):
        steps = parse(path)
        if any(under(other, steps) or under(steps, other) for other in known):
            continue
        before, after = get(shown[0], steps), get(shown[1], steps)
        if before == after and before is not SECRET:
            before = get(dict(live), steps)
        result.append(_marked(PropertyChange(path=path, before=before, after=after), replacing))
    return tuple(result)


def _marked(change: PropertyChange, replacing: Sequence[Sequence[Step]]) -> PropertyChange:
    steps = parse(change.path)
    if not any(under(steps, reason) or under(reason, steps) for reason in replacing):
        return change
    return PropertyChange(path=change.path, before=change.before, after=change.after, replaces=True, place=change.place)
