"""Whose requests NGINX lets through: those that an endpoint of the customer's answers for.

NGINX without a licence checks no token itself. Its ExternalAuth policy asks a Service before each request: 2xx lets it
through, 401 and 403 refuse it, and any other answer or none at all is an error, so the request is refused as well
(https://nginx.org/en/docs/http/ngx_http_auth_request_module.html).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.discovery.v1 as discoveryv1
import pulumi_kubernetes.meta.v1 as metav1

from components.cluster.nginx.names import AUTHORITY_TYPE, UPSTREAM_AUTHORITY
from components.cluster.server_certificate import server_certificate
from components.contracts import Addresses, Endpoint, Pods

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.contracts import IssuerRef

SERVICE = "callers"
AUTHORITY = "callers-authority"
CERTIFICATE = "callers-tls"
"""Secret that an endpoint in the cluster takes its certificate from."""
_VERIFY_DEPTH = 5


@dataclass(frozen=True, kw_only=True)
class ExternalEndpoint:
    """An endpoint outside of the cluster, over HTTPS that is verified."""

    host: str
    """Name that its certificate carries."""
    port: int
    path: str
    addresses: Sequence[str]
    """IP addresses: NGINX without a licence looks no names up."""
    authority: str | None = None
    """PEM of the authority of its certificate; the public ones when None."""

    @property
    def reached_at(self) -> tuple[Endpoint, int]:
        """Where the network policies let NGINX out to."""
        return Addresses(cidrs=[str(ip_network(address)) for address in self.addresses]), self.port


@dataclass(frozen=True, kw_only=True)
class OwnEndpoint:
    """An endpoint that the customer runs in a namespace of the platform, with a certificate of its authority."""

    namespace: str
    service: str
    port: int
    """Of the Service."""
    pod_port: int
    path: str
    provider: Addresses
    """Where the identity provider is that it asks itself."""
    provider_port: int

    @property
    def host(self) -> str:
        """Name that its certificate carries."""
        return f"{self.service}.{self.namespace}.svc"

    @property
    def reached_at(self) -> tuple[Endpoint, int]:
        """Where the network policies let NGINX out to."""
        return Pods(namespace=self.namespace), self.pod_port


AuthEndpoint: TypeAlias = ExternalEndpoint | OwnEndpoint
"""Where NGINX asks whether a request's credentials are good."""


def policy_spec(endpoint: AuthEndpoint) -> dict[str, Any]:
    """Spec of the Policy that asks the endpoint."""
    own = isinstance(endpoint, OwnEndpoint)
    authority = UPSTREAM_AUTHORITY if own else AUTHORITY if endpoint.authority else None
    return {
        "externalAuth": {
            "authURI": endpoint.path,
            "authServiceName": f"{endpoint.namespace}/{endpoint.service}" if own else SERVICE,
            "authServicePorts": [endpoint.port],
            "sslEnabled": True,
            "sslVerify": True,
            "sslVerifyDepth": _VERIFY_DEPTH,
            "sniName": endpoint.host,
            **({"trustedCertSecret": authority} if authority else {}),
        }
    }


def endpoint_objects(
    name: str, endpoint: AuthEndpoint, *, namespace: str, issuer: IssuerRef, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Make what leads to the endpoint and what it is verified by."""
    if isinstance(endpoint, OwnEndpoint):
        hosts = [endpoint.host, f"{endpoint.host}.cluster.local"]
        return [
            server_certificate(
                f"{name}-callers-certificate",
                issuer,
                namespace=endpoint.namespace,
                secret_name=CERTIFICATE,
                hosts=hosts,
                opts=opts,
            )
        ]
    return _external_objects(name, endpoint, namespace, opts)


def _external_objects(
    name: str, endpoint: ExternalEndpoint, namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    made: list[pulumi.Resource] = [
        corev1.Service(
            f"{name}-callers",
            # Without a selector there is nothing for the built-in wait to find.
            metadata=metav1.ObjectMetaArgs(
                name=SERVICE, namespace=namespace, annotations={"pulumi.com/skipAwait": "true"}
            ),
            spec=corev1.ServiceSpecArgs(
                type="ClusterIP",
                cluster_ip="None",
                ports=[corev1.ServicePortArgs(name="https", port=endpoint.port, target_port=endpoint.port)],
            ),
            opts=opts,
        ),
        *(_slice(name, version, endpoint, namespace, opts) for version in _versions(endpoint)),
    ]
    if endpoint.authority:
        made.append(
            corev1.Secret(
                f"{name}-callers-authority",
                metadata=metav1.ObjectMetaArgs(name=AUTHORITY, namespace=namespace),
                type=AUTHORITY_TYPE,
                string_data={"ca.crt": endpoint.authority},
                opts=opts,
            )
        )
    return made


def _versions(endpoint: ExternalEndpoint) -> list[int]:
    return sorted({ip_address(address).version for address in endpoint.addresses})


def _slice(
    name: str, version: int, endpoint: ExternalEndpoint, namespace: str, opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    addresses = [address for address in endpoint.addresses if ip_address(address).version == version]
    return discoveryv1.EndpointSlice(
        f"{name}-callers-ipv{version}",
        metadata=metav1.ObjectMetaArgs(
            name=f"{SERVICE}-ipv{version}",
            namespace=namespace,
            labels={
                "kubernetes.io/service-name": SERVICE,
                "endpointslice.kubernetes.io/managed-by": "seldon-platform",
            },
        ),
        address_type=f"IPv{version}",
        ports=[discoveryv1.EndpointPortArgs(name="https", port=endpoint.port, protocol="TCP")],
        endpoints=[
            discoveryv1.EndpointArgs(addresses=[address], conditions=discoveryv1.EndpointConditionsArgs(ready=True))
            for address in addresses
        ],
        opts=opts,
    )
