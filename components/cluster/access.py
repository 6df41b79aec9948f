"""Who may pass the gateway: a token of a known issuer and audience for model paths, and nothing that is not named here.

How Istio reads these policies: https://istio.io/latest/docs/reference/config/security/ (authorization-policy,
request_authentication). A request without a token passes authentication, so it is authorisation that asks for one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from components.cluster.acme import CHALLENGE_PATH, CHALLENGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECURITY = "security.istio.io/v1"
TLS_PORT, HTTP_PORT = 443, 80
REST_PATHS = ("/v2/models/*", "/v2/pipelines/*")
GRPC_METHODS = (
    "ModelInfer",
    "ModelMetadata",
    "ModelReady",
    "ModelStreamInfer",
    "ServerLive",
    "ServerMetadata",
    "ServerReady",
)
"""What callers of models need of the open inference protocol. Left out, and so refused: its repository extension
(`/v2/repository/`, `Repository*`), through which Envoy would let a caller unload the models of others."""
CORE_1_PATHS = ("/seldon/*",)
"""Model paths of Seldon Core 1, on the host of the platform itself."""


@dataclass(frozen=True, kw_only=True)
class TokenIssuer:
    """Someone whose tokens are accepted."""

    issuer: str
    """The `iss` claim, exactly; also where the signing keys are discovered when `jwks_uri` is absent."""
    audiences: Sequence[str]
    """At least one of them must be in the `aud` claim."""
    jwks_uri: str | None = None
    """HTTPS URL of the signing keys, which istiod fetches."""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Models are called with a token of one of these issuers."""

    issuers: Sequence[TokenIssuer]


@dataclass(frozen=True, kw_only=True)
class Anyone:
    """Models are called without a token by whoever reaches the gateway."""


Callers: TypeAlias = Tokens | Anyone


@dataclass(frozen=True, kw_only=True)
class Access:
    """What the gateway lets through."""

    host: str
    runtime_hosts: Sequence[str]
    callers: Callers
    audiences: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])
    """By runtime host: which of the issuers' audiences may call it. Every one of them where a host is not named."""
    open_paths: Sequence[str] = ()
    """Paths of `host` that need no token here because what serves them asks for a login of its own, its callback among
    them; exact, or a prefix that ends in `*`."""
    own_tokens: TokenIssuer | None = None
    """Whose tokens the open paths take from programs: verified and handed on by the gateway, they open no model."""
    challenges: bool = False
    """Whether an ACME authority fetches its challenges from port 80."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """One policy object in Istio's root namespace."""

    name: str
    kind: str
    spec: dict[str, Any]


def guards(access: Access, gateway_labels: Mapping[str, str]) -> list[Guard]:
    """Render what must exist before the first gateway pod.

    The first policy has neither selector nor rules, so it denies everything in the whole mesh that no other one allows.
    """
    selector = {"matchLabels": dict(gateway_labels)}
    rendered = [Guard(name="deny-unless-allowed", kind="AuthorizationPolicy", spec={})]
    if isinstance(access.callers, Tokens):
        spec = {"selector": selector, "jwtRules": _jwt_rules(access.callers, access.own_tokens)}
        rendered.append(Guard(name="tokens", kind="RequestAuthentication", spec=spec))
    rendered.append(_allow("models", selector, _model_rules(access)))
    if access.open_paths:
        operation = {"hosts": _authorities([access.host]), "paths": list(access.open_paths), "ports": [str(TLS_PORT)]}
        opened = {"operation": operation}
        rendered.append(_allow("own-login", selector, [{"to": [opened]}]))
    if access.challenges:
        rendered.append(_allow(CHALLENGES, selector, [{"to": [_challenge_operation(access)]}]))
    return rendered


def _allow(name: str, selector: dict[str, Any], rules: list[dict[str, Any]]) -> Guard:
    spec = {"selector": selector, "action": "ALLOW", "rules": rules}
    return Guard(name=name, kind="AuthorizationPolicy", spec=spec)


