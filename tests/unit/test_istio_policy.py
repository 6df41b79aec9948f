"""The evaluator of Istio's policies, against what Istio's documentation says of its own examples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from istio_paths import normalize
from istio_policy import Mesh, Request, Token, Verdict, Workload, matches

SHOP = Workload(namespace="shop", labels={"app": "till", "version": "v1"})
ANA = Token(issuer="https://login.example", audiences=["shop"], subject="ana", claims={"groups": ["staff", "admins"]})
GET = Request(host="till.example", path="/info/1")


def allow(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    spec = {"rules": list(rules), **fields}
    return {"kind": "AuthorizationPolicy", "metadata": {"name": "a", "namespace": "shop"}, "spec": spec}


def tokens(*rules: dict[str, Any]) -> dict[str, Any]:
    spec = {"jwtRules": list(rules)}
    return {"kind": "RequestAuthentication", "metadata": {"name": "r", "namespace": "shop"}, "spec": spec}


def decide(*policies: dict[str, Any], at: Workload = SHOP, **request: Any) -> tuple[int, str]:
    verdict = Mesh(policies=policies).decide(at, replace(GET, **request))
    return verdict.status, verdict.by


NOTHING: dict[str, Any] = {**allow(), "spec": {}}
ALL: dict[str, Any] = {}


def test_without_a_policy_everything_passes() -> None:
    assert decide() == (200, "no policy")


def test_an_empty_spec_allows_nothing_and_an_empty_rule_everything() -> None:
    assert decide(NOTHING) == (403, "allow")
    assert decide(NOTHING, allow(ALL)) == (200, "allow")
    assert decide(allow(action="DENY")) == (200, "no policy")


@pytest.mark.parametrize(
    ("actions", "wanted"),
    [
        (("ALLOW", "DENY"), (403, "deny")),
        (("ALLOW", "CUSTOM"), (403, "custom")),
        (("DENY", "CUSTOM"), (403, "custom")),
        (("AUDIT",), (200, "no policy")),
    ],
)
def test_custom_comes_before_deny_and_deny_before_allow(actions: tuple[str, ...], wanted: tuple[int, str]) -> None:
    assert decide(*(allow(ALL, action=action) for action in actions)) == wanted


def test_what_the_external_authorizer_lets_through_goes_on_to_the_others() -> None:
    policies = [allow(ALL, action="CUSTOM"), allow(ALL, action="DENY")]
    assert Mesh(policies=policies, custom_allows=True).decide(SHOP, GET) == Verdict(403, "deny")


@pytest.mark.parametrize(
    ("namespace", "labels", "applies"),
    [
        ("shop", {}, True),
        ("shop", {"app": "till"}, True),
        ("shop", {"app": "till", "version": "v2"}, False),
        ("istio-system", {}, True),
        ("istio-system", {"app": "till"}, True),
        ("other", {}, False),
    ],
)
def test_a_policy_applies_in_its_namespace_or_from_the_root(
    namespace: str, labels: dict[str, str], *, applies: bool
) -> None:
    policy = allow(ALL, action="DENY", selector={"matchLabels": labels})
    policy["metadata"]["namespace"] = namespace
    assert (decide(policy)[0] == 403) == applies


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        ({"to": [{"operation": {"paths": ["/info*"]}}]}, True),
        ({"to": [{"operation": {"paths": ["/info"]}}]}, False),
        ({"to": [{"operation": {"paths": ["*/1"], "methods": ["POST"]}}]}, False),
        ({"to": [{"operation": {"methods": ["POST"]}}, {"operation": {"paths": ["*"]}}]}, True),
        ({"to": [{"operation": {"notPaths": ["/info/1"]}}]}, False),
        ({"to": [{"operation": {"paths": ["/info/*"], "notMethods": ["GET"]}}]}, False),
        ({"to": [{"operation": {"hosts": ["TILL.example"]}}]}, True),
        ({"to": [{"operation": {"hosts": ["till.example:*"]}}]}, False),
        ({"to": [{"operation": {"notHosts": ["*.example"]}}]}, False),
        ({"to": [{"operation": {"ports": ["443"]}}]}, True),
        ({"to": [{"operation": {"ports": ["80", "8443"]}}]}, False),
        ({"from": [{"source": {"ipBlocks": ["192.0.2.0/24"]}}]}, True),
        ({"from": [{"source": {"notRemoteIpBlocks": ["192.0.2.0/24"]}}]}, False),
        ({"from": [{"source": {"requestPrincipals": ["*"]}}]}, False),
        ({"from": [{"source": {"notRequestPrincipals": ["*"]}}]}, True),
        ({"when": [{"key": "request.headers[x-till]", "values": ["7"]}]}, False),
        ({"when": [{"key": "destination.port", "notValues": ["443"]}]}, False),
        (
            {"when": [{"key": "source.ip", "values": ["192.0.2.1"]}, {"key": "destination.port", "values": ["1"]}]},
            False,
        ),
    ],
)
def test_fields_of_a_rule(rule: dict[str, Any], *, passes: bool) -> None:
    assert (decide(allow(rule))[0] == 200) == passes


def test_hosts_are_compared_with_their_port() -> None:
    exact, prefixed = ({"to": [{"operation": {"hosts": [host]}}]} for host in ("till.example", "till.example:*"))
    assert decide(allow(exact), host="till.example:443") == (403, "allow")
    assert decide(allow(prefixed), host="till.example:443") == (200, "allow")


@pytest.mark.parametrize(
    ("principal", "passes"),
    [
        ("cluster.local/ns/desk/sa/clerk", True),
        ("cluster.local/ns/desk/*", True),
        ("*/sa/clerk", True),
        ("cluster.local/ns/desk/sa/boss", False),
    ],
)
def test_peers_are_told_by_mutual_tls(principal: str, *, passes: bool) -> None:
    rule = {"from": [{"source": {"principals": [principal], "namespaces": ["desk"]}}]}
    assert (decide(allow(rule), peer="cluster.local/ns/desk/sa/clerk")[0] == 200) == passes
    assert decide(allow(rule)) == (403, "allow")


@pytest.mark.parametrize(
    ("template", "path", "passes"),
    [
        ("/foo/{*}", "/foo/bar", True),
        ("/foo/{*}", "/foo/bar/baz", False),
        ("/foo/{**}/", "/foo/bar/baz/", True),
        ("/foo/{*}/bar/{**}", "/foo/buzz/bar/1/2", True),
        ("/foo/{*}/bar/{**}", "/foo/bar/bar2", False),
        ("/*/baz/{*}", "/x/baz/y", False),
    ],
)
def test_templates_of_paths(template: str, path: str, *, passes: bool) -> None:
    assert (decide(allow({"to": [{"operation": {"paths": [template]}}]}), path=path)[0] == 200) == passes


RULE: dict[str, Any] = {"issuer": "https://login.example", "audiences": ["shop"]}


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        (None, (200, "no policy")),
        (ANA, (200, "no policy")),
        (Token(issuer="https://login.example", audiences=["other"]), (403, "authentication")),
        (Token(issuer="https://else.example", audiences=["shop"]), (401, "authentication")),
        (Token(issuer="https://login.example", audiences=["shop"], expired=True), (401, "authentication")),
        (Token(issuer="https://login.example", audiences=["shop"], signed_with="x"), (401, "authentication")),
    ],
)
def test_authentication_refuses_a_bad_token_but_not_a_missing_one(token: Token | None, wanted: tuple[int, str]) -> None:
    assert decide(tokens(RULE), token=token) == wanted
    assert decide(tokens({"issuer": "https://third.example"}, RULE), token=token) == wanted


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("header authorization bearer ", 200),
        ("query access_token", 200),
        ("cookie session", 403),
        ("header x-jwt ", 403),
    ],
)
def test_tokens_are_looked_for_in_two_places_unless_a_rule_says_where(place: str, wanted: int) -> None:
    known = allow({"from": [{"source": {"requestPrincipals": ["https://login.example/ana"]}}]})
    assert decide(tokens(RULE), known, token=ANA, token_in=place)[0] == wanted
    named = {**RULE, "fromCookies": ["session"], "fromHeaders": [{"name": "X-Jwt"}]}
    assert decide(tokens(named), known, token=ANA, token_in=place)[0] == (200 if wanted == 403 else 403)


@pytest.mark.parametrize(("forward", "seen"), [(True, True), (False, False), (None, False)])
def test_a_token_is_passed_on_only_when_asked(*, forward: bool | None, seen: bool) -> None:
    rule = RULE if forward is None else {**RULE, "forwardOriginalToken": forward}
    request = Request(host=GET.host, path=GET.path, token=ANA)
    assert Mesh(policies=[tokens(rule)]).decide(SHOP, request).token_passed_on == seen
    assert Mesh(policies=[]).decide(SHOP, request).token_passed_on


@pytest.mark.parametrize(
    ("principal", "passes"),
    [
        ("*", True),
        ("https://login.example/ana", True),
        ("https://login.example/*", True),
        ("https://login.example/a*", True),
        ("*/ana", True),
        ("https://login.example/bob", False),
        ("https://login.example/realm/*", False),
        ("https://login.exampl/*", False),
    ],
)
def test_request_principals_are_issuer_and_subject(principal: str, *, passes: bool) -> None:
    rule = {"from": [{"source": {"requestPrincipals": [principal]}}]}
    assert (decide(tokens(RULE), allow(rule), token=ANA)[0] == 200) == passes
    assert decide(allow(rule), token=ANA) == (403, "allow"), "a token that nobody has validated is none"


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        ({"key": "request.auth.audiences", "values": ["shop", "x"]}, True),
        ({"key": "request.auth.audiences", "values": ["x"]}, False),
        ({"key": "request.auth.audiences", "notValues": ["shop"]}, False),
        ({"key": "request.auth.principal", "values": ["https://login.example/ana"]}, True),
        ({"key": "request.auth.claims[groups]", "values": ["admins"]}, True),
        ({"key": "request.auth.claims[groups]", "values": ["boss"]}, False),
        ({"key": "request.auth.claims[absent]", "values": ["*"]}, False),
    ],
)
def test_conditions_on_claims(condition: dict[str, Any], *, passes: bool) -> None:
    assert (decide(tokens(RULE), allow({"when": [condition]}), token=ANA)[0] == 200) == passes


@pytest.mark.parametrize(
    "policy",
    [
        allow({"to": [{"operation": {"path": ["/"]}}]}),
        allow({"from": [{"source": {"requestPrincipal": ["*"]}}]}),
        allow({"if": []}),
        allow({"when": [{"key": "request.auth.audience", "values": ["x"]}]}),
        allow(ALL, rule=[]),
        tokens({**RULE, "audience": "shop"}),
    ],
)
def test_a_field_that_does_not_exist_is_an_error_and_no_match(policy: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not known here"):
        decide(policy, token=ANA)


@pytest.mark.parametrize(
    ("how", "path", "wanted"),
    [
        ("NONE", "/a/../b", "/a/../b"),
        ("BASE", "/a/../b", "/b"),
        ("BASE", "/a/./b/..", "/a/"),
        ("BASE", "\\a\\b", None),
        ("BASE", "/a\\b", "/a/b"),
        ("BASE", "/../../a", "/a"),
        ("BASE", "/a//b", "/a//b"),
        ("BASE", "/a%2fb", "/a%2fb"),
        ("MERGE_SLASHES", "/a//b", "/a/b"),
        ("MERGE_SLASHES", "/a%2f%2Fb", "/a%2f%2Fb"),
        ("DECODE_AND_MERGE_SLASHES", "/a%2f%2Fb%5cc", "/a/b/c"),
        ("DECODE_AND_MERGE_SLASHES", "/a/%2E%2e/b?x=/../c", "/b"),
        ("DECODE_AND_MERGE_SLASHES", "/a/%252e%252e/b", "/a/%252e%252e/b"),
        ("DECODE_AND_MERGE_SLASHES", "/a#b", None),
    ],
)
def test_normalization(how: str, path: str, wanted: str | None) -> None:
    assert normalize(path, how) == wanted


@pytest.mark.parametrize(
    ("pattern", "value", "wanted"),
    [("a", "a", True), ("a", "ab", False), ("a*", "ab", True), ("*b", "ab", True), ("*", "a", True), ("*", "", False)],
)
def test_patterns(pattern: str, value: str, *, wanted: bool) -> None:
    assert matches(pattern, value) == wanted
