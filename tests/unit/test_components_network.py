"""Flows become policies on both of their ends, and the flows of the platform are those that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from component_stage import perform

from components.cluster.acme import SOLVER_LABELS, Challenge, CloudDns, Http01, Route53
from components.cluster.acme_flows import acme_flows
from components.cluster.edge_flows import istio_flows
from components.cluster.flows import PlatformMap, platform_flows, runtime_flows
from components.cluster.network import OUTSIDE as ANYWHERE_OUTSIDE
from components.cluster.network import Addresses, Flow, NetworkFlows, Pods, policies

if TYPE_CHECKING:
    from components.cluster.network import Endpoint

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
CLIENT = Pods(namespace="shop", labels={"app": "till"})
SERVER = Pods(namespace="warehouse", labels={"app": "stock"})
OUTSIDE = Addresses(cidrs=["10.0.0.0/24", "10.0.1.0/24"], except_cidrs=["10.0.0.7/32"])
TILL = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}},
    "podSelector": {"matchLabels": {"app": "till"}},
}
STOCK = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "warehouse"}},
    "podSelector": {"matchLabels": {"app": "stock"}},
}
BLOCKS = [
    {"ipBlock": {"cidr": "10.0.0.0/24", "except": ["10.0.0.7/32"]}},
    {"ipBlock": {"cidr": "10.0.1.0/24"}},
]
MAP = PlatformMap(
    certificates="cert-manager",
    ingress="istio-system",
    monitoring="seldon-monitoring",
    core="seldon-system",
    api_server=Addresses(cidrs=["10.0.0.10/32"]),
    api_server_port=6443,
)


def shared() -> list[Flow]:
    return [*platform_flows(MAP), *istio_flows(MAP)]


def orders(source: Endpoint, target: Endpoint, *ports: int) -> Flow:
    return Flow(name="orders", source=source, target=target, ports=ports, why="tills order from stock")


def test_a_flow_inside_opens_both_of_its_ends() -> None:
    out, into = policies([orders(CLIENT, SERVER, 80, 443)])
    ports = [{"protocol": "TCP", "port": 80}, {"protocol": "TCP", "port": 443}]
    assert (out.name, out.namespace, out.why) == ("orders-out", "shop", "tills order from stock")
    assert out.spec == {
        "podSelector": {"matchLabels": {"app": "till"}},
        "policyTypes": ["Egress"],
        "egress": [{"to": [STOCK], "ports": ports}],
    }
    assert (into.name, into.namespace) == ("orders-in", "warehouse")
    assert into.spec == {
        "podSelector": {"matchLabels": {"app": "stock"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [TILL], "ports": ports}],
    }


def test_a_flow_from_outside_opens_its_target_alone() -> None:
    (into,) = policies([orders(OUTSIDE, SERVER, 443)])
    assert (into.name, into.namespace) == ("orders-in", "warehouse")
    assert into.spec["ingress"] == [{"from": BLOCKS, "ports": [{"protocol": "TCP", "port": 443}]}]


def test_a_flow_to_the_outside_opens_its_source_alone() -> None:
    (out,) = policies([orders(CLIENT, OUTSIDE, 443)])
    assert (out.name, out.namespace) == ("orders-out", "shop")
    assert out.spec["egress"][0]["to"] == BLOCKS


def test_addresses_without_exceptions_have_no_empty_list_of_them() -> None:
    (out,) = policies([orders(CLIENT, Addresses(cidrs=["10.0.0.0/24"]), 443)])
    assert out.spec["egress"][0]["to"] == [{"ipBlock": {"cidr": "10.0.0.0/24"}}]


def test_an_exception_stands_in_the_blocks_that_it_is_part_of() -> None:
    (out,) = policies([orders(CLIENT, ANYWHERE_OUTSIDE, 443)])
    assert out.spec["egress"][0]["to"] == [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}},
        {"ipBlock": {"cidr": "::/0", "except": ["fe80::/10", "fd00:ec2::/32", "fd20:ce::/32"]}},
    ]


def test_a_flow_over_udp() -> None:
    flow = Flow(name="gossip", source=CLIENT, target=SERVER, ports=[9094], protocol="UDP", why="tills gossip")
    ports = [policy.spec[policy.direction.lower()][0]["ports"] for policy in policies([flow])]
    assert ports == [[{"protocol": "UDP", "port": 9094}]] * 2


@pytest.mark.parametrize(
    ("flows", "message"),
    [
        ([orders(CLIENT, SERVER, 80), orders(CLIENT, OUTSIDE, 80)], "two flows are named orders"),
        ([orders(OUTSIDE, OUTSIDE, 80)], "flow orders has no end in the cluster"),
        ([orders(CLIENT, SERVER)], "flow orders names no port"),
        ([orders(CLIENT, Addresses(cidrs=[]), 80)], "flow orders names no address"),
        (
            [orders(CLIENT, Addresses(cidrs=["169.254.169.254/32"], except_cidrs=["169.254.0.0/16"]), 80)],
            "addresses 169.254.169.254/32 are part of 169.254.0.0/16, which no pod may reach",
        ),
    ],
)
def test_a_flow_that_would_mean_something_else_is_refused(flows: list[Flow], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        policies(flows)


@pytest.mark.parametrize("preview", [True, False])
def test_each_policy_is_a_child_that_says_why(*, preview: bool) -> None:
    recording = perform(
        lambda stage: NetworkFlows("network-shop", [orders(CLIENT, SERVER, 80)], stage.opts), preview=preview
    )
    component = recording.one("seldon-platform:cluster:NetworkFlows", "network-shop")
    assert recording.outputs_of(component.urn) == {"policies": 2}
    out, into = recording.children(component.urn)
    assert (out.type, out.name, out.namespace, out.object_name) == (
        POLICY,
        "network-shop-orders-out",
        "shop",
        "orders-out",
    )
    assert (into.name, into.namespace, into.object_name) == ("network-shop-orders-in", "warehouse", "orders-in")
    assert out.inputs["metadata"]["annotations"] == {"seldon-platform/why": "tills order from stock"}
    assert out.inputs["spec"] == policies([orders(CLIENT, SERVER, 80)])[0].spec


def edges(flows: list[Flow]) -> dict[str, tuple[int, ...]]:
    return {flow.name: tuple(flow.ports) for flow in flows}


def test_every_flow_of_a_runtime_and_its_ports() -> None:
    assert edges(runtime_flows(MAP, "fraud", storage_ports=[443])) == {
        "gateway-fraud": (9000,),
        "controller-fraud": (9044,),
        "envoy-scheduler-fraud": (9002,),
        "server-scheduler-fraud": (9055,),
        "server-envoy-fraud": (9000,),
        "envoy-server-fraud": (9001, 9501),
        "scrape-envoy-fraud": (9003,),
        "scrape-server-fraud": (9006, 8082, 8002),
        "scheduler-fraud-api": (6443,),
        "server-fraud-api": (6443,),
        "storage-fraud": (443,),
    }


def test_no_flow_joins_two_runtimes() -> None:
    others = {"istio-system", "seldon-monitoring", "seldon-system", "fraud"}
    ends = [end for flow in runtime_flows(MAP, "fraud", storage_ports=[443]) for end in (flow.source, flow.target)]
    assert {end.namespace for end in ends if isinstance(end, Pods)} <= others


def test_models_without_a_store_open_nothing_to_the_outside() -> None:
    flows = runtime_flows(MAP, "fraud", storage_ports=[])
    assert {flow.target.cidrs[0] for flow in flows if isinstance(flow.target, Addresses)} == {"10.0.0.10/32"}


def test_downloads_do_not_reach_the_credentials_of_nodes() -> None:
    (storage,) = (f for f in runtime_flows(MAP, "fraud", storage_ports=[9443]) if f.name == "storage-fraud")
    assert storage.target == ANYWHERE_OUTSIDE
    assert tuple(storage.ports) == (9443,)


@pytest.mark.parametrize(
    ("challenge", "wanted"),
    [
        (Http01(), {"acme": (80, 8443), "challenge-check": (80,), "challenges": (8089,)}),
        (Route53(region="eu-west-1", hosted_zone_id="Z1"), {"acme": (443, 8443)}),
        (
            CloudDns(project="acme-dns"),
            {"acme": (443, 8443), "acme-identity-80": (80,), "acme-identity-988": (988,)},
        ),
    ],
)
def test_acme_opens_what_its_challenge_needs(challenge: Challenge, wanted: dict[str, tuple[int, ...]]) -> None:
    assert edges(acme_flows(MAP, challenge, server_port=8443)) == wanted


def test_nothing_lets_cert_manager_out_without_acme() -> None:
    outside = [flow for flow in shared() if isinstance(flow.target, Addresses) and flow.target != MAP.api_server]
    assert [flow.source for flow in outside] == [MAP.prometheus]


def test_a_challenge_comes_through_the_gateway_alone() -> None:
    flows = {flow.name: flow for flow in acme_flows(MAP, Http01())}
    assert flows["challenges"].source == flows["challenge-check"].target == MAP.gateway
    assert flows["challenges"].target == Pods(namespace="istio-system", labels=SOLVER_LABELS)


def test_whoever_watches_the_api_server_reaches_it_and_nobody_else_does() -> None:
    reaching = {flow.name for flow in shared() if flow.target == MAP.api_server}
    assert reaching == {
        "cert-manager-api",
        "cainjector-api",
        "webhook-api",
        "istiod-api",
        "prometheus-operator-api",
        "prometheus-api",
        "kube-state-metrics-api",
        "controller-api",
    }


def test_the_gateway_is_the_only_way_in_from_outside() -> None:
    flows = [*shared(), *runtime_flows(MAP, "fraud", storage_ports=[443])]
    entrances = [flow for flow in flows if isinstance(flow.source, Addresses) and flow.source != MAP.api_server]
    assert [(flow.name, flow.target) for flow in entrances] == [
        ("clients-gateway", MAP.gateway),
        ("health-gateway", MAP.gateway),
    ]
