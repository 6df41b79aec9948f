"""The model catalogue: the Secret that the Enterprise Platform reads its database from, and its way there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

from components.cluster.certificates import READY, CertificateRequest, certificate_spec
from components.cluster.flows import ENTERPRISE_LABELS
from components.cluster.network import Flow, Pods
from components.contracts import GivenAuthority, PlatformAuthority
from components.trust import AUTHORITY_KEY

if TYPE_CHECKING:
    from components.contracts import PostgresEndpoint

CATALOGUE_SECRET = "metadata-postgres"  # noqa: S105 (a name)
"""The name that the Enterprise Platform's chart expects (`metadata.pg.secret`)."""


def catalogue_flow(endpoint: PostgresEndpoint, *, namespace: str) -> Flow:
    """Let the Enterprise Platform, and nothing else, reach the database. `namespace` is the platform's."""
    return Flow(
        name="catalogue-postgres",
        source=Pods(namespace=namespace, labels=ENTERPRISE_LABELS),
        target=endpoint.reached_at,
        ports=[endpoint.port],
        why="the model catalogue, TLS",
    )


def catalogue_data(endpoint: PostgresEndpoint) -> dict[str, pulumi.Input[str]]:
    """Return the keys that the chart reads: six as environment variables, and `ca.crt` as a file."""
    data: dict[str, pulumi.Input[str]] = {
        "host": endpoint.host,
        "port": str(endpoint.port),
        "user": endpoint.username,
        "password": endpoint.password,
        "dbname": endpoint.database,
        "sslmode": endpoint.ssl_mode,
    }
    if isinstance(endpoint.trust, GivenAuthority):
        data[AUTHORITY_KEY] = endpoint.trust.certificate
    return data


def authority_request(issuer: str, namespace: str) -> dict[str, Any]:
    """A certificate that is asked for its issuer's sake: cert-manager writes the authority beside it.

    Its one extended usage is that of no server and no client of the platform, so whoever reads the catalogue's Secret
    gets no identity from it.
    """
    request = CertificateRequest(name=CATALOGUE_SECRET, dns_names=[f"{CATALOGUE_SECRET}.{namespace}"])
    return certificate_spec(request, issuer, ("digital signature", "timestamping"))


def catalogue_secret(
    name: str, endpoint: PostgresEndpoint, *, namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Make the Secret, complete once all that is returned has been created.

    For the platform's own authority cert-manager adds `ca.crt` (and a key pair) to the Secret that is there: it applies
    its own keys alone and keeps the type (pkg/controller/certificates/issuing/internal/secret.go of 1.21). Therefore
    the Secret comes first; the other way round it would be of cert-manager's type.
    """
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(endpoint.ready)))
    secret = corev1.Secret(
        name,
        metadata=metav1.ObjectMetaArgs(name=CATALOGUE_SECRET, namespace=namespace),
        type="Opaque",
        string_data=pulumi.Output.secret(catalogue_data(endpoint)),
        opts=after,
    )
    if not isinstance(endpoint.trust, PlatformAuthority):
        return [secret]
    issuer = endpoint.trust.issuer
    authority = apiextensions.CustomResource(
        f"{name}-authority",
        api_version="cert-manager.io/v1",
        kind="Certificate",
        metadata=metav1.ObjectMetaArgs(name=CATALOGUE_SECRET, namespace=namespace, annotations=READY),
        spec=authority_request(issuer.name, namespace),
        opts=pulumi.ResourceOptions.merge(after, pulumi.ResourceOptions(depends_on=[secret, *issuer.ready])),
    )
    return [secret, authority]
