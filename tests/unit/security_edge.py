"""What must hold at the gateway of every platform, by the policies that it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_requests import GATEWAY, GRPC, MODEL, SIDECAR, STRANGER, policies_of
from istio_policy import Mesh, Request, Token
from security_predicates import at, charts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recorder import Recording


def callers_have_tokens(recording: Recording) -> Iterator[str]:
    policies = policies_of(recording)
    ((_, values),) = charts(recording, "istiod")
    mesh = Mesh(policies=policies, normalization=at(values, "meshConfig.pathNormalization.normalization") or "BASE")
    runtimes: dict[str, str] = recording.exports["runtimes"]
    assert runtimes, "no runtime"
    for host in runtimes.values():
        for path in (MODEL, f"{GRPC}ModelInfer"):
            for token, wanted in ((None, 403), (STRANGER, 401)):
                request = Request(host=host, path=path, method="POST", token=token)
                if (status := mesh.decide(GATEWAY, request).status) != wanted:
                    yield f"{host}{path} answers {status} to {token}, not {wanted}"
            if mesh.decide(SIDECAR, Request(host=host, path=path, method="POST")).status != 403:
                yield f"a sidecar lets {path} through"
        for token in _tokens(policies):
            yield from _limits(mesh, host, token)


def _tokens(policies: list[dict[str, Any]]) -> list[Token]:
    """Return a good token of every issuer that the gateway knows."""
    rules = [rule for policy in policies for rule in policy["spec"].get("jwtRules", [])]
    return [
        Token(issuer=rule["issuer"], audiences=rule["audiences"], signed_with=rule.get("jwksUri", "")) for rule in rules
    ]


def _limits(mesh: Mesh, host: str, token: Token) -> Iterator[str]:
    """A good token is for models, and for its audience by authorisation alone."""
    for path in ("/v2/repository/index", "/v2/models/x%2f..%2f..%2frepository/index", "/"):
        if mesh.decide(GATEWAY, Request(host=host, path=path, method="POST", token=token)).status != 403:
            yield f"{host}{path} is open to {token.issuer}"
    other = Token(issuer=token.issuer, audiences=["another"])
    if mesh.authorize(GATEWAY, Request(host=host, path=MODEL, method="POST"), MODEL, other)[0] != 403:
        yield f"{host}{MODEL} is open to every audience of {token.issuer}"
