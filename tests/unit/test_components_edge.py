"""Who passes the gateway of the local stack: a table of requests, and changes of the policies that it must notice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from edge_requests import BATCH, GATEWAY, HOST, MODEL, NORMALIZATION, PEOPLE, ROWS, policies_of, to, verdicts
from istio_mutations import mutations
from istio_policy import Mesh, Token
from platforms import STACKS, stack

from components.cluster.access import Access, Anyone, Callers, TokenIssuer, Tokens, guards
from components.cluster.ingress import GATEWAY_LABELS

if TYPE_CHECKING:
    from edge_requests import Row
    from istio_policy import Request

LOCAL = stack(next(path for path in STACKS if path.stem == "Pulumi.local"))
POLICIES = policies_of(LOCAL)
MESH = Mesh(policies=POLICIES, normalization=NORMALIZATION)
AS_IT_IS = verdicts(POLICIES)
MUTATIONS = dict(mutations(POLICIES))
FRAUD = f"fraud.{HOST}"
API = "/seldon-deploy/api/v1alpha1/version"
OWN = Token(issuer=PEOPLE.issuer, audiences=["console"], subject="ana")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_becomes_of_a_request(row: Row) -> None:
    assert MESH.decide(row.at, row.request).status == row.status


@pytest.mark.parametrize("row", [row for row in ROWS if row.status == 200], ids=lambda row: row.name)
def test_a_token_is_passed_on_for_the_platforms_sake_alone(row: Row) -> None:
    """It shares an issuer with models here, and tokens are passed on by issuer: routes to models take them off."""
    token = row.request.token
    assert MESH.decide(row.at, row.request).token_passed_on is bool(token and token.issuer == PEOPLE.issuer)


def test_the_table_has_both_runtimes_and_every_verdict() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 60
    assert {row.status for row in ROWS} == {200, 400, 401, 403}
    for host in (HOST, f"fraud.{HOST}", f"vision.{HOST}"):
        assert {row.status for row in ROWS if row.request.host == host} >= {200, 403}


def test_a_token_of_one_tenant_is_none_for_another() -> None:
    assert MESH.decide(GATEWAY, to(FRAUD, MODEL, BATCH)).status == 200
    assert MESH.decide(GATEWAY, to(f"vision.{HOST}", MODEL, BATCH)).status == 403
    assert MESH.decide(GATEWAY, to(f"vision.{HOST}", MODEL, PEOPLE)).status == 200


def test_no_rule_is_for_any_host_when_an_issuer_may_call_no_runtime() -> None:
    batch = TokenIssuer(issuer=BATCH.issuer, audiences=BATCH.audiences)
    access = Access(
        host=HOST, runtime_hosts=[FRAUD], callers=Tokens(issuers=[batch]), audiences={FRAUD: ["seldon-models"]}
    )
    (models,) = (guard for guard in guards(access, GATEWAY_LABELS) if guard.name == "models")
    operations = [entry["operation"] for rule in models.spec["rules"] for entry in rule["to"]]
    assert [operation["hosts"] for operation in operations] == [[HOST, f"{HOST}:443"]]


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_change_of_the_policies_is_noticed(name: str) -> None:
    assert verdicts(MUTATIONS[name]) != AS_IT_IS


def test_paths_are_compared_as_the_mesh_normalizes_them() -> None:
    (istiod,) = (chart for chart in LOCAL.of("kubernetes:helm.sh/v4:Chart") if chart.inputs["name"] == "istiod")
    assert istiod.inputs["values"]["meshConfig"]["pathNormalization"] == {"normalization": NORMALIZATION}


@pytest.mark.parametrize("normalization", ["NONE", "BASE", "MERGE_SLASHES"])
def test_a_weaker_normalization_is_noticed(normalization: str) -> None:
    mesh = Mesh(policies=POLICIES, normalization=normalization)
    assert [row.name for row in ROWS if mesh.decide(row.at, row.request).status != row.status]


def mesh_of(access: Access) -> Mesh:
    """Make a mesh of other policies."""
    policies: list[dict[str, Any]] = [
        {"kind": guard.kind, "metadata": {"name": guard.name, "namespace": "istio-system"}, "spec": guard.spec}
        for guard in guards(access, GATEWAY_LABELS)
    ]
    return Mesh(policies=policies, normalization=NORMALIZATION)


def status(request: Request, callers: Callers, *open_paths: str, challenges: bool = False) -> int:
    """Decide a request at a gateway with other policies."""
    access = Access(host=HOST, runtime_hosts=[FRAUD], callers=callers, open_paths=open_paths, challenges=challenges)
    return mesh_of(access).decide(GATEWAY, request).status


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        (to(FRAUD, MODEL, None), 200),
        (to(FRAUD, MODEL, PEOPLE), 200),
        (to(FRAUD, "/v2/repository/index", None), 403),
        (to("other.example", MODEL, None), 403),
        (to(FRAUD, MODEL, None, port=80), 403),
    ],
)
def test_without_an_issuer_models_are_open_and_nothing_else_is(request_: Request, wanted: int) -> None:
    assert status(request_, Anyone()) == wanted


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        (to(HOST, "/seldon-deploy/auth/callback", None, "GET"), 200),
        (to(HOST, "/seldon-deploy/auth/callback", None, "GET", 80), 403),
        (to(HOST, "/seldon-deploy/", BATCH, "GET"), 401),
        (to(HOST, "/seldon-deploy-x/", None, "GET"), 403),
        (to(HOST, "/seldon-deploy/../seldon/fraud/iris", None), 403),
        (to(HOST, "/seldon/fraud/iris", None), 403),
        (to(FRAUD, "/seldon-deploy/", None, "GET"), 403),
        (to(FRAUD, MODEL, None), 403),
        (to(FRAUD, MODEL, PEOPLE), 200),
    ],
)
def test_paths_with_a_login_of_their_own_need_no_token_and_open_nothing_else(request_: Request, wanted: int) -> None:
    people = TokenIssuer(issuer=PEOPLE.issuer, audiences=PEOPLE.audiences)
    assert status(request_, Tokens(issuers=[people]), "/seldon-deploy/*") == wanted


@pytest.mark.parametrize(
    ("request_", "wanted", "passed_on"),
    [
        (to(HOST, API, OWN), 200, True),
        (to(HOST, API, replace(OWN, audiences=["another"])), 403, False),
        (to(HOST, API, replace(OWN, issuer="https://login.globex.example")), 401, False),
        (to(FRAUD, MODEL, OWN), 403, False),
        (to(FRAUD, API, OWN), 403, False),
        (to(HOST, "/seldon/fraud/iris", OWN), 403, False),
    ],
)
@pytest.mark.parametrize("issuer", [PEOPLE.issuer, "https://consoles.acme.example"])
def test_a_token_for_the_open_paths_is_handed_on_and_opens_no_model(
    issuer: str, request_: Request, wanted: int, *, passed_on: bool
) -> None:
    """Whether its issuer is one of those whose tokens open models, or another."""
    people = TokenIssuer(issuer=PEOPLE.issuer, audiences=PEOPLE.audiences)
    own = TokenIssuer(issuer=issuer, audiences=OWN.audiences)
    token = request_.token
    if token and token.issuer == OWN.issuer:
        request_ = replace(request_, token=replace(token, issuer=issuer))
    access = Access(
        host=HOST,
        runtime_hosts=[FRAUD],
        callers=Tokens(issuers=[people]),
        open_paths=["/seldon-deploy/*"],
        own_tokens=own,
    )
    verdict = mesh_of(access).decide(GATEWAY, request_)
    assert (verdict.status, verdict.token_passed_on) == (wanted, passed_on)
    assert mesh_of(access).decide(GATEWAY, to(FRAUD, MODEL, PEOPLE)).status == 200


def test_the_routes_to_models_take_off_what_a_caller_proves_itself_with() -> None:
    routes = [route.inputs["spec"] for route in LOCAL.of("kubernetes:networking.istio.io/v1:VirtualService")]
    models = [rule for route in routes for rule in route["http"] if rule["name"] == "inference"]
    assert len(models) >= 2
    for rule in models:
        assert {"authorization", "cookie"} <= set(rule["headers"]["request"]["remove"])


CHALLENGE = "/.well-known/acme-challenge/"


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        (to(HOST, f"{CHALLENGE}token", None, "GET", 80), 200),
        (to(FRAUD, f"{CHALLENGE}token", None, "GET", 80), 200),
        (to(FRAUD, f"{CHALLENGE}token", None, "POST", 80), 403),
        (to(FRAUD, f"{CHALLENGE}token", None, "GET"), 403),
        (to("other.example", f"{CHALLENGE}token", None, "GET", 80), 403),
        (to(FRAUD, f"{CHALLENGE}..%2f..%2fv2/models/iris/infer", None, "GET", 80), 403),
        (to(FRAUD, "/.well-known/openid-configuration", None, "GET", 80), 403),
        (to(FRAUD, MODEL, None, port=80), 403),
        (to(FRAUD, MODEL, PEOPLE, port=80), 403),
        (to(FRAUD, MODEL, PEOPLE), 200),
    ],
)
def test_challenges_are_fetched_without_a_token_and_nothing_else_is(request_: Request, wanted: int) -> None:
    people = TokenIssuer(issuer=PEOPLE.issuer, audiences=PEOPLE.audiences)
    assert status(request_, Tokens(issuers=[people]), challenges=True) == wanted


def test_answers_of_every_runtime_tell_browsers_to_stay_with_tls_and_to_keep_nothing() -> None:
    routes = [route.inputs["spec"] for route in LOCAL.of("kubernetes:networking.istio.io/v1:VirtualService")]
    assert sorted(route["hosts"][0] for route in routes) == [f"fraud.{HOST}", HOST, f"vision.{HOST}"]
    for hosts, rule in ((route["hosts"], rule) for route in routes for rule in route["http"]):
        told = rule["headers"]["response"]["set"]
        assert told["strict-transport-security"] == "max-age=31536000"
        assert told["x-content-type-options"] == "nosniff"
        assert told.get("cache-control") == (None if hosts == [HOST] else "no-store")


def test_no_caller_forges_its_address_or_what_core_2_tells_itself() -> None:
    for route in LOCAL.of("kubernetes:networking.istio.io/v1:VirtualService"):
        for rule in route.inputs["spec"]["http"]:
            request = rule["headers"]["request"]
            assert request["set"]["x-forwarded-for"] == "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
            if route.object_name != "seldon-deploy":
                assert "seldon-internal-model" in request["remove"]
