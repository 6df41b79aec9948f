"""What NGINX answers to a request, by the objects that the platform gives to its controller.

As F5 NGINX Ingress Controller 5.5 makes locations of a VirtualServer (https://docs.nginx.com/nginx-ingress-controller/
configuration/virtualserver-and-virtualserverroute-resources/): the host is the server's name, a path with `=` is exact,
any other one a prefix of which the longest wins; the path of a request is decoded, and its slashes and dots are merged,
before. A policy that is missing or not valid makes the answer 500.
"""

from __future__ import annotations

import posixpath
import re
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import unquote

from recorder import unsecret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recorder import Recording

Credentials: TypeAlias = Literal["good", "bad", "none", "nobody to ask"]
ANSWERS: Mapping[Credentials, int] = {"good": 200, "bad": 403, "none": 401, "nobody to ask": 500}
"""What a request with these credentials gets of the endpoint; the last is what nginx makes of no answer."""
CLIENT_HEADERS = (
    "authorization",
    "cookie",
    "seldon-internal-model",
    "x-auth-request-user",
    "x-forwarded-for",
    "x-forwarded-user",
)
CHART = "kubernetes:helm.sh/v4:Chart"
REFUSED = "handshake refused"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request, over TLS unless said otherwise; `credentials` say what the endpoint thinks of it."""

    host: str
    path: str
    credentials: Credentials = "good"
    tls: bool = True


@dataclass(frozen=True, kw_only=True)
class Passed:
    """A request that reached a runtime."""

    service: str
    protocol: str
    path: str
    verified_as: str | None
    """Name that the runtime's certificate was verified for against the platform's authority; None without."""
    forged: tuple[str, ...]
    """Headers of the client's that the runtime would believe."""
    headers: tuple[str, ...]
    """Headers that every answer carries."""


Verdict: TypeAlias = "int | str | Passed"


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What the controller is given."""

    servers: list[dict[str, Any]]
    """Specs of the VirtualServers."""
    policies: dict[str, dict[str, Any]]
    secrets: dict[str, str]
    """Type of each Secret in the controller's namespace."""
    values: dict[str, Any]
    """Of its chart."""

    def copy(self) -> Edge:
        """Return one to change."""
        return deepcopy(self)

    def answer(self, request: Request) -> Verdict:
        """Decide one request."""
        server = next((server for server in self.servers if _serves(server["host"], request.host)), None)
        if server is None:
            return self._default(request)
        tls: dict[str, Any] = server["tls"]
        if not request.tls and tls["redirect"]["enable"]:
            return 301
        if request.tls and self.secrets.get(str(tls.get("secret"))) != "kubernetes.io/tls":
            return REFUSED
        path = _normal(request.path)
        if any(route["path"] == f"{path}/" for route in server["routes"]):
            return 301  # nginx completes the path of a prefix that ends in a slash, before it asks anybody
        for policy in server.get("policies", []):
            asked = self._asked(policy["name"], request)
            if asked != ANSWERS["good"]:
                return asked
        return self._route(server, path)

    def _default(self, request: Request) -> Verdict:
        """Without a certificate the default server refuses the handshake; without TLS it has nothing."""
        given: dict[str, str] = self.values["controller"].get("defaultTLS", {})
        return REFUSED if request.tls and not any(given.values()) else 404

    def _asked(self, name: str, request: Request) -> int:
        policy = self.policies.get(name, {}).get("externalAuth")
        if policy is None:
            return 500
        authority = policy.get("trustedCertSecret")
        if authority is not None and self.secrets.get(authority) != "nginx.org/ca":
            return 500
        if not (policy.get("sslEnabled") and policy.get("sslVerify")):
            return ANSWERS["good"]  # whoever stands between answers what it likes
        return ANSWERS[request.credentials]

    def _route(self, server: dict[str, Any], path: str) -> Verdict:
        exact = [route for route in server["routes"] if route["path"] == f"={path}"]
        prefixes = [route for route in server["routes"] if path.startswith(route["path"])]
        found = exact or sorted(prefixes, key=lambda route: len(route["path"]))[-1:]
        if not found:
            return 404
        action = found[0]["action"]
        if "return" in action:
            return int(action["return"]["code"])
        (upstream,) = (entry for entry in server["upstreams"] if entry["name"] == action["proxy"]["upstream"])
        verified = None
        if upstream.get("tls", {}).get("enable"):
            policies = [self.policies.get(policy["name"], {}) for policy in found[0].get("policies", [])]
            for policy in policies:
                if not self._valid(policy):
                    return 500
                verified = policy["egressMTLS"]["sslName"] if policy["egressMTLS"]["verifyServer"] else None
        proxy = action["proxy"]
        return Passed(
            service=upstream["service"],
            protocol=upstream["type"],
            path=path.replace(found[0]["path"], proxy.get("rewritePath", found[0]["path"]), 1) if not exact else path,
            verified_as=verified,
            forged=_forged(proxy),
            headers=tuple(sorted(entry["name"] for entry in proxy["responseHeaders"]["add"] if entry.get("always"))),
        )

    def _valid(self, policy: dict[str, Any]) -> bool:
        return self.secrets.get(str(policy.get("egressMTLS", {}).get("trustedCertSecret"))) == "nginx.org/ca"


def _serves(name: str, host: str) -> bool:
    return name == host or (name.startswith("*.") and host.endswith(name[1:]))


def _normal(path: str) -> str:
    merged = re.sub("/+", "/", unquote(path.partition("?")[0]))
    resolved = posixpath.normpath(merged)
    return f"{resolved}/" if merged.endswith("/") and resolved != "/" else resolved


def _forged(proxy: Mapping[str, Any]) -> tuple[str, ...]:
    replaced = {header["name"].lower() for header in proxy.get("requestHeaders", {}).get("set", [])}
    return tuple(header for header in CLIENT_HEADERS if header not in replaced)


def edge_of(recording: Recording) -> Edge:
    """Read the edge from a recorded platform."""
    (chart,) = (chart for chart in recording.of(CHART) if chart.name == "ingress-controller")
    here = [resource for resource in recording.resources if resource.namespace == chart.namespace]

    def specs(kind: str) -> dict[str, dict[str, Any]]:
        found = [resource for resource in here if resource.inputs.get("kind") == kind]
        return {r.object_name: r.inputs["spec"] for r in sorted(found, key=lambda each: each.object_name)}

    secrets = {r.object_name: r.inputs["type"] for r in here if r.type == "kubernetes:core/v1:Secret"}
    issued = {spec["secretName"]: "kubernetes.io/tls" for spec in specs("Certificate").values()}
    return Edge(
        servers=list(specs("VirtualServer").values()),
        policies=specs("Policy"),
        secrets={**issued, **secrets},
        values=unsecret(chart.inputs["values"]),
    )
