"""Requests to the gateway of the local stack, each with what becomes of it.

200: let through; 400: not a path; 401: a token that does not hold; 403: nothing that may pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from istio_paths import normalize
from istio_policy import Mesh, Request, Token, Workload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recorder import Recording

NORMALIZATION = "DECODE_AND_MERGE_SLASHES"
HOST = "seldon.local.example"
FRAUD, VISION = f"fraud.{HOST}", f"vision.{HOST}"
GATEWAY = Workload(namespace="istio-system", labels={"app": "istio-ingressgateway", "istio": "ingressgateway"})
SIDECAR = Workload(namespace="fraud", labels={"app": "something-with-a-sidecar"})
OTHER_GATEWAY = Workload(namespace="istio-system", labels={"app": "another-gateway", "istio": "another"})

PEOPLE = Token(issuer="https://login.acme.example/realms/people", audiences=["seldon-models"], subject="ana")
BATCH = Token(
    issuer="https://tokens.acme.example",
    audiences=["seldon-batch"],
    subject="nightly",
    signed_with="https://tokens.acme.example/signing-keys",
)
STRANGER = Token(issuer="https://login.globex.example", audiences=["seldon-models", "seldon-batch"])

MODEL = "/v2/models/iris/infer"
GRPC = "/inference.GRPCInferenceService/"
METHODS = (
    "ModelInfer",
    "ModelMetadata",
    "ModelReady",
    "ModelStreamInfer",
    "ServerLive",
    "ServerMetadata",
    "ServerReady",
)
CONSOLE = "/seldon-deploy"
CONSOLES = Token(issuer=PEOPLE.issuer, audiences=["seldon-platform"], subject="ana")
NEAR = (FRAUD, VISION, f"evil-{HOST}", f"{HOST}.evil.example", f"evil-{HOST}:443", f"{HOST}:443.evil.example")
"""Hosts that are not the platform's own, though some begin or end alike."""
CORE_1 = "/seldon/fraud/iris/api/v1.0/predictions"
SERVED = ((FRAUD, MODEL), (VISION, MODEL), (FRAUD, f"{GRPC}ModelInfer"), (VISION, f"{GRPC}ModelInfer"), (HOST, CORE_1))
"""Every host with every kind of path that it serves."""


@dataclass(frozen=True)
class Row:
    """One request and its verdict."""

    name: str
    status: int
    request: Request
    at: Workload = field(default=GATEWAY)


def to(host: str, path: str, token: Token | None, method: str = "POST", port: int = 443) -> Request:
    """Make a request."""
    return Request(host=host, path=path, token=token, method=method, port=port)


def _let_through(caller: Token) -> list[Row]:
    """Vision takes the tokens of people alone."""

    def served(host: str) -> int:
        return 403 if caller is BATCH and host == VISION else 200

    return [
        *(Row(f"{host}{path}", served(host), to(host, path, caller)) for host, path in SERVED),
        *(Row(f"{host}:443{path}", served(host), to(f"{host}:443", path, caller)) for host, path in SERVED),
        *(Row(f"gRPC {method}", 200, to(FRAUD, GRPC + method, caller)) for method in METHODS),
        Row("metadata", 200, to(FRAUD, "/v2/models/iris", caller, "GET")),
        Row("is it ready", 200, to(FRAUD, "/v2/models/iris/ready", caller, "HEAD")),
        Row("pipeline", 200, to(FRAUD, "/v2/pipelines/scores/infer", caller)),
        Row("pipeline of vision", served(VISION), to(VISION, "/v2/pipelines/scores/infer", caller)),
        Row("query", 200, to(FRAUD, "/v2/models/iris?verbose=1", caller, "GET")),
        Row("host in capitals", 200, to(FRAUD.upper(), MODEL, caller)),
        Row("one of two audiences", 200, to(FRAUD, MODEL, replace(caller, audiences=["account", *caller.audiences]))),
        Row("Core 1 is read", 200, to(HOST, "/seldon/fraud/iris/api/v1.0/doc/", caller, "GET")),
        Row("Core 1 is asked for its head", 200, to(HOST, "/seldon/fraud/iris/api/v1.0/doc/", caller, "HEAD")),
        Row("doubled slash", 200, to(FRAUD, "//v2//models/iris/infer", caller)),
        Row("escaped slash", 200, to(FRAUD, "/v2%2Fmodels%2firis/infer", caller)),
        Row("detour that ends well", 200, to(FRAUD, "/v2/health/../models/iris/infer", caller)),
    ]


