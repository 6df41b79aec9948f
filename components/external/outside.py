"""What every store outside has in common: who signed its certificate, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.network import OUTSIDE
from components.contracts import Addresses, GivenAuthority, PublicAuthorities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import Trust


def trust(certificate_authority: str | None) -> Trust:
    """Verify by the given authority (PEM), or by those that every client knows."""
    return GivenAuthority(certificate=certificate_authority) if certificate_authority else PublicAuthorities()


def reached_at(cidrs: Sequence[str]) -> Addresses:
    """Reach it in its networks; when they are not known, anywhere but where clouds keep credentials."""
    return Addresses(cidrs=tuple(cidrs)) if cidrs else OUTSIDE
