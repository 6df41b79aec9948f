"""Decides requests as Istio documents its RequestAuthentication and AuthorizationPolicy, without a proxy.

Sources: https://istio.io/latest/docs/reference/config/security/ (authorization-policy, conditions,
request_authentication). Where those are silent: how istiod 1.30 renders them (pilot/pkg/security/authz/model, authn),
and what Envoy answers (source/extensions/filters/http/jwt_authn: 403 for an audience, 401 for other faults of a token).
A field that is not known here is an error, so that no policy holds only because its field was overlooked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, Literal, TypeAlias

from istio_paths import normalize

Policy: TypeAlias = Mapping[str, Any]
"""An object as the API server has it: kind, metadata, spec."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The proxy that decides."""

    namespace: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Token:
    """A JWT as the proxy finds it, its validity given rather than computed."""

    issuer: str
    audiences: Sequence[str] = ()
    subject: str = "someone"
    signed_with: str = ""
    """URL of the keys that verify it; those that the issuer announces when empty."""
    expired: bool = False
    claims: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, str | Sequence[str]])


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request; `token` is in `Authorization: Bearer` unless another place is named."""

    host: str
    path: str
    method: str = "GET"
    port: int = 443
    token: Token | None = None
    token_in: str = "header authorization bearer "
    """`header <name> <prefix>`, `query <name>` or `cookie <name>`, in lower case."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    peer: str = ""
    """Identity by mutual TLS, `<trust domain>/ns/<namespace>/sa/<account>`."""
    address: str = "192.0.2.1"


By: TypeAlias = Literal["path", "authentication", "custom", "deny", "allow", "no policy"]


@dataclass(frozen=True)
class Verdict:
    """200 stands for: let through."""

    status: int
    by: By
    token_passed_on: bool = False
    """Whether what is behind the proxy sees the token."""


_AUTHORIZATION = "AuthorizationPolicy"
_AUTHENTICATION = "RequestAuthentication"
_LOCATIONS = ("header authorization bearer ", "query access_token")
"""Where Istio looks for a token when a rule does not say."""


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """All policies of a cluster, and what meshConfig says that bears on them."""

    policies: Sequence[Policy]
    root_namespace: str = "istio-system"
    normalization: str = "BASE"
    custom_allows: bool = False
    """What the external authorizer of CUSTOM policies answers."""

    def decide(self, workload: Workload, request: Request) -> Verdict:
        """Decide a request at a workload."""
        path = normalize(request.path, self.normalization)
        if path is None:
            return Verdict(400, "path")
        rules = [rule for policy in self._of(_AUTHENTICATION, workload) for rule in policy["spec"]["jwtRules"]]
        checked = authenticate(rules, request)
        if isinstance(checked, int):
            return Verdict(checked, "authentication")
        accepted = request.token if checked else None
        passed_on = request.token is not None and (not checked or bool(checked.get("forwardOriginalToken")))
        status, by = self.authorize(workload, request, path, accepted)
        return Verdict(status, by, status == 200 and passed_on)

    def authorize(self, workload: Workload, request: Request, path: str, token: Token | None) -> tuple[int, By]:
        """Decide by authorisation alone; `token` has been accepted."""
        actions: dict[str, list[Policy]] = {"CUSTOM": [], "DENY": [], "ALLOW": [], "AUDIT": []}
        for policy in self._of(_AUTHORIZATION, workload):
            actions[policy["spec"].get("action", "ALLOW")].append(policy)

        def matched(action: str) -> bool:
            rules = [rule for policy in actions[action] for rule in policy["spec"].get("rules", [])]
            return any(_rule(rule, request, path, token) for rule in rules)

        if matched("CUSTOM") and not self.custom_allows:
            return 403, "custom"
        if matched("DENY"):
            return 403, "deny"
        if not actions["ALLOW"]:
            return 200, "no policy"
        return (200, "allow") if matched("ALLOW") else (403, "allow")

    def _of(self, kind: str, workload: Workload) -> list[Policy]:
        return [policy for policy in self.policies if policy["kind"] == kind and self._applies(policy, workload)]

    def _applies(self, policy: Policy, workload: Workload) -> bool:
        spec: Mapping[str, Any] = policy["spec"]
        _known(spec, {"selector", "jwtRules"} if policy["kind"] == _AUTHENTICATION else {"selector", "action", "rules"})
        selected: Mapping[str, str] = spec.get("selector", {}).get("matchLabels", {})
        near = policy["metadata"]["namespace"] in (workload.namespace, self.root_namespace)
        return near and selected.items() <= workload.labels.items()


def authenticate(rules: Sequence[Mapping[str, Any]], request: Request) -> int | Mapping[str, Any]:
    """Return the rule that accepts the token (an empty one when there is no token), else the status of a refusal."""
    found = [(rule, _fault(rule, request)) for rule in rules]
    for rule, fault in found:
        if fault == "":
            return rule
    faults = {fault for _, fault in found} - {"missing"}
    if not faults:
        return {}
    # A token of an unknown issuer is the least telling of the faults.
    return 403 if "audience" in faults else 401


def _fault(rule: Mapping[str, Any], request: Request) -> str:
    """Say what is wrong with the token, in the order in which the proxy looks; empty when nothing is."""
    _known(rule, {"issuer", "audiences", "jwksUri", "fromHeaders", "fromParams", "fromCookies", "forwardOriginalToken"})
    token = request.token
    if token is None or request.token_in not in _locations(rule):
        return "missing"
    if token.issuer != rule["issuer"]:
        return "issuer"
    if token.expired:
        return "expired"
    if rule.get("audiences") and not {*rule["audiences"]} & {*token.audiences}:
        return "audience"
    announced = keys_of(token.issuer)
    return "" if (token.signed_with or announced) == rule.get("jwksUri", announced) else "signature"


