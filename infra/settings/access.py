"""Whose tokens call models, and the load balancer that callers reach."""

import ipaddress
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from infra.settings.base import Allowed, Model
from infra.settings.types import Cidr, HttpsUrl, Pem

_ANNOTATION = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"


def _clients(value: str) -> str:
    if ipaddress.ip_network(value).prefixlen == 0:
        raise ValueError("everyone")
    return value


Audience: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[^\s*]+$", max_length=255),
    Allowed("an `aud` claim without spaces or asterisks, such as seldon-models"),
]
ClientNetwork: TypeAlias = Annotated[
    str,
    AfterValidator(_clients),
    Allowed("a network in CIDR form without host bits, not all addresses, such as 10.0.0.0/8"),
]
AnnotationName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=_ANNOTATION, max_length=317),
    Allowed("the name of an annotation with its prefix, such as metallb.io/address-pool"),
]


class TokenIssuer(Model):
    """Another issuer whose tokens call models, such as an identity provider inside the cluster."""

    issuer: HttpsUrl
    """The `iss` claim of its tokens, exactly."""
    audiences: Annotated[tuple[Audience, ...], Field(min_length=1)]
    """A token must carry at least one of these in its `aud` claim."""
    jwks_uri: HttpsUrl | None = None
    """Where its signing keys are; discovered from the issuer when absent."""


class Oidc(Model):
    """The customer's OIDC provider, whose tokens call models, and what the cluster needs to read its signing keys."""

    issuer: HttpsUrl
    """The `iss` claim of its tokens, exactly."""
    audiences: Annotated[tuple[Audience, ...], Field(min_length=1)]
    """A token must carry at least one of these in its `aud` claim."""
    jwks_uri: HttpsUrl | None = None
    """Where its signing keys are; discovered from the issuer when absent."""
    additional_issuers: tuple[TokenIssuer, ...] = ()
    """Further issuers, each with audiences of its own."""
    certificate_authority: Pem | None = None
    """Authority of the providers' HTTPS certificates, on top of the public ones."""
    cidrs: tuple[Cidr, ...] = ()
    """Networks where the providers are; any address on their ports when empty."""


class Annotation(Model):
    """An annotation of the load balancer's Service."""

    name: AnnotationName
    """Name with its prefix."""
    value: Annotated[str, StringConstraints(max_length=1024)]
    """Value."""


class LoadBalancer(Model):
    """The one load balancer."""

    internal: bool = True
    """Whether only the customer's network reaches it; if not, the exemption `public-ingress` of `ingress` is needed."""
    source_ranges: tuple[ClientNetwork, ...] = ()
    """Networks of clients, kept by the load balancer and by network policy; any address when empty."""
    annotations: tuple[Annotation, ...] = ()
    """What the controller of load balancers on premises reads; a cloud's own are set by the program."""
