"""What the Enterprise Platform is made with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from components.contracts import PublicAuthorities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from components.contracts import (
        AuditEndpoint,
        GatewayRef,
        IssuerRef,
        KafkaEndpoint,
        PlacedIn,
        PostgresEndpoint,
        PrometheusRef,
        SearchEndpoint,
        Trust,
    )
    from components.sources import Sources
    from components.workload import Workload


@dataclass(frozen=True, kw_only=True)
class Claims:
    """Which claims of a token say who somebody is."""

    user: str = "preferred_username"
    service_account: str = "preferred_username"
    """Of a token that has no claim `user`, such as that of a program."""
    name: str = "name"
    email: str = "email"
    groups: str = "groups"


@dataclass(frozen=True, kw_only=True)
class Login:
    """The customer's OIDC provider, where people log in."""

    issuer: str
    client_id: str
    client_secret: pulumi.Input[str]
    """Secret."""
    scopes: Sequence[str] = ("profile", "email", "groups")
    """Beside `openid`, which the server adds."""
    claims: Claims = field(default_factory=Claims)
    trust: Trust = field(default_factory=PublicAuthorities)
    """What the provider is verified against."""


@dataclass(frozen=True, kw_only=True)
class ServiceClient:
    """A client of the same provider that gets tokens for itself."""

    client_id: str
    client_secret: pulumi.Input[str]
    """Secret."""


@dataclass(frozen=True, kw_only=True)
class RequestLogging:
    """The logger of requests (Metronome): from the topics of pipelines into Elasticsearch."""

    placed: PlacedIn
    """Where the Secrets are that it reads: `elastic-credentials`, and those of its Kafka user."""
    kafka: KafkaEndpoint
    size: Workload
    opensearch: bool = False
    """Whether `search` is OpenSearch, which only an older logger writes to."""
    client: ServiceClient | None = None
    """As whom it asks the platform what the fields of a model mean; None leaves them numbered."""


@dataclass(frozen=True, kw_only=True)
class EnterpriseArgs:
    """What the Enterprise Platform is made with.

    In its namespace the Secrets `metadata-postgres` and `elastic-credentials` are made before: `depends_on` has them.
    """

    sources: Sources
    placed: PlacedIn
    gateway: GatewayRef
    runtimes: Sequence[PlacedIn]
    """What it may work in."""
    authority: IssuerRef
    """Of the certificates inside the platform: it calls models over TLS."""
    license: pulumi.Input[str]
    """Secret."""
    login: Login
    policy: Mapping[str, Any]
    """What OPA decides by: `{"role_grants": {group: [{"action", "resource"}]}, "user_grants": {user: [...]}}`. An empty
    one would deny everything, a missing one stops the server."""
    postgres: PostgresEndpoint
    search: SearchEndpoint
    prometheus: PrometheusRef
    alertmanager_url: str
    """Where it reads alerts."""
    audit: AuditEndpoint
    """Every request and answer goes there; the server does not start without it."""
    size: Workload
    batch: bool
    """Whether Argo Workflows runs batch jobs in the runtimes."""
    logging: RequestLogging | None
    depends_on: Sequence[pulumi.Resource] = ()