def _jwt_rules(callers: Tokens, own: TokenIssuer | None) -> list[dict[str, Any]]:
    """Verify each issuer once: a token that no rule knows is refused on every path, the open ones too.

    Tokens are passed on by issuer and not by path, so the routes to models take them off (`components.seldon.routing`).
    """
    rules: list[dict[str, Any]] = []
    for issuer in callers.issuers:
        if own and issuer.issuer == own.issuer:
            audiences = tuple(dict.fromkeys((*issuer.audiences, *own.audiences)))
            rules.append(_jwt_rule(replace(issuer, audiences=audiences), forward=True))
        else:
            rules.append(_jwt_rule(issuer))
    if own and own.issuer not in {issuer.issuer for issuer in callers.issuers}:
        rules.append(_jwt_rule(own, forward=True))
    return rules


def _jwt_rule(issuer: TokenIssuer, *, forward: bool = False) -> dict[str, Any]:
    """Take tokens from one header only: in a query they would end up in logs."""
    return {
        "issuer": issuer.issuer,
        "audiences": list(issuer.audiences),
        "fromHeaders": [{"name": "Authorization", "prefix": "Bearer "}],
        "forwardOriginalToken": forward,
        **({"jwksUri": issuer.jwks_uri} if issuer.jwks_uri else {}),
    }


def _model_rules(access: Access) -> list[dict[str, Any]]:
    if isinstance(access.callers, Anyone):
        return [{"to": _model_operations(access.runtime_hosts, access.host)}]
    return [
        {
            "from": [{"source": {"requestPrincipals": [f"{issuer.issuer}/*"]}}],
            "to": _model_operations(hosts, access.host if audiences == tuple(issuer.audiences) else None),
            "when": [{"key": "request.auth.audiences", "values": list(audiences)}],
        }
        for issuer in access.callers.issuers
        for audiences, hosts in _hosts_by_audiences(access, issuer).items()
    ]


def _hosts_by_audiences(access: Access, issuer: TokenIssuer) -> dict[tuple[str, ...], list[str]]:
    """Group the runtimes by the audiences of an issuer that may call them; those that none may call are left out."""
    groups: dict[tuple[str, ...], list[str]] = {tuple(issuer.audiences): []}
    for host in access.runtime_hosts:
        allowed = access.audiences.get(host, issuer.audiences)
        chosen = tuple(audience for audience in issuer.audiences if audience in allowed)
        if chosen:
            groups.setdefault(chosen, []).append(host)
    return groups


def _model_operations(runtime_hosts: Sequence[str], host: str | None) -> list[dict[str, Any]]:
    """Only over TLS: a token in the clear is refused rather than redirected, so that its sender notices."""

    def operation(hosts: Sequence[str], methods: Sequence[str], paths: Sequence[str]) -> dict[str, Any]:
        over_tls = {"hosts": _authorities(hosts), "ports": [str(TLS_PORT)]}
        return {"operation": {**over_tls, "methods": list(methods), "paths": list(paths)}}

    reading = ("GET", "HEAD", "POST")
    grpc = [f"/inference.GRPCInferenceService/{method}" for method in GRPC_METHODS]
    inference = [operation(runtime_hosts, reading, REST_PATHS), operation(runtime_hosts, ("POST",), grpc)]
    core_1 = [operation([host], reading, CORE_1_PATHS)] if host else []
    # Istio reads an empty list of hosts as any host.
    return [*(inference if runtime_hosts else []), *core_1]


def _challenge_operation(access: Access) -> dict[str, Any]:
    """An ACME authority has no token and asks in the clear, at port 80 (RFC 8555, 8.3)."""
    over_http = {"hosts": [access.host, *access.runtime_hosts], "ports": [str(HTTP_PORT)]}
    return {"operation": {**over_http, "methods": ["GET"], "paths": [f"{CHALLENGE_PATH}*"]}}


def _authorities(hosts: Sequence[str]) -> list[str]:
    """Policies compare with what the client sent, and some clients send the port; routes ignore it."""
    return [authority for host in hosts for authority in (host, f"{host}:{TLS_PORT}")]
