"""What must hold for the exemptions of a stack file: each lets off something that is there, and only for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from infra import names
from infra.settings.application_logs import FluentBit
from infra.settings.errors import Problem, nearest, shown
from infra.settings.salvage import duplicates, until_invalid, valid
from infra.settings.stores import ExternalPostgres, ExternalSearch, NoSearch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from infra.settings.platform import Control, Exemption, Platform
    from infra.settings.shape import Path

_LONGEST_EXEMPTION = timedelta(days=366)


def is_exempt(platform: Platform, control: Control, resource: str) -> bool:
    """Say whether the stack file lets a resource off a control; an entry that is not valid does not count."""
    named = valid(platform.exemptions, lambda exemption: (exemption.control, exemption.resource))
    return any(entry == (control, resource) for _, entry in named)


def entry_for(control: Control, resource: str) -> str:
    """Write the entry that would let a resource off, for a message."""
    return f"{{control: {control}, resource: {resource}, reason: <why>, expires: <date>}}"


def check_exemptions(platform: Platform, today: date) -> Iterator[Problem]:
    """Yield exemptions that are past, too long, doubled, or of something that does not exist."""
    for index, exemption in enumerate(platform.exemptions):
        path = ("exemptions", index)
        yield from until_invalid(_expiry(exemption, (*path, "expires"), today))
        yield from until_invalid(_exempted(platform, exemption, (*path, "resource")))
    named = valid(platform.exemptions, lambda exemption: (exemption.control, exemption.resource))
    for index, first, (control, resource) in duplicates(named):
        yield Problem(
            ("exemptions", index),
            f"{control} of {resource} is already exempted by exemptions[{first}]; allowed: one entry for both",
        )


def _expiry(exemption: Exemption, path: Path, today: date) -> Iterator[Problem]:
    latest = today + _LONGEST_EXEMPTION
    if exemption.expires < today:
        yield Problem(path, f"{exemption.expires} is past, the exemption has expired; allowed: {today} to {latest}")
    elif exemption.expires > latest:
        yield Problem(path, f"{exemption.expires} is too far ahead; allowed: {today} to {latest}")


def _exempted(platform: Platform, exemption: Exemption, path: Path) -> Iterator[Problem]:
    """An exemption of something that does not exist would look like one that works."""
    control, given = exemption.control, exemption.resource
    known = _guarded(platform, control)
    if given not in known:
        allowed = ", ".join(known) or f"no entry of {control}, since nothing of this stack needs one"
        yield Problem(
            path, f"{shown(given)} is nothing that {control} guards{nearest(given, known)}; allowed: {allowed}"
        )


def is_opensearch(platform: Platform) -> bool:
    """Say whether the logs go to an OpenSearch instead of an Elasticsearch."""
    return isinstance(platform.search, ExternalSearch) and platform.search.engine == "opensearch"


def _guarded(platform: Platform, control: Control) -> list[str]:
    """Name what a control guards in this stack and can be let off."""
    if control in ("default-deny", "deletion-protection"):
        namespaces = [*platform.namespaces, *dict.fromkeys(runtime.namespace for runtime in platform.seldon.runtimes)]
        return namespaces if control == "default-deny" else [*namespaces, "seldon-core", *platform.stores]
    if control in ("public-ingress", "request-authentication"):
        return ["ingress"]
    resource, is_let_off = _SINGLE[control]
    return [resource] if is_let_off(platform) else []


def _has_elasticsearch(platform: Platform) -> bool:
    return not isinstance(platform.search, NoSearch) and not is_opensearch(platform)


def _reads_nodes(platform: Platform) -> bool:
    return isinstance(platform.application_logs, FluentBit)


def _verifies_less(platform: Platform) -> bool:
    return isinstance(platform.postgres, ExternalPostgres) and platform.postgres.ssl_mode != "verify-full"


_SINGLE: dict[Control, tuple[str, Callable[[Platform], bool]]] = {
    "end-of-life": ("search", _has_elasticsearch),
    "pod-security": (names.NODE_LOGS, _reads_nodes),
    "tls-verification": ("postgres", _verifies_less),
    "unsupported-search": ("search", is_opensearch),
}
"""Controls that guard one thing alone, and whether a stack has it in a form that must be let off."""
