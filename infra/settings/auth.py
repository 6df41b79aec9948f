"""The endpoint that NGINX asks about the callers of models."""

import ipaddress
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from infra.settings.base import Allowed, Model
from infra.settings.types import Pem, one_server

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


class Auth(Model):
    """An endpoint of the customer's that says whether a request may pass: 2xx lets it, 401 and 403 do not."""

    url: AuthUrl
    """Where it is asked, over HTTPS; its certificate must be for this host name."""
    addresses: Annotated[tuple[ServerAddress, ...], Field(min_length=1)]
    """Where that host is: NGINX without a licence looks no names up."""
    certificate_authority: Pem | None = None
    """Authority of its certificate; a public one when absent."""
