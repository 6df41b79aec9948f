"""Small changes of Istio policies, each of which must change what becomes of some request."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Policies: TypeAlias = "list[dict[str, Any]]"
Step: TypeAlias = "str | int"

_MISSING = object()


def mutations(policies: Sequence[dict[str, Any]]) -> Iterator[tuple[str, Policies]]:
    """Yield a name and the changed policies: something dropped, narrowed, widened, turned around or moved."""
    # A recording keeps no order of keys, and the workers of a test run must agree on one.
    policies = json.loads(json.dumps(policies, sort_keys=True))
    for index, policy in enumerate(policies):
        name = policy["metadata"]["name"]
        yield f"{name}: dropped", [other for other in policies if other is not policy]
        for change, path, value in _changes(policy):
            yield f"{name}: {change}", _with(policies, (index, *path), value)


def _with(policies: Sequence[dict[str, Any]], path: Sequence[Step], value: object) -> Policies:
    """Copy the policies with the value at a path replaced, or taken out."""
    changed = deepcopy(list(policies))
    below: Any = changed
    for step in path[:-1]:
        below = below[step]
    if value is _MISSING:
        del below[path[-1]]
    else:
        below[path[-1]] = value
    return changed


Change: TypeAlias = "tuple[str, tuple[Step, ...], object]"


def _changes(policy: dict[str, Any]) -> Iterator[Change]:
    spec: dict[str, Any] = policy["spec"]
    yield "in another namespace", ("metadata", "namespace"), "elsewhere"
    if "selector" in spec:
        yield "without selector", ("spec", "selector"), _MISSING
        for label, value in spec["selector"]["matchLabels"].items():
            yield f"selects another {label}", ("spec", "selector", "matchLabels", label), f"istio-{value}"
    else:
        yield "with a selector", ("spec", "selector"), {"matchLabels": {"app": "istio-ingressgateway"}}
    yield from _authentication(spec) if policy["kind"] == "RequestAuthentication" else _authorization(spec)


def _authentication(spec: dict[str, Any]) -> Iterator[Change]:
    for index, rule in enumerate(spec["jwtRules"]):
        at: tuple[Step, ...] = ("spec", "jwtRules", index)
        yield f"rule {index} dropped", at, _MISSING
        yield f"rule {index}: another issuer", (*at, "issuer"), "https://login.globex.example"
        yield f"rule {index}: any audience", (*at, "audiences"), _MISSING
        yield f"rule {index}: other keys", (*at, "jwksUri"), "https://login.globex.example/keys"
        yield f"rule {index}: tokens from anywhere", (*at, "fromHeaders"), _MISSING
        yield f"rule {index}: tokens from a query too", (*at, "fromParams"), ["access_token"]
        yield f"rule {index}: tokens from another header", (*at, "fromHeaders", 0, "name"), "X-Token"
        passed_on = rule.get("forwardOriginalToken", False)
        yield f"rule {index}: tokens passed on is {not passed_on}", (*at, "forwardOriginalToken"), not passed_on
        for place, audience in enumerate(rule["audiences"]):
            yield f"rule {index}: not for {audience}", (*at, "audiences", place), "another"


def _authorization(spec: dict[str, Any]) -> Iterator[Change]:
    yield "turned around", ("spec", "action"), "DENY"
    yield "for everything", ("spec", "rules"), [{}]
    for index, rule in enumerate(spec.get("rules", [])):
        at: tuple[Step, ...] = ("spec", "rules", index)
        yield f"rule {index} dropped", at, _MISSING
        for part in rule:
            yield f"rule {index}: any {part}", (*at, part), _MISSING
        for number, entry in enumerate(rule.get("from", [])):
            yield from _fields(f"rule {index}", (*at, "from", number, "source"), entry["source"])
        for number, entry in enumerate(rule.get("to", [])):
            where = (*at, "to", number)
            if len(rule["to"]) > 1:
                yield f"rule {index}: operation {number} dropped", where, _MISSING
            yield from _fields(f"rule {index}, operation {number}", (*where, "operation"), entry["operation"])
        for number, condition in enumerate(rule.get("when", [])):
            yield from _fields(f"rule {index}", (*at, "when", number), {"values": condition["values"]})


def _fields(name: str, at: tuple[Step, ...], fields: dict[str, list[str]]) -> Iterator[Change]:
    for field, values in fields.items():
        yield f"{name}: any {field}", (*at, field), _MISSING
        for index, value in enumerate(values):
            if len(values) > 1:
                yield f"{name}: not {field} {value}", (*at, field, index), _MISSING
            for wider in _wider(field, value):
                yield f"{name}: {field} {value} as {wider}", (*at, field, index), wider


def _wider(field: str, value: str) -> list[str]:
    if field == "ports":
        return ["80"]
    if field == "methods":
        return ["*"]
    if field == "requestPrincipals":
        return ["*", "https://login.globex.example/*"]
    if value.endswith("/*"):
        return ["*", f"{value[:-2]}*", f"{value[:-2].rpartition('/')[0]}/*"]
    if field == "paths":
        return ["*", f"{value}*", f"{value.rpartition('/')[0]}/*"]
    return ["*", f"{value}*", f"*{value}"]
