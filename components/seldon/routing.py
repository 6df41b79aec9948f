"""The way from the gateway to the models of one runtime: a host of its own, TLS all the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import GatewayRef, Router

MESH_PORT = 80
"""Port of the Service seldon-mesh; it speaks TLS once Envoy's security protocol is SSL."""

RESPONSE_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
}
"""What a browser must know about answers of models: only by TLS, never from a cache, never a page."""

CLIENT = "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
"""Whoever the connection is from, as Envoy writes it; a client could have put any address into the header before."""
INTERNAL_HEADERS = ("seldon-internal-model",)
"""Core 2 sets these for itself, and believes them."""
CREDENTIALS = ("authorization", "cookie")
"""What a caller proves itself to the gateway or to the Enterprise Platform with is no business of a model's."""


def runtime_host(namespace: str, host: str) -> str:
    """Host of a runtime: REST and gRPC share it, so that gRPC clients need no path prefix."""
    return f"{namespace}.{host}"


def mesh_service(namespace: str) -> str:
    """Cluster name of the Service in front of a runtime's Envoy."""
    return f"seldon-mesh.{namespace}.svc.cluster.local"


def route_spec(namespace: str, host: str, gateway: GatewayRef) -> dict[str, Any]:
    """Only what clients of models call: the open inference protocol over REST and gRPC."""
    return {
        "hosts": [host],
        "gateways": [gateway.gateway],
        "http": [
            {
                "name": "inference",
                "match": [{"uri": {"prefix": "/v2/"}}, {"uri": {"prefix": "/inference.GRPCInferenceService/"}}],
                "route": [{"destination": {"host": mesh_service(namespace), "port": {"number": MESH_PORT}}}],
                "headers": {
                    "request": {"set": {"x-forwarded-for": CLIENT}, "remove": [*INTERNAL_HEADERS, *CREDENTIALS]},
                    "response": {"set": dict(RESPONSE_HEADERS)},
                },
            }
        ],
    }


def tls_spec(namespace: str, credential: str) -> dict[str, Any]:
    """The gateway verifies Envoy's certificate against the platform's authority, by name."""
    return {
        "host": mesh_service(namespace),
        "exportTo": ["*"],
        "trafficPolicy": {
            "tls": {
                "mode": "SIMPLE",
                "credentialName": credential,
                "sni": mesh_service(namespace),
                "subjectAltNames": [mesh_service(namespace)],
            }
        },
    }


def istio_router(gateway: GatewayRef, credential: str) -> Router:
    """Route through Istio. `credential` is the Secret, beside the gateway, that holds the authority."""

    def route(name: str, namespace: str, host: str, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
        def custom(role: str, kind: str, in_namespace: str, spec: dict[str, Any]) -> pulumi.Resource:
            return apiextensions.CustomResource(
                f"{name}-{role}",
                api_version="networking.istio.io/v1",
                kind=kind,
                metadata=metav1.ObjectMetaArgs(name=f"inference-{namespace}", namespace=in_namespace),
                spec=spec,
                opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(gateway.ready))),
            )

        return [
            custom("route", "VirtualService", namespace, route_spec(namespace, host, gateway)),
            # Istio reads the credential of a gateway's DestinationRule from the gateway's own namespace.
            custom("tls", "DestinationRule", gateway.namespace, tls_spec(namespace, credential)),
        ]

    return route
