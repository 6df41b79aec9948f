"""Who reaches Elasticsearch, wherever it is, and with what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from component_stage import SECRET, perform, waits_for
from recorder import Secret
from search_stage import BUCKET

from components.cluster.flows import PlatformMap
from components.cluster.network import OUTSIDE, policies
from components.cluster.search import names
from components.cluster.search.flows import search_client_flows, search_flows, search_monitors
from components.contracts import Addresses, GivenAuthority, Pods, PublicAuthorities, SearchEndpoint
from components.external.search import ExternalElasticsearch, external_search
from components.seldon.search import SearchCredentials

if TYPE_CHECKING:
    from component_stage import Stage

    from components.contracts import Endpoint

PLACE = PlatformMap(
    certificates="cert-manager",
    ingress="istio-system",
    monitoring="watch",
    core="seldon-system",
    api_server=Addresses(cidrs=["192.0.2.1/32"]),
    api_server_port=6443,
)
STORE = Pods(namespace="seldon-storage", labels={"app": "store"})
BACKUPS = replace(BUCKET, reached_at=STORE, port=8333)
NODES = Pods(namespace="seldon-logs", labels=names.POD_LABELS)
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nacme\n-----END CERTIFICATE-----\n"


def external(*, certificate_authority: str | None = None, cidrs: tuple[str, ...] = ()) -> SearchEndpoint:
    return external_search(
        ExternalElasticsearch(
            host="es.initech.example",
            port=9243,
            username="seldon",
            password="planted",
            certificate_authority=certificate_authority,
            cidrs=cidrs,
        )
    )


def test_every_flow_of_elasticsearch_is_one_of_these() -> None:
    flows = search_flows(PLACE, operator="elastic-system", namespace="seldon-logs", backups=BACKUPS)
    operator = Pods(namespace="elastic-system", labels={"app.kubernetes.io/name": "elastic-operator"})
    setup = Pods(namespace="seldon-logs", labels={"app.kubernetes.io/name": "search-snapshots"})
    found: set[tuple[str, str, int]] = set()

    def called(end: Endpoint) -> str:
        known = {"operator": operator, "nodes": NODES, "setup": setup, "store": STORE, "api": PLACE.api_server}
        known["prometheus"] = PLACE.prometheus
        return next(name for name, candidate in known.items() if candidate == end)

    for flow in flows:
        (port,) = flow.ports
        found.add((called(flow.source), called(flow.target), port))
    assert found == {
        ("operator", "api", 6443),
        ("operator", "nodes", 9200),
        ("nodes", "nodes", 9300),
        ("nodes", "nodes", 9200),
        ("nodes", "store", 8333),
        ("setup", "nodes", 9200),
        ("prometheus", "operator", 8080),
    }
    assert policies([*flows, *search_client_flows(PLACE, logs="seldon-logs", search=NODES, port=9200)])


@pytest.mark.parametrize("search", [NODES, Addresses(cidrs=["10.9.0.0/16"])])
def test_two_named_clients_read_request_logs(search: Endpoint) -> None:
    flows = search_client_flows(PLACE, logs="seldon-logs", search=search, port=9200)
    assert {(f.source.namespace, *f.source.labels.items()) for f in flows if isinstance(f.source, Pods)} == {
        ("seldon-system", ("app.kubernetes.io/name", "seldon-deploy")),
        ("seldon-logs", ("app", "seldon-request-logger")),
    }
    assert [(flow.target, flow.ports) for flow in flows] == [(search, [9200])] * 2


def test_the_operators_metrics_are_scraped() -> None:
    (monitor,) = search_monitors(operator="elastic-system")
    assert (monitor.kind, monitor.labels, monitor.namespaces) == (
        "PodMonitor",
        names.OPERATOR_LABELS,
        ["elastic-system"],
    )
    assert monitor.port == "metrics"


def test_an_external_server_is_verified_against_the_given_authority() -> None:
    endpoint = external(certificate_authority=CERTIFICATE, cidrs=("10.9.0.0/16",))
    assert endpoint.trust == GivenAuthority(certificate=CERTIFICATE)
    assert endpoint.reached_at == Addresses(cidrs=("10.9.0.0/16",))
    assert (endpoint.host, endpoint.port, endpoint.username, endpoint.ready) == (
        "es.initech.example",
        9243,
        "seldon",
        (),
    )


def test_an_external_server_of_a_public_authority_may_be_anywhere_outside() -> None:
    endpoint = external()
    assert endpoint.trust == PublicAuthorities()
    assert endpoint.reached_at == OUTSIDE


def test_both_readers_find_the_same_credentials() -> None:
    def make(stage: Stage) -> None:
        places = [stage.place(namespace) for namespace in ("seldon-system", "seldon-logs")]
        SearchCredentials("search-credentials", external(), places, stage.opts)

    recording = perform(make)
    assert len(recording.of(SECRET)) == 2
    for namespace in ("seldon-system", "seldon-logs"):
        made = recording.object(SECRET, namespace, "elastic-credentials")
        assert made.inputs["stringData"] == Secret({"username": "seldon", "password": "planted"})
        assert waits_for(recording, made) == {f"guards-of-{namespace}"}
