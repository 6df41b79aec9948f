"""The stack file's own exemptions: known, reasoned, and in force."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policy.model import Facts, Resource

CONTROLS = (
    *("default-deny", "deletion-protection", "end-of-life", "pod-security", "public-ingress"),
    *("request-authentication", "tls-verification", "unsupported-search"),
)
_LONGEST_DAYS = 366


def today() -> date:
    """Return the day of it, in UTC."""
    return datetime.now(timezone.utc).date()


def valid(resources: Sequence[Resource], facts: Facts) -> Iterator[str]:
    """Yield exemptions that let nothing off any more, or never did."""
    del resources
    for each in facts.exemptions:
        what = f"exemption {each.control} of {each.resource}"
        if each.control not in CONTROLS:
            yield f"{what}: no such control; there are {', '.join(CONTROLS)}"
        if not each.reason.strip():
            yield f"{what}: no reason"
        try:
            left = (date.fromisoformat(each.expires) - today()).days
        except ValueError:
            yield f"{what}: expires is {each.expires or 'absent'}, must be a date such as 2027-03-31"
            continue
        if not 0 <= left <= _LONGEST_DAYS:
            yield f"{what}: expires on {each.expires}, must be today or later, and at most {_LONGEST_DAYS} days ahead"
