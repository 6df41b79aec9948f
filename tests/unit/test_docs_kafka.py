"""The page about Kafka says what the program does."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.charts import pins
from components.cluster.flows import PlatformMap
from components.cluster.kafka.flows import kafka_flows
from components.cluster.kafka.operator import CHART
from components.cluster.kafka.resources import KAFKA_VERSION, ClusterSize
from components.contracts import Addresses
from components.seldon.kafka import AUTHORITY_SECRET, CLIENT_SECRET, MESSAGE_MAX_BYTES, USER_SECRET
from infra.sizes import Environment, sizes_for

PAGE = (Path(__file__).parents[2] / "docs" / "kafka.md").read_text(encoding="utf-8")
ENVIRONMENTS: tuple[Environment, ...] = ("development", "staging", "production")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_sizes(environment: Environment) -> None:
    sizes = sizes_for(environment)
    kafka, controllers = sizes.kafka, sizes.kafka_controller
    size = ClusterSize(brokers=kafka.workload, controllers=controllers, storage_gi=kafka.storage_gi)
    brokers = kafka.workload.replicas
    apart = "the broker itself" if brokers == 1 else f"{controllers.replicas}, {size.controller_storage_gi}Gi each"
    written = f"{size.in_sync} has it" if size.in_sync == 1 else f"{size.in_sync} have it"
    cells = [environment, brokers, f"{kafka.workload.memory_mi}Mi", f"{kafka.storage_gi}Gi", apart]
    assert f"| {' | '.join(map(str, [*cells, size.replication_factor, written]))} |" in PAGE


def test_versions() -> None:
    assert f"Kafka {KAFKA_VERSION.rpartition('.')[0]} in `seldon-kafka`" in PAGE
    assert f"**{KAFKA_VERSION}**" in PAGE
    assert f"Strimzi {pins()[CHART].version} runs" in PAGE


def test_secrets_and_the_largest_message() -> None:
    for name in (USER_SECRET, CLIENT_SECRET, AUTHORITY_SECRET):
        assert f"| `{name}` |" in PAGE
    assert f"may have {MESSAGE_MAX_BYTES // 2**20} MiB" in PAGE


def test_every_port_of_a_flow() -> None:
    place = PlatformMap(
        certificates="a", ingress="b", monitoring="c", core="d", api_server=Addresses(cidrs=["x"]), api_server_port=6443
    )
    table = PAGE.split("| from | to | port |", 1)[1].split("\n\n", 1)[0]
    for flow in kafka_flows(place, operator_namespace="e", namespace="f"):
        for port in flow.ports:
            assert str(port) in table or flow.target == place.api_server, flow.name
