"""Connections that pipelines add to a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kafka_endpoints import BROKERS, KINDS, endpoint
from recorder import record

from components.cluster.flows import PlatformMap, pipeline_flows, runtime_flows
from components.cluster.kafka.flows import reader_flows
from components.cluster.network import OUTSIDE, policies
from components.contracts import Addresses, Pods

if TYPE_CHECKING:
    from components.cluster.network import Flow

API = Addresses(cidrs=["10.0.0.1/32"])
PLACE = PlatformMap(
    certificates="certificates",
    ingress="edge",
    monitoring="monitoring",
    core="core",
    api_server=API,
    api_server_port=6443,
)
PARTS = ("seldon-pipelinegateway", "seldon-modelgateway", "seldon-dataflow-engine")


def flows(kind: str = "scram") -> list[Flow]:
    kept: list[list[Flow]] = []
    record(lambda: kept.append(pipeline_flows(PLACE, "fraud", endpoint(kind))))
    return kept[0]


def name_of(end: Any) -> str:
    return end.labels.get("app.kubernetes.io/name", end.namespace) if isinstance(end, Pods) else "outside"


def edges(kind: str = "scram") -> set[tuple[str, str, int]]:
    return {(name_of(f.source), name_of(f.target), port) for f in flows(kind) for port in f.ports}


def test_they_go_with_those_of_the_runtime() -> None:
    assert policies([*runtime_flows(PLACE, "fraud", storage_ports=[443]), *flows("oauth")])


@pytest.mark.parametrize("part", PARTS)
def test_each_part_reaches_the_brokers_and_the_api_server(part: str) -> None:
    leaving = [(f.target, list(f.ports)) for f in flows() if name_of(f.source) == part]
    assert (BROKERS, [9093]) in leaving
    assert (API, [6443]) in leaving


def test_between_the_parts_of_a_runtime() -> None:
    inside = {edge for edge in edges() if edge[1] != "outside"}
    assert inside == {
        ("seldon-pipelinegateway", "seldon-scheduler", 9044),
        ("seldon-modelgateway", "seldon-scheduler", 9044),
        ("seldon-dataflow-engine", "seldon-scheduler", 9008),
        ("seldon-envoy", "seldon-pipelinegateway", 9010),
        ("seldon-envoy", "seldon-pipelinegateway", 9011),
        ("seldon-pipelinegateway", "seldon-envoy", 9000),
        ("seldon-modelgateway", "seldon-envoy", 9000),
        ("prometheus", "seldon-pipelinegateway", 9006),
    }


def test_the_one_plaintext_port_is_open_to_the_one_part_that_needs_it() -> None:
    (flow,) = [f for f in flows() if 9008 in f.ports]
    assert flow.source == Pods(namespace="fraud", labels={"app.kubernetes.io/name": "seldon-dataflow-engine"})
    assert "plaintext" in flow.why
    assert all(9008 not in f.ports for f in runtime_flows(PLACE, "fraud", storage_ports=[443]))


def test_nothing_reaches_the_gateway_of_models() -> None:
    assert all(target not in {"seldon-modelgateway", "seldon-dataflow-engine"} for _, target, _ in edges())


@pytest.mark.parametrize("kind", KINDS)
def test_only_oauth_clients_leave_for_tokens(kind: str) -> None:
    leaving = [f for f in flows(kind) if f.target == OUTSIDE]
    assert [list(f.ports) for f in leaving] == ([[8443]] * 3 if kind == "oauth" else [])


def test_brokers_are_reached_where_the_endpoint_says() -> None:
    assert len([f for f in flows() if f.target == BROKERS]) == len(PARTS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_request_logger_reaches_the_brokers_and_where_it_gets_tokens(kind: str) -> None:
    kept: list[list[Flow]] = []
    record(lambda: kept.append(reader_flows("logs", endpoint(kind))))
    reached = [(flow.target, list(flow.ports)) for flow in kept[0]]
    assert reached == [(BROKERS, [9093]), *([(OUTSIDE, [8443])] if kind == "oauth" else [])]
    for flow in kept[0]:
        assert flow.source == Pods(namespace="logs", labels={"app": "seldon-request-logger"})