def _without_a_good_token(caller: Token, other: Token) -> list[Row]:
    def model(token: Token | None) -> Request:
        return to(FRAUD, MODEL, token)

    (audience,) = caller.audiences
    return [
        Row("another audience", 403, model(replace(caller, audiences=["account"]))),
        Row("another audience at vision", 403, to(VISION, MODEL, replace(caller, audiences=["account"]))),
        Row("another audience, gRPC", 403, to(VISION, f"{GRPC}ModelInfer", replace(caller, audiences=["account"]))),
        Row("no audience", 403, model(replace(caller, audiences=[]))),
        Row("audience that begins alike", 403, model(replace(caller, audiences=[f"{audience}-test"]))),
        Row("audience that ends alike", 403, model(replace(caller, audiences=[f"test-{audience}"]))),
        Row("audience of the other issuer", 403, model(replace(caller, audiences=other.audiences))),
        Row("that at vision", 403, to(VISION, MODEL, replace(caller, audiences=other.audiences))),
        Row("nobody", 403, model(replace(caller, subject=""))),
        Row("issuer with a slash at the end", 401, model(replace(caller, issuer=f"{caller.issuer}/"))),
        Row("another issuer of the same server", 401, model(replace(caller, issuer=f"{caller.issuer}/guests"))),
        Row("forged", 401, model(replace(caller, signed_with="https://login.globex.example/keys"))),
        Row("signed by the other issuer", 401, model(replace(caller, signed_with=other.signed_with or "other"))),
        Row("expired", 401, model(replace(caller, expired=True))),
        Row("token in the query", 403, replace(model(caller), token_in="query access_token")),
        Row("token in a cookie", 403, replace(model(caller), token_in="cookie access_token")),
        Row("token in another header", 403, replace(model(caller), token_in="header x-token ")),
        Row("token of another scheme", 403, replace(model(caller), token_in="header authorization dpop ")),
    ]


def _elsewhere(caller: Token) -> list[Row]:
    def fraud(path: str) -> Request:
        return to(FRAUD, path, caller)

    forms = ("{}.evil.example", "{}:4433", "{}:8443", "{}.", "evil-{}", "evil-{}:443")
    similar = ((form.format(host), path) for host, path in SERVED for form in forms)
    return [
        *(Row(f"similar host {host}{path}", 403, to(host, path, caller)) for host, path in similar),
        *(Row(f"in the clear {host}{path}", 403, to(host, path, caller, port=80)) for host, path in SERVED),
        *(Row(f"deleted {host}{path}", 403, to(host, path, caller, "DELETE")) for host, path in SERVED),
        *(Row(f"gRPC {method}All", 403, fraud(f"{GRPC}{method}All")) for method in METHODS),
        Row("repository extension", 403, fraud("/v2/repository/models/iris/unload")),
        Row("repository extension, index", 403, to(VISION, "/v2/repository/index", caller)),
        Row("repository by gRPC: unload", 403, fraud(f"{GRPC}RepositoryModelUnload")),
        Row("repository by gRPC: load", 403, fraud(f"{GRPC}RepositoryModelLoad")),
        Row("repository by gRPC: index", 403, fraud(f"{GRPC}RepositoryIndex")),
        Row("service that begins alike", 403, fraud("/inference.GRPCInferenceServiceV2/ModelInfer")),
        Row("another gRPC service", 403, fraud("/scheduler.Scheduler/LoadModel")),
        Row("reflection", 403, fraud("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")),
        Row("dots to the repository", 403, fraud("/v2/models/../repository/models/iris/unload")),
        Row("escaped dots", 403, fraud("/v2/models/%2e%2e/repository/models/iris/unload")),
        Row("escaped slashes and dots", 403, fraud("/v2/models/x%2f..%2F..%2frepository/index")),
        Row("backslashes", 403, fraud("/v2/models/x\\..\\..\\repository\\index")),
        Row("escaped backslashes", 403, fraud("/v2/models/x%5c..%5C..%5crepository/index")),
        Row("doubled slashes to the repository", 403, fraud("/v2//repository/index")),
        Row("out of the tree", 403, fraud("/v2/models/../../metrics")),
        Row("path in capitals", 403, fraud("/V2/models/iris/infer")),
        Row("all models", 403, fraud("/v2/models")),
        Row("path that begins like models", 403, fraud("/v2/modelstore/iris")),
        Row("path that begins like pipelines", 403, fraud("/v2/pipelines-old/iris")),
        Row("the path in a query", 403, fraud("/?x=/v2/models/iris")),
        Row("server metadata", 403, to(FRAUD, "/v2", caller, "GET")),
        Row("health of the servers", 403, to(FRAUD, "/v2/health/ready", caller, "GET")),
        Row("root", 403, to(FRAUD, "/", caller, "GET")),
        Row("metrics", 403, to(FRAUD, "/stats/prometheus", caller, "GET")),
        Row("Prometheus", 403, to(HOST, "/api/v1/query", caller, "GET")),
        Row("console of the platform on a runtime", 403, fraud(f"{CONSOLE}/")),
        Row("path that begins like the console's", 403, to(HOST, f"{CONSOLE}ments/x", caller, "GET")),
        Row("console of the platform at another gateway", 403, to(HOST, f"{CONSOLE}/", caller), OTHER_GATEWAY),
        Row("Core 1 on a runtime", 403, fraud(CORE_1)),
        Row("inference on the platform's host", 403, to(HOST, MODEL, caller)),
        Row("gRPC on the platform's host", 403, to(HOST, f"{GRPC}ModelInfer", caller)),
        Row("path that begins like Core 1's", 403, to(HOST, "/seldonia/x", caller)),
        Row("gRPC that is read", 403, to(FRAUD, f"{GRPC}ModelInfer", caller, "GET")),
        Row("traced", 403, to(FRAUD, MODEL, caller, "TRACE")),
        Row("no tenant of this name", 403, to(f"churn.{HOST}", MODEL, caller)),
        Row("host by address", 403, to("192.0.2.7", MODEL, caller)),
        Row("service behind the gateway", 403, to("seldon-mesh.fraud.svc.cluster.local", MODEL, caller)),
        Row("no host", 403, to("", MODEL, caller)),
        Row("fragment", 400, fraud("/v2/models/iris#/infer")),
        Row("no path", 400, fraud("*")),
        Row("sidecar somewhere else", 403, fraud(MODEL), SIDECAR),
        Row("another gateway", 403, fraud(MODEL), OTHER_GATEWAY),
    ]


