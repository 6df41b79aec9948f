"""What must hold for the exemptions of a stack file: each lets off something that is there, and only for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from infra.settings.errors import Problem, nearest, shown
from infra.settings.salvage import duplicates, until_invalid, valid
from infra.settings.stores import ExternalPostgres, NoSearch

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def _guarded(platform: Platform, control: Control) -> list[str]:
    """Name what a control guards in this stack and can be let off."""
    namespaces = [*platform.namespaces, *dict.fromkeys(runtime.namespace for runtime in platform.seldon.runtimes)]
    if control == "default-deny":
        return namespaces
    if control == "deletion-protection":
        return [*namespaces, "seldon-core", *platform.stores]
    if control == "end-of-life":
        return [] if isinstance(platform.search, NoSearch) else ["search"]
    if control == "tls-verification":
        postgres = platform.postgres
        return ["postgres"] if isinstance(postgres, ExternalPostgres) and postgres.ssl_mode != "verify-full" else []
    return ["ingress"]
