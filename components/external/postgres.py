"""A PostgreSQL that the customer runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.contracts import PostgresEndpoint
from components.external.outside import reached_at, trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.contracts import SslMode


@dataclass(frozen=True, kw_only=True)
class ExternalDatabase:
    """What the customer says about the database."""

    host: str
    port: int
    database: str
    username: str
    password: pulumi.Input[str]
    """Secret."""
    ssl_mode: SslMode
    certificate_authority: str | None
    """PEM; None when the server is signed by an authority that clients know."""
    cidrs: Sequence[str]
    """Networks that the server is in; empty when they are not known."""


def external_postgres(given: ExternalDatabase) -> PostgresEndpoint:
    """Return the endpoint of a database that is there already.

    Without `cidrs` clients may reach its port at any address but those where clouds keep credentials.
    """
    return PostgresEndpoint(
        host=given.host,
        port=given.port,
        database=given.database,
        username=given.username,
        password=given.password,
        ssl_mode=given.ssl_mode,
        trust=trust(given.certificate_authority),
        reached_at=reached_at(given.cidrs),
        ready=(),
    )