def _from_anyone() -> list[Row]:
    forged = replace(PEOPLE, signed_with="https://login.globex.example/keys")
    return [
        *(Row(f"no token {host}{path}", 403, to(host, path, None)) for host, path in SERVED),
        *(Row(f"no token, gRPC {method}", 403, to(FRAUD, GRPC + method, None)) for method in METHODS),
        Row("no token, metadata", 403, to(FRAUD, "/v2/models/iris", None, "GET")),
        Row("no token, pipeline", 403, to(FRAUD, "/v2/pipelines/scores/infer", None)),
        Row("no token, preflight", 403, to(FRAUD, MODEL, None, "OPTIONS")),
        Row("no token, login of the platform", 200, to(HOST, f"{CONSOLE}/auth/callback", None, "GET")),
        Row("no token, login of the platform by port", 200, to(f"{HOST}:443", f"{CONSOLE}/", None, "GET")),
        *(Row(f"no token, console at {host}", 403, to(host, f"{CONSOLE}/", None)) for host in NEAR),
        Row("no token, console at another gateway", 403, to(HOST, f"{CONSOLE}/", None), OTHER_GATEWAY),
        Row("no token, console in the clear", 403, to(HOST, f"{CONSOLE}/", None, "GET", 80)),
        Row("token of the console's client in the clear", 403, to(HOST, f"{CONSOLE}/", CONSOLES, "GET", 80)),
        Row("no token, console as it begins", 403, to(HOST, f"{CONSOLE}ments/x", None)),
        Row("token of the console's client", 200, to(HOST, f"{CONSOLE}/api/v1alpha1/version", CONSOLES)),
        Row("token of the console's client for a model", 403, to(FRAUD, MODEL, CONSOLES)),
        Row("token of the console's client for Core 1", 403, to(HOST, CORE_1, CONSOLES)),
        Row("no token, in the clear", 403, to(HOST, "/", None, "GET", 80)),
        Row("no token, challenge", 403, to(HOST, "/.well-known/acme-challenge/x", None, "GET", 80)),
        Row("unknown issuer", 401, to(FRAUD, MODEL, STRANGER)),
        Row("unknown issuer, gRPC", 401, to(VISION, f"{GRPC}ModelInfer", STRANGER)),
        Row("unknown issuer on a path that nobody may take", 401, to(HOST, "/", STRANGER, "GET")),
        Row("identity of a mesh", 403, replace(to(FRAUD, MODEL, None), peer="cluster.local/ns/fraud/sa/default")),
        Row("no token, sidecar somewhere else", 403, to(FRAUD, MODEL, None), SIDECAR),
        Row("forged, sidecar somewhere else", 403, to(FRAUD, MODEL, forged), SIDECAR),
    ]


def _of(name: str, rows: Sequence[Row]) -> list[Row]:
    return [replace(row, name=f"{name}: {row.name}") for row in rows]


ROWS = (
    *_of("people", [*_let_through(PEOPLE), *_without_a_good_token(PEOPLE, BATCH), *_elsewhere(PEOPLE)]),
    *_of("batch", [*_let_through(BATCH), *_without_a_good_token(BATCH, PEOPLE), *_elsewhere(BATCH)]),
    *_of("anyone", _from_anyone()),
)


def policies_of(recording: Recording) -> list[dict[str, Any]]:
    """Return the policies of the mesh that a platform declares."""
    kinds = ("AuthorizationPolicy", "RequestAuthentication")
    return [resource.inputs for resource in recording.resources if resource.inputs.get("kind") in kinds]


def verdicts(policies: Sequence[dict[str, Any]], rows: Sequence[Row] = ROWS) -> list[str]:
    """Decide every row twice: as it comes, and by authorisation alone as if its token had been accepted.

    Audiences are checked by both, so the second is what tells whether authorisation still does.
    """
    mesh = Mesh(policies=policies, normalization=NORMALIZATION)
    seen: list[str] = []
    for row in rows:
        verdict = mesh.decide(row.at, row.request)
        path = normalize(row.request.path, NORMALIZATION) or ""
        alone = mesh.authorize(row.at, row.request, path, row.request.token)
        seen.append(f"{row.name}: {verdict}, {alone}")
    return seen
