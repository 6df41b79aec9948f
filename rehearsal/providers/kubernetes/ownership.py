"""Who owns the fields of an object (`metadata.managedFields`), and taking over what people changed with kubectl."""

from typing import Any, Final

from .api import ApiError
from .objects import dig, items
from .values import KubeObject

_TAKEN_OVER: Final = (
    ("kubectl", "Apply"),
    ("kubectl", "Update"),
    ("before-first-apply", "Update"),
    ("pulumi-kubernetes", "Update"),
    ("pulumi-resource-kubernetes", "Update"),
)
"""Beginnings of manager names, with the operation, whose fields the official provider claims when it updates an object
(its `fixCSAFieldManagers`); changes through a subresource, such as `kubectl scale`, are left to their manager."""


def applied_by(live: KubeObject, manager: str) -> bool:
    """Say whether `manager` has applied this object before."""
    entries = items(live, "metadata", "managedFields")
    return any(entry.get("manager") == manager and entry.get("operation") == "Apply" for entry in entries)


def has_other_owner(live: KubeObject, manager: str) -> bool:
    """Say whether anybody but `manager` has written to the object itself (not just to its status)."""
    entries = items(live, "metadata", "managedFields")
    return any(entry.get("manager") != manager and not entry.get("subresource") for entry in entries)


def claimed_fields(live: KubeObject, manager: str) -> list[KubeObject] | None:
    """Return the managedFields of `live` with kubectl's fields moved to `manager`; None when there are none."""
    entries = items(live, "metadata", "managedFields")
    taken = [entry for entry in entries if _is_taken_over(entry)]
    if not taken:
        return None
    own = [entry for entry in entries if entry.get("manager") == manager and entry.get("operation") == "Apply"]
    fields: KubeObject = (own or taken)[0].get("fieldsV1") or {}
    for entry in taken:
        fields = _union(fields, entry.get("fieldsV1") or {})
    merged = {**(own or taken)[0], "manager": manager, "operation": "Apply", "fieldsV1": fields}
    return [*(entry for entry in entries if entry not in taken and entry not in own), merged]


def conflicts_only_with_taken_over(live: KubeObject, error: ApiError) -> bool:
    """Say whether a field conflict is only with managers whose fields an update would claim first."""
    names = {str(entry.get("manager")) for entry in items(live, "metadata", "managedFields") if _is_taken_over(entry)}
    causes = items(error.details, "causes")
    return bool(causes) and all(
        any(f'"{name}"' in str(cause.get("message")) for name in names)
        and "with subresource" not in str(cause.get("message"))
        for cause in causes
    )


def _is_taken_over(entry: KubeObject) -> bool:
    return not dig(entry, "subresource") and any(
        str(entry.get("manager", "")).startswith(name) and entry.get("operation") == operation
        for name, operation in _TAKEN_OVER
    )


def _union(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Join two field sets in their serialised form: a node without children is a member, others say so with "."."""
    if one == other:
        return one
    one, other = one or {".": {}}, other or {".": {}}
    joined = {**one, **other}
    for key in one.keys() & other.keys():
        joined[key] = _union(one[key], other[key])
    return joined
