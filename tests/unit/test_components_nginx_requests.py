"""A table of requests to NGINX with the answer to each, and changes of the edge that it notices."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from nginx_requests import REFUSED, Edge, Passed, Request, edge_of
from platforms import PLATFORM, read, record_platform, stack
from settings_stacks import DATA

from components.cluster.access import GRPC_METHODS
from components.seldon.routing import RESPONSE_HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from nginx_requests import Verdict

NGINX = DATA / "good" / "nginx.yaml"
IN_CLUSTER = DATA / "good" / "nginx-auth-in-cluster.yaml"
FRAUD, CHURN = "fraud.ml.globex.example", "churn.ml.globex.example"
INFER = "/v2/models/iris/infer"
METHOD = "/inference.GRPCInferenceService/ModelInfer"


def passed(namespace: str, path: str, protocol: str = "http") -> Passed:
    return Passed(
        service=f"{namespace}/seldon-mesh",
        protocol=protocol,
        path=path,
        verified_as=f"seldon-mesh.{namespace}.svc.cluster.local",
        forged=(),
        headers=tuple(sorted(RESPONSE_HEADERS)),
    )


REQUESTS: list[tuple[Request, Verdict]] = [
    (Request(host=FRAUD, path=INFER), passed("fraud", INFER)),
    (Request(host=CHURN, path=INFER), passed("churn", INFER)),
    (Request(host=FRAUD, path="/v2/models/iris"), passed("fraud", "/v2/models/iris")),
    (Request(host=FRAUD, path="/v2/models/iris/ready?verbose=1"), passed("fraud", "/v2/models/iris/ready")),
    (Request(host=FRAUD, path="/v2/pipelines/score/infer"), passed("fraud", "/v2/pipelines/score/infer")),
    *(
        (
            Request(host=host, path=f"/inference.GRPCInferenceService/{method}"),
            passed(namespace, f"/inference.GRPCInferenceService/{method}", "grpc"),
        )
        for host, namespace in ((FRAUD, "fraud"), (CHURN, "churn"))
        for method in GRPC_METHODS
    ),
    (Request(host=CHURN, path="/v2/pipelines/score/infer"), passed("churn", "/v2/pipelines/score/infer")),
    (Request(host=CHURN, path="/"), 404),
    (Request(host=CHURN, path="/v2/repository/index"), 404),
    # What is passed on is what was matched.
    (Request(host=FRAUD, path="/v2//models/iris/infer"), passed("fraud", INFER)),
    (Request(host=FRAUD, path="/v2/repository/../models/iris/infer"), passed("fraud", INFER)),
    (Request(host=FRAUD, path="/v2/models%2firis/infer"), passed("fraud", INFER)),
    # Nothing else leads to a runtime.
    (Request(host=FRAUD, path="/"), 404),
    (Request(host=FRAUD, path="/v2"), 404),
    (Request(host=FRAUD, path="/v2/models"), 301),
    (Request(host=FRAUD, path="/v2/models", credentials="none"), 301),
    (Request(host=FRAUD, path="/v2/health/live"), 404),
    (Request(host=FRAUD, path="/v2/repository/index"), 404),
    (Request(host=FRAUD, path="/v2/repository/models/iris/unload"), 404),
    (Request(host=FRAUD, path="/v2/models/../repository/models/iris/unload"), 404),
    (Request(host=FRAUD, path="/v2/models/..%2frepository/models/iris/unload"), 404),
    (Request(host=FRAUD, path="/v2/models/%2e%2e/repository/index"), 404),
    (Request(host=FRAUD, path="/V2/models/iris/infer"), 404),
    (Request(host=FRAUD, path="/seldon/fraud/iris"), 404),
    (Request(host=FRAUD, path="/metrics"), 404),
    (Request(host=FRAUD, path="/stub_status"), 404),
    (Request(host=FRAUD, path="/inference.GRPCInferenceService/RepositoryModelUnload"), 404),
    (Request(host=FRAUD, path="/inference.GRPCInferenceService/ModelInferX"), 404),
    (Request(host=FRAUD, path="/inference.GRPCInferenceService/ModelInfer/more"), 404),
    (Request(host=FRAUD, path="/seldon.mlops.scheduler.Scheduler/LoadModel"), 404),
    # Credentials are asked for first, whatever the path.
    *(
        (Request(host=host, path=path, credentials="none"), 401)
        for host in (FRAUD, CHURN)
        for path in (INFER, METHOD, "/", "/metrics")
    ),
    *(
        (Request(host=host, path=path, credentials="bad"), 403)
        for host in (FRAUD, CHURN)
        for path in (INFER, METHOD, "/")
    ),
    *(
        (Request(host=host, path=path, credentials="nobody to ask"), 500)
        for host in (FRAUD, CHURN)
        for path in (INFER, METHOD)
    ),
    # In the clear there is only the way to TLS.
    *((Request(host=FRAUD, path=path, tls=False), 301) for path in (INFER, "/", "/.well-known/acme-challenge/token")),
    (Request(host=CHURN, path=METHOD, tls=False, credentials="none"), 301),
    # Hosts that nobody serves.
    *(
        (Request(host=host, path=INFER), REFUSED)
        for host in ("ml.globex.example", "other.ml.globex.example", "fraud.evil.example", "10.30.0.50", "localhost")
    ),
    *((Request(host=host, path=INFER, tls=False), 404) for host in ("ml.globex.example", "fraud.evil.example")),
]


def exempted() -> dict[str, Any]:
    config = deepcopy(read(NGINX))
    del config[PLATFORM]["ingress"]["auth"]
    config[PLATFORM]["exemptions"] = [
        {
            "control": "request-authentication",
            "resource": "ingress",
            "reason": "callers are on a network of their own",
            "expires": f"{datetime.now(tz=timezone.utc).date() + timedelta(days=30)}",
        }
    ]
    return config


@pytest.mark.parametrize(("asked", "wanted"), REQUESTS, ids=[str(index) for index in range(len(REQUESTS))])
def test_the_answer_to_a_request(asked: Request, wanted: Verdict) -> None:
    assert edge_of(stack(NGINX)).answer(asked) == wanted


def _routes(edge: Edge) -> list[dict[str, Any]]:
    return [route for server in edge.servers for route in server["routes"]]


def _proxies(edge: Edge) -> list[dict[str, Any]]:
    return [route["action"]["proxy"] for route in _routes(edge) if "proxy" in route["action"]]


def _upstream_in_the_clear(edge: Edge) -> None:
    edge.servers[0]["upstreams"][0]["tls"]["enable"] = False


def _grpc_in_the_clear(edge: Edge) -> None:
    edge.servers[0]["upstreams"][1]["tls"]["enable"] = False


def _upstream_not_verified(edge: Edge) -> None:
    edge.policies["verified-fraud"]["egressMTLS"]["verifyServer"] = False


def _upstream_of_another_name(edge: Edge) -> None:
    edge.policies["verified-fraud"]["egressMTLS"]["sslName"] = "seldon-mesh.churn.svc.cluster.local"


def _route_without_verification(edge: Edge) -> None:
    _routes(edge)[0]["policies"] = []


def _no_authority(edge: Edge) -> None:
    del edge.policies["verified-fraud"]["egressMTLS"]["trustedCertSecret"]


def _authority_of_another_type(edge: Edge) -> None:
    edge.secrets["upstream-authority"] = "kubernetes.io/tls"


def _nobody_asked(edge: Edge) -> None:
    del edge.servers[0]["policies"]


def _policy_gone(edge: Edge) -> None:
    del edge.policies["callers"]


def _asked_in_the_clear(edge: Edge) -> None:
    edge.policies["callers"]["externalAuth"]["sslEnabled"] = False


def _asked_without_verification(edge: Edge) -> None:
    edge.policies["callers"]["externalAuth"]["sslVerify"] = False


def _served_in_the_clear(edge: Edge) -> None:
    edge.servers[0]["tls"]["redirect"]["enable"] = False


def _certificate_gone(edge: Edge) -> None:
    edge.servers[0]["tls"]["secret"] = ""


def _any_host(edge: Edge) -> None:
    edge.servers[0]["host"] = "*.ml.globex.example"


def _default_certificate(edge: Edge) -> None:
    edge.values["controller"]["defaultTLS"] = {"secret": "nginx-ingress/ingress-tls"}


def _wider_rest(edge: Edge) -> None:
    _routes(edge)[0]["path"] = "/v2/"


def _wider_grpc(edge: Edge) -> None:
    for route in _routes(edge):
        route["path"] = route["path"].removeprefix("=")


def _everything_routed(edge: Edge) -> None:
    edge.servers[0]["routes"][-1]["action"] = edge.servers[0]["routes"][0]["action"]


def _rewritten(edge: Edge) -> None:
    _proxies(edge)[0]["rewritePath"] = "/v2/repository/"


def _other_runtime(edge: Edge) -> None:
    edge.servers[0]["upstreams"][0]["service"] = edge.servers[1]["upstreams"][0]["service"]


def _credentials_passed_on(edge: Edge) -> None:
    _proxies(edge)[0]["requestHeaders"]["set"] = [
        header for header in _proxies(edge)[0]["requestHeaders"]["set"] if header["name"] != "Authorization"
    ]


def _internal_header_passed_on(edge: Edge) -> None:
    _proxies(edge)[-1]["requestHeaders"]["set"] = [
        header for header in _proxies(edge)[-1]["requestHeaders"]["set"] if header["name"] != "seldon-internal-model"
    ]


def _client_address_forged(edge: Edge) -> None:
    for proxy in _proxies(edge):
        proxy["requestHeaders"]["set"] = [
            header for header in proxy["requestHeaders"]["set"] if header["name"] != "X-Forwarded-For"
        ]


def _no_hsts(edge: Edge) -> None:
    _proxies(edge)[1]["responseHeaders"]["add"] = [
        header
        for header in _proxies(edge)[1]["responseHeaders"]["add"]
        if header["name"] != "strict-transport-security"
    ]


def _hsts_of_successes_alone(edge: Edge) -> None:
    _proxies(edge)[-1]["responseHeaders"]["add"][0]["always"] = False


MUTATIONS: list[Callable[[Edge], None]] = [
    _upstream_in_the_clear,
    _grpc_in_the_clear,
    _upstream_not_verified,
    _upstream_of_another_name,
    _route_without_verification,
    _no_authority,
    _authority_of_another_type,
    _nobody_asked,
    _policy_gone,
    _asked_in_the_clear,
    _asked_without_verification,
    _served_in_the_clear,
    _certificate_gone,
    _any_host,
    _default_certificate,
    _wider_rest,
    _wider_grpc,
    _everything_routed,
    _rewritten,
    _other_runtime,
    _credentials_passed_on,
    _internal_header_passed_on,
    _client_address_forged,
    _no_hsts,
    _hsts_of_successes_alone,
]


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutation: mutation.__name__.strip("_"))
def test_the_table_notices(mutate: Callable[[Edge], None]) -> None:
    edge = edge_of(stack(NGINX)).copy()
    mutate(edge)
    assert [request for request, wanted in REQUESTS if edge.answer(request) != wanted]


def test_an_open_ingress_asks_nobody_and_is_otherwise_the_same() -> None:
    edge = edge_of(record_platform(exempted()))
    assert "callers" not in edge.policies
    for request, wanted in REQUESTS:
        if request.credentials == "good":
            assert edge.answer(request) == wanted
    assert edge.answer(Request(host=FRAUD, path=INFER, credentials="none")) == passed("fraud", INFER)


def test_an_endpoint_in_the_cluster_gives_the_same_answers() -> None:
    edge = edge_of(stack(IN_CLUSTER))
    for request, wanted in REQUESTS:
        if request.host != CHURN:
            assert edge.answer(request) == wanted
