"""The endpoint that NGINX asks about the callers of models."""

import ipaddress
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from infra.settings.base import Allowed, Model
from infra.settings.types import Cidr, DnsLabel, HttpsUrl, Pem, Port, one_server

_URL = r"^https://([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z]([-a-z0-9]*[a-z0-9])?(:[1-9][0-9]{0,4})?/[A-Za-z0-9._~/-]+$"
_HIGHEST_PORT = 65535


def _port(value: str) -> str:
    _, colon, port = value.split("/")[2].partition(":")
    if colon and int(port) > _HIGHEST_PORT:
        raise ValueError("no port")
    return value


def _address(value: str) -> str:
    return one_server(str(ipaddress.ip_address(value)))


AuthUrl: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=_URL, max_length=512),
    AfterValidator(_port),
    Allowed(
        "an https URL of a host name in lower case with a path, without user, query or fragment, such as "
        "https://auth.initech.example/oauth2/auth"
    ),
]
ServerAddress: TypeAlias = Annotated[
    str,
    AfterValidator(_address),
    Allowed(
        "an IP address of a server, not loopback, multicast, link-local or of cloud credentials, such as 10.20.0.40"
    ),
]


AuthPath: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^/[A-Za-z0-9._~/-]*$", max_length=255),
    Allowed("a path, such as /oauth2/auth"),
]


class ExternalAuth(Model):
    """An endpoint outside of the cluster that says whether a request may pass: 2xx lets it, 401 and 403 do not."""

    kind: Literal["external"]
    """Where it is."""
    url: AuthUrl
    """What is asked, over HTTPS; its certificate must be for this host name."""
    addresses: Annotated[tuple[ServerAddress, ...], Field(min_length=1)]
    """Where that host is: NGINX without a licence looks no names up."""
    certificate_authority: Pem | None = None
    """Authority of its certificate; a public one when absent."""


class InClusterAuth(Model):
    """An endpoint that you install into the namespace `seldon-callers`, which the platform makes and keeps closed."""

    kind: Literal["in-cluster"]
    """Where it is."""
    service: DnsLabel
    """Its Service, which speaks HTTPS with the certificate in the Secret `callers-tls`."""
    port: Port = 443
    """Of the Service."""
    pod_port: Port | None = None
    """Of its pods, if another."""
    path: AuthPath = "/oauth2/auth"
    """What is asked."""
    provider: HttpsUrl
    """The identity provider that it asks itself; the only thing outside that it may reach."""
    cidrs: tuple[Cidr, ...] = ()
    """Networks where the provider is; any address on its port when empty."""


Auth: TypeAlias = Annotated[ExternalAuth | InClusterAuth, Field(discriminator="kind")]
