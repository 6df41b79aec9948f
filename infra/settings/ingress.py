"""The one way into the platform and the certificate it presents."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from infra.settings.access import LoadBalancer, Oidc
from infra.settings.base import Model
from infra.settings.types import Email, HostName, HttpsUrl, Pem, SecretRef


class Acme(Model):
    """A certificate from an ACME server, renewed by cert-manager."""

    kind: Literal["acme"]
    """Who issues the certificate of the host."""
    email: Email
    """Where the ACME server sends notices of expiry."""
    server: HttpsUrl = "https://acme-v02.api.letsencrypt.org/directory"
    """Directory URL of the ACME server."""


class PrivateCa(Model):
    """A certificate from a private authority, issued and renewed by cert-manager."""

    kind: Literal["private-ca"]
    """Who issues the certificate of the host."""
    certificate: Pem | None = None
    """CA certificate with its chain; one is made in the cluster when both this and `privateKey` are absent."""
    private_key: SecretRef | None = None
    """Private key of that CA, PEM."""


class Provided(Model):
    """A certificate that the customer makes and renews."""

    kind: Literal["provided"]
    """Who issues the certificate of the host."""
    certificate: Pem
    """Certificate with its chain; must be valid today and cover `host` and every `<namespace>.<host>`."""
    private_key: SecretRef
    """Private key of the certificate, PEM."""


Certificate: TypeAlias = Annotated[Acme | PrivateCa | Provided, Field(discriminator="kind")]


class Istio(Model):
    """Istio's gateway."""

    kind: Literal["istio"]
    """Which ingress."""
    host: HostName
    """Host name of the platform; a runtime is served at `<namespace>.<host>`."""
    certificate: Certificate
    """TLS certificate of the host."""
    minimum_tls: Literal["1.2", "1.3"] = "1.2"
    """Oldest version of TLS that is spoken with clients."""
    oidc: Oidc | None = None
    """Who may call models; can be left out only with the exemption `request-authentication` of `ingress`."""
    load_balancer: LoadBalancer = LoadBalancer()
    """The load balancer in front of the gateway."""


class Nginx(Model):
    """F5 NGINX. Comes later: understood, and refused for now."""

    kind: Literal["nginx"]
    """Which ingress."""
    host: HostName
    """Host name of the platform; a runtime is served at `<namespace>.<host>`."""
    certificate: Certificate
    """TLS certificate of the host."""


Ingress: TypeAlias = Annotated[Istio | Nginx, Field(discriminator="kind")]
