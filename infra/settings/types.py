"""Scalar types of the stack file: what each takes, once as a rule and once in words."""

import ipaddress
import re
from datetime import date
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from components.cluster.network import NODE_CREDENTIALS
from infra.settings.base import Allowed, Hidden, Model

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_REGISTRY = rf"^{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)( 00:00:00 \+0000 UTC)?")
_MINIMUM_PREFIX = {4: 16, 6: 48}
_MAXIMUM_REGISTRY = 255
_NEVER_REACHED = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "224.0.0.0/4", "::1", "ff00::/8", *NODE_CREDENTIALS)))
"""Loopback, multicast, and where clouds answer with credentials."""


def _network(value: str) -> str:
    network = ipaddress.ip_network(value)
    if network.prefixlen < _MINIMUM_PREFIX[network.version]:
        raise ValueError("too wide")
    if any(network.version == never.version and network.overlaps(never) for never in _NEVER_REACHED):
        raise ValueError("not a network of servers")
    return value


def one_server(value: str) -> str:
    """Return an address that can be that of a server.

    Raises:
        ValueError: it cannot.
    """
    address = ipaddress.ip_address(value)
    if address.is_unspecified or any(address in never for never in _NEVER_REACHED):
        raise ValueError("not an address of a server")
    return value


def _https(value: str) -> str:
    url = urlsplit(value)
    credentials = url.username is not None or url.password is not None
    if url.scheme != "https" or not url.hostname or url.port == 0 or credentials or "?" in value or "#" in value:
        raise ValueError("not a plain https URL")
    return value


def _has_registry_host(value: str) -> str:
    host = value.split("/", maxsplit=1)[0]
    if "." not in host and ":" not in host:
        raise ValueError("no host")
    return value


def _words(value: str) -> str:
    if len(value.split()) < 3:  # noqa: PLR2004 (said in the allowed text)
        raise ValueError("too short")
    return value


def _date(value: object) -> date:
    """Read a date; an unquoted YAML date is handed on by the engine as Go prints a timestamp."""
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("not a date")
    return date.fromisoformat(found[1])


CustomerName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=rf"^{_LABEL}$", max_length=40),
    Allowed("a DNS label of at most 40 characters: lower-case letters, digits and dashes, such as initech"),
]
DnsLabel: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=rf"^{_LABEL}$", max_length=63),
    Allowed("a DNS label of at most 63 characters: lower-case letters, digits and dashes, such as fraud"),
]
HostName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=rf"^({_LABEL}\.)+[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=189),
    Allowed(
        "a full DNS name in lower case of at most 189 characters (a runtime adds its own label), no wildcard, port or "
        "address, such as ml.initech.example"
    ),
]
ContextName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^\S+$", max_length=253),
    Allowed("the name of a kubeconfig context, without spaces, such as initech-onprem"),
]
KubernetesVersion: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^1\.[1-9][0-9]$"),
    Allowed('major and minor version of Kubernetes in quotes, such as "1.33"'),
]
ObjectName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})*$", max_length=253),
    Allowed("the name of a Kubernetes object, such as fast-encrypted"),
]
Cidr: TypeAlias = Annotated[
    str,
    AfterValidator(_network),
    Allowed(
        "a network in CIDR form without host bits, not wider than /16 (IPv4) or /48 (IPv6), neither loopback, "
        "multicast, link-local nor another place of cloud credentials, such as 10.20.0.10/32"
    ),
]
Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]
Registry: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=_REGISTRY, max_length=_MAXIMUM_REGISTRY),
    AfterValidator(_has_registry_host),
    Allowed("registry host and path without a scheme or a tag, such as registry.initech.example/mirror"),
]
DirectoryPath: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^\S(.*\S)?$", max_length=4096),
    Allowed("a directory, absolute or relative to Pulumi.yaml"),
]
HttpsUrl: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^https://[^\s]+$", max_length=2048),
    AfterValidator(_https),
    Allowed("an https URL without user, query or fragment, such as https://s3.initech.example"),
]
Email: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[^@\s]+@([a-z0-9-]+\.)+[a-z]{2,}$", max_length=254),
    Allowed("an email address, such as platform@initech.example"),
]
Username: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[^\s:]+$", max_length=255), Allowed("a user name without spaces or colons")
]
Region: TypeAlias = Annotated[
    str, StringConstraints(pattern=rf"^{_LABEL}$", max_length=63), Allowed("a region name, such as eu-central-1")
]
Scheme: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=30),
    Allowed("a URI scheme of at most 30 characters: lower-case letters, digits and dashes, such as s3"),
]
RemoteScheme: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9]*$", max_length=30),
    Allowed("a URI scheme of at most 30 lower-case letters and digits, such as s3: it is in names of variables too"),
]
StorageUri: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}://[^\s/]+(/[^\s]*)?$", max_length=2048),
    Allowed("<scheme>://<bucket>/<path>, such as s3://models/churn"),
]
Pem: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^\s*-----BEGIN CERTIFICATE-----"),
    Hidden(),
    Allowed("PEM text of X.509 certificates, leaf first, starting with -----BEGIN CERTIFICATE-----"),
]
ExpiryDate: TypeAlias = Annotated[
    date,
    BeforeValidator(_date),
    Allowed("a date YYYY-MM-DD, at the earliest today and at most 366 days ahead"),
]
Reason: TypeAlias = Annotated[
    str,
    StringConstraints(max_length=500),
    AfterValidator(_words),
    Allowed("a sentence of at least three words and at most 500 characters"),
]
ResourceName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$", max_length=253),
    Allowed("the name of one resource, no wildcard, such as seldon-monitoring"),
]
SecretKey: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=64),
    Allowed("the name of a config key of at most 64 letters, digits, dashes and underscores, such as registryPassword"),
]


class SecretRef(Model):
    """A secret: the name of a config key whose value is set with `pulumi config set --secret <key>`."""

    secret: SecretKey
    """Config key of the project that holds the secret value, without the `seldon-platform:` prefix."""
