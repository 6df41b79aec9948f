"""Flows and monitors of Postgres, and the two ends that any backend gives its client."""

from __future__ import annotations

import pytest
from postgres_stage import bucket

from components.cluster.flows import PlatformMap
from components.cluster.network import OUTSIDE, policies
from components.cluster.postgres.flows import postgres_flows, postgres_monitors
from components.contracts import Addresses, GivenAuthority, Pods, PublicAuthorities
from components.external.postgres import ExternalDatabase, external_postgres
from components.seldon.catalogue import catalogue_flow

API = Addresses(cidrs=["192.0.2.1/32"])
PLACE = PlatformMap(
    certificates="trust",
    ingress="edge",
    monitoring="watch",
    core="core",
    api_server=API,
    api_server_port=6443,
)
STORE = Pods(namespace="objects", labels={"app": "store"})
BACKUPS = bucket()
DATABASE = Pods(namespace="data", labels={"app.kubernetes.io/name": "postgresql"})
OPERATOR = Pods(namespace="operators", labels={"app.kubernetes.io/name": "cloudnative-pg"})
PLUGIN = Pods(namespace="operators", labels={"app.kubernetes.io/name": "plugin-barman-cloud"})
PROMETHEUS = Pods(namespace="watch", labels={"app.kubernetes.io/name": "prometheus"})


def external(*, cidrs: tuple[str, ...] = (), authority: str | None = None) -> ExternalDatabase:
    return ExternalDatabase(
        host="db.acme.example",
        port=5433,
        database="catalogue",
        username="seldon",
        password="planted",
        ssl_mode="verify-full",
        certificate_authority=authority,
        cidrs=cidrs,
    )


def test_the_flows() -> None:
    flows = postgres_flows(PLACE, operator="operators", namespace="data", backups=BACKUPS)
    assert [(flow.source, flow.target, tuple(flow.ports)) for flow in flows] == [
        (OPERATOR, API, (6443,)),
        (PLUGIN, API, (6443,)),
        (DATABASE, API, (6443,)),
        (API, OPERATOR, (9443,)),
        (OPERATOR, DATABASE, (8000,)),
        (OPERATOR, PLUGIN, (9090,)),
        (DATABASE, DATABASE, (5432, 8000)),
        (DATABASE, STORE, (8333,)),
        (PROMETHEUS, DATABASE, (9187,)),
        (PROMETHEUS, OPERATOR, (8080,)),
    ]
    assert all(flow.why for flow in flows)
    assert policies(flows)


def test_only_instances_reach_the_database_until_a_client_is_named() -> None:
    flows = postgres_flows(PLACE, operator="operators", namespace="data", backups=BACKUPS)
    assert [flow.source for flow in flows if flow.target == DATABASE and 5432 in flow.ports] == [DATABASE]


@pytest.mark.parametrize(("cidrs", "reached"), [((), OUTSIDE), (("10.9.0.0/24",), Addresses(cidrs=("10.9.0.0/24",)))])
def test_an_external_database_is_reached_where_it_is_said_to_be(cidrs: tuple[str, ...], reached: Addresses) -> None:
    endpoint = external_postgres(external(cidrs=cidrs))
    assert endpoint.reached_at == reached
    flow = catalogue_flow(endpoint, namespace="core")
    assert (flow.target, list(flow.ports)) == (reached, [5433])
    assert flow.source == Pods(namespace="core", labels={"app.kubernetes.io/name": "seldon-deploy"})
    assert policies([flow])


@pytest.mark.parametrize("authority", [None, "-----BEGIN"])
def test_an_external_database_is_what_the_customer_says(authority: str | None) -> None:
    given = external(authority=authority)
    endpoint = external_postgres(given)
    assert endpoint.trust == (GivenAuthority(certificate="-----BEGIN") if authority else PublicAuthorities())
    assert (endpoint.host, endpoint.port, endpoint.database) == ("db.acme.example", 5433, "catalogue")
    assert (endpoint.username, endpoint.ssl_mode, endpoint.password) == ("seldon", "verify-full", given.password)
    assert list(endpoint.ready) == []


def test_prometheus_may_reach_what_it_is_told_to_scrape() -> None:
    monitors = postgres_monitors(operator="operators", namespace="data")
    scraped = [Pods(namespace=namespace, labels=m.labels) for m in monitors for namespace in m.namespaces]
    flows = postgres_flows(PLACE, operator="operators", namespace="data", backups=BACKUPS)
    assert scraped == [flow.target for flow in flows if flow.source == PROMETHEUS] == [DATABASE, OPERATOR]
    assert {(monitor.kind, monitor.port) for monitor in monitors} == {("PodMonitor", "metrics")}
