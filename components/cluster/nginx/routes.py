"""The way through NGINX to the models of one runtime: named paths of its own host, TLS all the way.

VirtualServer and Policy: https://github.com/nginx/kubernetes-ingress at tag v5.5.4 (docs/crd). NGINX matches the
decoded and merged path, and a `rewritePath` makes it pass on what it matched.
"""

from __future__ import annotations

from typing import Any

from components.cluster.access import GRPC_METHODS, REST_PATHS
from components.cluster.nginx.names import SERVER_SECRET, UPSTREAM_AUTHORITY
from components.cluster.nginx.values import INGRESS_CLASS
from components.seldon.routing import INTERNAL_HEADERS, MESH_PORT, RESPONSE_HEADERS, mesh_service

API_VERSION = "k8s.nginx.org/v1"
CALLERS_POLICY = "callers"
NOT_FOUND = 404

FORGEABLE = (
    "Authorization",
    "Cookie",
    "X-Access-Token",
    "X-Auth-Request-Access-Token",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Auth-Request-Preferred-Username",
    "X-Auth-Request-Redirect",
    "X-Auth-Request-User",
    "X-Forwarded-Access-Token",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "X-Forwarded-Preferred-Username",
    "X-Forwarded-User",
    "X-Forwarded-Uri",
    "X-Original-Uri",
    "X-Original-Url",
    "X-Rewrite-Url",
)
"""Headers of clients that never reach a model: credentials, which are for the ingress alone, and who the caller is said
to be (https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview). NGINX passes no header that is set empty."""

HIDDEN = ("x-envoy-upstream-service-time",)
"""Of what Envoy answers: how long it took is nobody's business but the log's."""


def verified(namespace: str) -> str:
    """Name of the Policy that verifies the Envoy of a runtime."""
    return f"verified-{namespace}"


def verified_spec(namespace: str) -> dict[str, Any]:
    """A Policy: Envoy's certificate is from the platform's authority and for the name of this runtime."""
    return {
        "egressMTLS": {
            "verifyServer": True,
            "verifyDepth": 1,
            "trustedCertSecret": UPSTREAM_AUTHORITY,
            "serverName": True,
            "sslName": mesh_service(namespace),
            "protocols": "TLSv1.2 TLSv1.3",
        }
    }


def _upstream(name: str, kind: str, namespace: str) -> dict[str, Any]:
    service = f"{namespace}/seldon-mesh"
    return {"name": name, "type": kind, "service": service, "port": MESH_PORT, "tls": {"enable": True}}


def _request_headers() -> dict[str, Any]:
    dropped = [{"name": header, "value": ""} for header in (*FORGEABLE, *INTERNAL_HEADERS)]
    return {"pass": True, "set": [*dropped, {"name": "X-Forwarded-For", "value": "${remote_addr}"}]}


def _route(path: str, upstream: str, namespace: str, *, rewrite: str | None = None) -> dict[str, Any]:
    added = [{"name": name, "value": value, "always": True} for name, value in RESPONSE_HEADERS.items()]
    proxy: dict[str, Any] = {
        "upstream": upstream,
        "requestHeaders": _request_headers(),
        "responseHeaders": {"hide": [*RESPONSE_HEADERS, *HIDDEN], "add": added},
        **({"rewritePath": rewrite} if rewrite else {}),
    }
    return {"path": path, "policies": [{"name": verified(namespace)}], "action": {"proxy": proxy}}


def _nothing_else() -> dict[str, Any]:
    headers = [{"name": name, "value": value} for name, value in RESPONSE_HEADERS.items()]
    return {"path": "/", "action": {"return": {"code": NOT_FOUND, "body": "not found\\n", "headers": headers}}}


def route_spec(namespace: str, host: str, *, authenticated: bool) -> dict[str, Any]:
    """A VirtualServer: only what callers of models need, each path of it after the callers' credentials are checked."""
    rest = [path.removesuffix("*") for path in REST_PATHS]
    return {
        "ingressClassName": INGRESS_CLASS,
        "host": host,
        "tls": {"secret": SERVER_SECRET, "redirect": {"enable": True}},
        **({"policies": [{"name": CALLERS_POLICY}]} if authenticated else {}),
        "upstreams": [_upstream("rest", "http", namespace), _upstream("grpc", "grpc", namespace)],
        "routes": [
            *(_route(prefix, "rest", namespace, rewrite=prefix) for prefix in rest),
            *(_route(f"=/inference.GRPCInferenceService/{method}", "grpc", namespace) for method in GRPC_METHODS),
            _nothing_else(),
        ],
    }
