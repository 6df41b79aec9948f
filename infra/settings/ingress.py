"""The one way into the platform and the certificate it presents."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from infra.settings.access import LoadBalancer, Oidc
from infra.settings.acme import Acme
from infra.settings.auth import Auth
from infra.settings.base import Model
from infra.settings.types import HostName, Pem, SecretRef


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
    """F5 NGINX Ingress Controller, for Core 2 alone."""

    kind: Literal["nginx"]
    """Which ingress."""
    host: HostName
    """Host name that the runtimes are served below, at `<namespace>.<host>`; nothing is served at this one itself."""
    certificate: Certificate
    """TLS certificate of the hosts; of kind `acme` only with the challenge `dns-01`."""
    minimum_tls: Literal["1.2", "1.3"] = "1.2"
    """Oldest version of TLS that is spoken with clients."""
    auth: Auth | None = None
    """Who may call models; can be left out only with the exemption `request-authentication` of `ingress`."""
    load_balancer: LoadBalancer = LoadBalancer()
    """The load balancer in front of NGINX."""


Ingress: TypeAlias = Annotated[Istio | Nginx, Field(discriminator="kind")]
