"""What may be done through the API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.pods import kind
from policy.tree import items, value, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.model import Facts, Resource

_ADMIN = ("admin", "cluster-admin", "edit")


def no_master_keys(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield roles for everything, and bindings to the roles for people."""
    del facts
    if not resource.type.startswith("kubernetes:rbac.authorization.k8s.io/"):
        return
    for rule in items(resource.props, "rules"):
        if all("*" in words(rule, part) for part in ("apiGroups", "resources")):
            yield "a rule is for every resource of every API group, must name them"
        if "" in words(rule, "apiGroups") and "*" in words(rule, "resources"):
            yield "a rule is for every resource of the core group, Secrets among them, must name them"
    bound = value(resource.props, "roleRef", "name")
    if kind(resource).endswith("Binding") and bound in _ADMIN:
        yield f"roleRef.name is {bound}, must be a role of one workload"
