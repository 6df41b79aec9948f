"""The way from the gateway to the Enterprise Platform: its paths on the platform's host, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

from components.seldon.enterprise import names
from components.seldon.routing import CLIENT

if TYPE_CHECKING:
    from components.contracts import GatewayRef

RESPONSE_HEADERS = {
    "content-security-policy": "frame-ancestors 'none'",
    "referrer-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
}
"""What a browser must know about its pages: only by TLS, and in no frame of another's."""


def route_spec(namespace: str, gateway: GatewayRef) -> dict[str, Any]:
    """Lead its paths to it. The audit trail takes the caller's address from the header that is set here."""
    return {
        "hosts": [gateway.host],
        "gateways": [gateway.gateway],
        "http": [
            {
                "name": "enterprise",
                "match": [{"uri": {"prefix": names.PREFIX}}],
                "route": [{"destination": {"host": names.service(namespace), "port": {"number": names.SERVICE_PORT}}}],
                "headers": {
                    "request": {"set": {"x-forwarded-for": CLIENT}},
                    "response": {"set": dict(RESPONSE_HEADERS)},
                },
            }
        ],
    }


def enterprise_route(
    name: str, *, namespace: str, gateway: GatewayRef, opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Make the route, in place of the chart's, which is for every host."""
    return apiextensions.CustomResource(
        name,
        api_version="networking.istio.io/v1",
        kind="VirtualService",
        metadata=metav1.ObjectMetaArgs(name=names.RELEASE, namespace=namespace),
        spec=route_spec(namespace, gateway),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(gateway.ready))),
    )
