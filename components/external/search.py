"""An Elasticsearch that the customer runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.contracts import SearchEndpoint
from components.external.outside import reached_at, trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi


@dataclass(frozen=True, kw_only=True)
class ExternalElasticsearch:
    """What the customer says about the server."""

    host: str
    port: int
    username: str
    password: pulumi.Input[str]
    """Secret."""
    certificate_authority: str | None
    """PEM; None when the server is signed by an authority that clients know."""
    cidrs: Sequence[str]
    """Networks that the server is in; empty when they are not known."""


def external_search(given: ExternalElasticsearch) -> SearchEndpoint:
    """Return the endpoint of a server that is there already.

    Without `cidrs` clients may reach its port at any address but those where clouds keep credentials.
    """
    return SearchEndpoint(
        host=given.host,
        port=given.port,
        username=given.username,
        password=given.password,
        trust=trust(given.certificate_authority),
        reached_at=reached_at(given.cidrs),
        ready=(),
    )
