"""The Enterprise Platform: Seldon's application on top of Core 2, for people who deploy and watch models."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from infra.settings.base import Allowed, Model
from infra.settings.grants import Access
from infra.settings.store_types import CaBundle, OAuthText
from infra.settings.types import Cidr, HttpsUrl, SecretRef

_DISCOVERY = "/.well-known"


def _issuer(value: str) -> str:
    if _DISCOVERY in value:
        raise ValueError("not the issuer")
    return value


IssuerUrl: TypeAlias = Annotated[
    HttpsUrl,
    AfterValidator(_issuer),
    Allowed(
        "the `iss` claim exactly: an https URL without user, query, fragment or /.well-known, such as "
        "https://login.initech.example/realms/people"
    ),
]
Scope: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._~:/-]+$", max_length=255),
    Allowed("the name of a scope without spaces, such as profile"),
]
ClaimName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._:/-]+$", max_length=255),
    Allowed("the name of a claim without spaces, such as preferred_username"),
]


class Claims(Model):
    """Which claims of a token say who somebody is."""

    user: ClaimName = "preferred_username"
    """Who it is; the users of `access` are called so."""
    service_account: ClaimName | None = None
    """Who it is, in a token without the claim of `user`, such as that of a program."""
    name: ClaimName = "name"
    """Name to show."""
    email: ClaimName = "email"
    """Address."""
    groups: ClaimName = "groups"
    """List of groups; the groups of `access` are called so."""


class Login(Model):
    """The customer's OIDC provider, where people log in."""

    issuer: IssuerUrl
    """The provider, as the `iss` claim of its tokens has it."""
    client_id: OAuthText
    """Client of the platform there; its redirect URL is `https://<host>/seldon-deploy/auth/callback`."""
    client_secret: SecretRef
    """Secret of that client."""
    token_url: HttpsUrl | None = None
    """Where Alertmanager gets tokens as that client, to tell the platform what fires; it does not when absent."""
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = ("profile", "email", "groups")
    """What to ask for beside `openid`; the claims must come with them."""
    claims: Claims = Claims()
    """Which claims say who somebody is."""
    certificate_authority: CaBundle | None = None
    """Who signed the provider's certificate; a public authority when absent."""
    cidrs: tuple[Cidr, ...] = ()
    """Networks where the provider is; any address on its port when empty."""


class NoBatch(Model):
    """No batch jobs."""

    kind: Literal["none"] = "none"
    """What runs batch jobs."""


class ArgoWorkflows(Model):
    """Argo Workflows, which runs batch jobs in the namespaces of the runtimes, on the bucket for batch jobs."""

    kind: Literal["argo-workflows"]
    """What runs batch jobs."""


Batch: TypeAlias = Annotated[NoBatch | ArgoWorkflows, Field(discriminator="kind")]


class ServiceClient(Model):
    """A client of the same OIDC provider that gets tokens for itself (client credentials)."""

    client_id: OAuthText
    """Client; its user needs a `read` grant of the namespaces, or of the projects of their models, under `access`."""
    client_secret: SecretRef
    """Secret of that client."""


class NoRequestLogging(Model):
    """Requests of pipelines are not logged."""

    kind: Literal["none"] = "none"
    """What logs requests."""


class Metronome(Model):
    """Seldon's request logger, which reads the topics of pipelines and writes to Elasticsearch."""

    kind: Literal["metronome"]
    """What logs requests; needs `kafka`."""
    authentication: ServiceClient | None = None
    """How it asks the platform what the fields of a model mean; without it they are logged by number."""


RequestLogging: TypeAlias = Annotated[NoRequestLogging | Metronome, Field(discriminator="kind")]


class NoEnterprise(Model):
    """Core 2 alone."""

    kind: Literal["none"] = "none"
    """Which application."""


class SeldonDeploy(Model):
    """Seldon Enterprise Platform; needs the ingress `istio`, `postgres`, `search` and `objectStore`."""

    kind: Literal["seldon-deploy"]
    """Which application."""
    license: SecretRef
    """Licence key that Seldon gave you."""
    oidc: Login
    """Where people log in."""
    access: Access
    """Who may do what."""
    batch: Batch = NoBatch()
    """Batch jobs."""
    request_logging: RequestLogging = NoRequestLogging()
    """Logs of requests and responses."""
    alertmanager_url: HttpsUrl | None = None
    """Where it reads alerts, when that is not the platform's own Alertmanager."""


Enterprise: TypeAlias = Annotated[NoEnterprise | SeldonDeploy, Field(discriminator="kind")]
