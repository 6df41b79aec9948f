"""Certificates from an ACME server, and how it is shown that the hosts are the customer's."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from infra.settings.base import Allowed, Model
from infra.settings.types import Email, HttpsUrl, Pem, Region

LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"


class Route53(Model):
    """A zone of AWS Route 53."""

    kind: Literal["route53"]
    """Whose zone."""
    region: Region
    """Region of the API that is called."""
    hosted_zone_id: Annotated[
        str, StringConstraints(pattern=r"^Z[A-Z0-9]{1,31}$"), Allowed("the ID of a hosted zone, such as Z2FDTNDATAQYW2")
    ]
    """The zone that the host is in."""
    role: (
        Annotated[
            str,
            StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,576}$"),
            Allowed("the ARN of an IAM role"),
        ]
        | None
    ) = None
    """Role that cert-manager's service account takes on (IRSA); absent where the cluster gives it one by itself."""


class CloudDns(Model):
    """A zone of Google Cloud DNS."""

    kind: Literal["clouddns"]
    """Whose zone."""
    project: Annotated[
        str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$"), Allowed("a Google Cloud project ID")
    ]
    """Project of the zone that the host is in."""
    service_account: Email | None = None
    """Google service account that cert-manager's stands for; absent where that has rights of its own."""


DnsProvider: TypeAlias = Annotated[Route53 | CloudDns, Field(discriminator="kind")]


class Http01(Model):
    """The ACME server fetches a file from port 80 of every host."""

    kind: Literal["http-01"]
    """How ownership is shown."""


class Dns01(Model):
    """cert-manager writes a record into the zone, with an identity of its own instead of a key."""

    kind: Literal["dns-01"]
    """How ownership is shown."""
    provider: DnsProvider
    """Who keeps the zone."""


Challenge: TypeAlias = Annotated[Http01 | Dns01, Field(discriminator="kind")]


class Acme(Model):
    """A certificate from an ACME server, renewed by cert-manager."""

    kind: Literal["acme"]
    """Who issues the certificate of the host."""
    email: Email
    """Where the ACME server sends notices of expiry."""
    server: HttpsUrl = LETS_ENCRYPT
    """Directory URL of the ACME server."""
    challenge: Challenge
    """How it is shown to the server that the host and those of the runtimes are the customer's."""
    certificate_authority: Pem | None = None
    """Authority of the server's own certificate, when that is not signed by a public one."""