def keys_of(issuer: str) -> str:
    """Return the URL of the keys that an issuer announces, in a world where all do it alike."""
    return f"{issuer}/keys"


def _locations(rule: Mapping[str, Any]) -> Sequence[str]:
    headers = [f"header {h['name']} {h.get('prefix', '')}".lower() for h in rule.get("fromHeaders", [])]
    others = [f"query {name}" for name in rule.get("fromParams", [])]
    others += [f"cookie {name}" for name in rule.get("fromCookies", [])]
    return [*headers, *others] or _LOCATIONS


def _rule(rule: Mapping[str, Any], request: Request, path: str, token: Token | None) -> bool:
    _known(rule, {"from", "to", "when"})
    sources = [_source(entry["source"], request, token) for entry in rule.get("from", [])]
    operations = [_operation(entry["operation"], request, path) for entry in rule.get("to", [])]
    conditions = [_condition(entry, request, token) for entry in rule.get("when", [])]
    return (any(sources) or not sources) and (any(operations) or not operations) and all(conditions)


def _source(source: Mapping[str, Any], request: Request, token: Token | None) -> bool:
    namespace = request.peer.partition("/ns/")[2].partition("/")[0]
    return _facts(
        source,
        {
            "principals": lambda value: matches(value, request.peer),
            "namespaces": lambda value: matches(value, namespace),
            "requestPrincipals": lambda value: _principal(value, token),
            "ipBlocks": lambda value: _within(request.address, value),
            "remoteIpBlocks": lambda value: _within(request.address, value),
        },
    )


def _operation(operation: Mapping[str, Any], request: Request, path: str) -> bool:
    return _facts(
        operation,
        {
            "hosts": lambda value: matches(value.lower(), request.host.lower()),
            "ports": lambda value: value == str(request.port),
            "methods": lambda value: matches(value, request.method),
            "paths": lambda value: _path(value, path),
        },
    )


def _facts(given: Mapping[str, Any], facts: Mapping[str, Callable[[str], bool]]) -> bool:
    """Check every field that is given: one value of `<name>` must hold and none of `not<Name>` may."""
    _known(given, {*facts, *map(_negated, facts)})
    return all(
        (not given.get(name) or any(map(holds, given[name]))) and not any(map(holds, given.get(_negated(name), ())))
        for name, holds in facts.items()
    )


def _negated(name: str) -> str:
    return f"not{name[0].upper()}{name[1:]}"


def _condition(condition: Mapping[str, Any], request: Request, token: Token | None) -> bool:
    _known(condition, {"key", "values", "notValues"})
    key = str(condition["key"])

    def holds(values: Sequence[str]) -> bool:
        if key == "request.auth.principal":
            return any(_principal(value, token) for value in values)
        if key in ("source.ip", "remote.ip"):
            return any(_within(request.address, value) for value in values)
        return any(matches(value, fact) for fact in _attribute(key, request, token) for value in values)

    wanted, refused = condition.get("values"), condition.get("notValues")
    return (not wanted or holds(wanted)) and not (refused and holds(refused))


def _attribute(key: str, request: Request, token: Token | None) -> Iterable[str]:
    if key == "request.auth.audiences":
        return token.audiences if token else ()
    if claim := re.fullmatch(r"request\.auth\.claims\[([^\]]+)\]", key):
        value = token.claims.get(claim[1], ()) if token else ()
        return (value,) if isinstance(value, str) else value
    if header := re.fullmatch(r"request\.headers\[([^\]]+)\]", key):
        return [value for name, value in request.headers.items() if name.lower() == header[1].lower()]
    if key == "source.principal":
        return (request.peer,)
    if key == "destination.port":
        return (str(request.port),)
    raise ValueError(f"condition {key} is not known here")


def matches(pattern: str, value: str) -> bool:
    """Match exactly, by prefix (`abc*`), by suffix (`*abc`) or by presence (`*`)."""
    if pattern == "*":
        return value != ""
    if pattern.startswith("*"):
        return value.endswith(pattern[1:])
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern


def _path(pattern: str, path: str) -> bool:
    """Match a path; in a template `{*}` is one segment and `{**}` any number of them."""
    if "{*}" not in pattern and "{**}" not in pattern:
        return matches(pattern, path)
    pieces = re.split(r"(\{\*\*?\})", pattern)
    wild = {"{*}": "[^/]+", "{**}": ".*"}
    return re.fullmatch("".join(wild.get(piece) or re.escape(piece) for piece in pieces), path) is not None


def _principal(pattern: str, token: Token | None) -> bool:
    """Match `<issuer>/<subject>`, split at the last slash because issuers are URLs."""
    if token is None or not token.issuer or not token.subject:
        return False
    if pattern == "*":
        return True
    issuer, slash, subject = pattern.rpartition("/")
    if slash and pattern.endswith("*"):
        return token.issuer == issuer and matches(subject, token.subject)
    return matches(pattern, f"{token.issuer}/{token.subject}")


def _within(address: str, block: str) -> bool:
    return ip_address(address) in ip_network(block)


def _known(given: Mapping[str, Any], known: set[str]) -> None:
    if unknown := {*given} - known:
        raise ValueError(f"not known here: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
