"""Whether what is allowed now was allowed before: lists of rules in which every rule allows something more."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import TypeAlias

from review.model import Value
from review.rules.base import fields, hidden, objects

Covers: TypeAlias = Callable[[dict[str, Value], dict[str, Value]], bool]
"""Says whether the first rule allows all that the second does."""
NotIn: TypeAlias = Sequence[dict[str, Value]]


def uncovered(before: Value, after: Value, covers: Covers) -> list[dict[str, Value]]:
    """Return the rules of `after` that no rule of `before` covers."""
    old = objects(before)
    return [rule for rule in objects(after) if not any(covers(known, rule) for known in old)]


def all_in(before: Value, after: Value, covers: Covers) -> bool:
    """Say whether each item of `after` is covered; a list that is absent or empty allows everything."""
    if not before:
        return True
    if not after or hidden(after):
        return False
    return not uncovered(before, after, covers) and (not isinstance(after, list) or len(objects(after)) == len(after))


def words_in(before: Value, after: Value, *, absent_is_all: bool = True) -> bool:
    """Say whether each word of `after` is among those of `before`, `*` standing for all."""
    old, new = _words(before), _words(after)
    if "*" in old or (absent_is_all and not old):
        return True
    if absent_is_all and not new:
        return False
    return all(word in old or any(word.startswith(known[:-1]) for known in old if known.endswith("*")) for word in new)


def _words(value: Value) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def cidr_in(before: str, after: str) -> bool:
    """Say whether a range of addresses lies within another."""
    try:
        outer, inner = ipaddress.ip_network(before, strict=False), ipaddress.ip_network(after, strict=False)
    except ValueError:
        return before == after
    if isinstance(outer, ipaddress.IPv4Network) and isinstance(inner, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, ipaddress.IPv6Network) and isinstance(inner, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


def cidrs_in(before: Value, after: Value) -> bool:
    """Say whether all ranges lie within earlier ones; none at all means everywhere."""
    old, new = _words(before), _words(after)
    if not old:
        return True
    return bool(new) and all(any(cidr_in(known, cidr) for known in old) for cidr in new)


def everywhere(cidr: Value) -> bool:
    """Say whether a range is the whole Internet, or nearly so."""
    try:
        return isinstance(cidr, str) and ipaddress.ip_network(cidr, strict=False).prefixlen <= 1
    except ValueError:
        return False


def labels_in(before: Value, after: Value) -> bool:
    """Say whether all that the second selector selects was selected by the first."""
    old, new = fields(before), fields(after)
    matched, wanted = fields(old.get("matchLabels")), fields(new.get("matchLabels"))
    if not matched.items() <= wanted.items():
        return False
    expressions = new.get("matchExpressions")
    listed = expressions if isinstance(expressions, list) else []
    known = old.get("matchExpressions")
    return all(expression in listed for expression in (known if isinstance(known, list) else []))
