"""The evaluator says what the Kubernetes documentation says about its own examples."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest
from netpol import Evaluator, Host, Pod, PolicyError, Port, host, read

NAMESPACES: dict[str, dict[str, str]] = {
    "default": {},
    "shop": {"project": "myproject"},
    "frontend": {"namespace": "frontend"},
    "backend": {"namespace": "backend"},
    "other": {},
}


def pod(namespace: str, address: str = "172.17.5.5", **labels: str) -> Pod:
    """Make a pod that listens on 6379 under the name `redis`."""
    ports = (Port(6379, name="redis"), Port(53, "UDP", "dns"))
    return Pod(name="p", namespace=namespace, labels=labels, ports=ports, addresses=(ip_address(address),))


def policy(spec: dict[str, Any], name: str = "policy", namespace: str = "default") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"podSelector": {}, **spec}}


def cluster(*specs: dict[str, Any]) -> Evaluator:
    return Evaluator([read(policy(spec)) for spec in specs], NAMESPACES)


DB = pod("default", role="db")
FRONT = pod("default", role="frontend")
IN_SHOP = pod("shop", address="10.1.1.1")
STRANGER = pod("other", address="10.9.9.9")
DOCUMENTED = {
    "podSelector": {"matchLabels": {"role": "db"}},
    "policyTypes": ["Ingress", "Egress"],
    "ingress": [
        {
            "from": [
                {"ipBlock": {"cidr": "172.17.0.0/16", "except": ["172.17.1.0/24"]}},
                {"namespaceSelector": {"matchLabels": {"project": "myproject"}}},
                {"podSelector": {"matchLabels": {"role": "frontend"}}},
            ],
            "ports": [{"protocol": "TCP", "port": 6379}],
        }
    ],
    "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/24"}}], "ports": [{"protocol": "TCP", "port": 5978}]}],
}
"""The example that the concept page explains line by line."""


def test_without_policies_everything_is_allowed() -> None:
    assert cluster().allows(STRANGER, DB, 22)
    assert cluster().allows(DB, host("any", "203.0.113.9"), 22, "SCTP")


@pytest.mark.parametrize(
    ("source", "port", "allowed"),
    [
        (FRONT, 6379, True),
        (FRONT, 6380, False),
        (IN_SHOP, 6379, True),
        (STRANGER, 6379, False),
        (pod("other", role="frontend", address="10.9.9.8"), 6379, False),
        (host("in the block", "172.17.0.1"), 6379, True),
        (host("in its last address", "172.17.255.255"), 6379, True),
        (host("in the hole", "172.17.1.9"), 6379, False),
        (host("beside the block", "172.18.0.1"), 6379, False),
    ],
    ids=str,
)
def test_the_documented_policy_lets_in(source: Pod | Host, port: int, *, allowed: bool) -> None:
    assert cluster(DOCUMENTED).allows(source, DB, port) is allowed


@pytest.mark.parametrize(
    ("address", "port", "allowed"), [("10.0.0.7", 5978, True), ("10.0.0.7", 5979, False), ("10.0.1.7", 5978, False)]
)
def test_the_documented_policy_lets_out(address: str, port: int, *, allowed: bool) -> None:
    assert cluster(DOCUMENTED).allows(DB, host("service", address), port) is allowed


def test_the_documented_policy_isolates_the_database_only() -> None:
    assert cluster(DOCUMENTED).allows(STRANGER, FRONT, 22)
    assert cluster(DOCUMENTED).isolated(DB, "Egress")
    assert not cluster(DOCUMENTED).isolated(FRONT, "Ingress")


def test_selectors_in_one_entry_are_and_in_two_are_or() -> None:
    users, clients = {"matchLabels": {"user": "alice"}}, {"matchLabels": {"role": "client"}}
    both = {"ingress": [{"from": [{"namespaceSelector": users, "podSelector": clients}]}]}
    either = {"ingress": [{"from": [{"namespaceSelector": users}, {"podSelector": clients}]}]}
    namespaces = {**NAMESPACES, "alice": {"user": "alice"}}
    ends = [pod("alice"), pod("alice", role="client"), pod("default", role="client"), pod("other", role="client")]
    verdicts = [
        [Evaluator([read(policy(spec))], namespaces).allows(end, DB, 80) for end in ends] for spec in (both, either)
    ]
    assert verdicts == [[False, True, False, False], [True, True, True, False]]


def test_policies_add_up() -> None:
    deny: dict[str, Any] = {"policyTypes": ["Ingress"]}
    one = {"ingress": [{"ports": [{"port": 80}]}]}
    other = {"podSelector": {"matchLabels": {"role": "db"}}, "ingress": [{"ports": [{"port": 81}]}]}
    made = cluster(deny, one, other)
    assert [made.allows(FRONT, DB, port) for port in (80, 81, 82)] == [True, True, False]
    assert [made.allows(FRONT, FRONT, port) for port in (80, 81)] == [True, False]


def test_default_deny_is_one_direction_at_a_time() -> None:
    away = host("away", "203.0.113.9")
    assert [cluster({"policyTypes": ["Ingress"]}).allows(*ends, 80) for ends in ((DB, away), (away, DB))] == [
        True,
        False,
    ]
    assert [cluster({"policyTypes": ["Egress"]}).allows(*ends, 80) for ends in ((DB, away), (away, DB))] == [
        False,
        True,
    ]


def test_an_empty_rule_allows_everything() -> None:
    assert cluster({"policyTypes": ["Ingress"], "ingress": [{}]}).allows(STRANGER, DB, 22)
    assert not cluster({"policyTypes": ["Ingress"], "ingress": []}).allows(STRANGER, DB, 22)


def test_both_ends_must_allow() -> None:
    out = {"podSelector": {"matchLabels": {"role": "frontend"}}, "policyTypes": ["Egress"]}
    into = {"podSelector": {"matchLabels": {"role": "db"}}, "policyTypes": ["Ingress"]}
    to_db = {**out, "egress": [{"to": [{"podSelector": {"matchLabels": {"role": "db"}}}]}]}
    from_front = {**into, "ingress": [{"from": [{"podSelector": {"matchLabels": {"role": "frontend"}}}]}]}
    assert [
        cluster(*made).allows(FRONT, DB, 80)
        for made in ((out, into), (to_db, into), (out, from_front), (to_db, from_front))
    ] == [False, False, False, True]


def test_without_types_ingress_is_isolated_and_egress_only_by_rules() -> None:
    assert not cluster({}).isolated(DB, "Egress")
    assert cluster({}).isolated(DB, "Ingress")
    assert cluster({"egress": [{}]}).isolated(DB, "Egress")


def test_a_range_of_ports() -> None:
    """The documented example of `endPort`."""
    made = cluster({"policyTypes": ["Egress"], "egress": [{"ports": [{"port": 32000, "endPort": 32768}]}]})
    away = host("away", "10.0.0.5")
    assert [made.allows(DB, away, port) for port in (31999, 32000, 32768, 32769)] == [False, True, True, False]


def test_protocols() -> None:
    made = cluster({"ingress": [{"ports": [{"protocol": "UDP", "port": 53}]}]})
    assert [made.allows(FRONT, DB, 53, protocol) for protocol in ("UDP", "TCP")] == [True, False]
    whole = cluster({"ingress": [{"ports": [{"protocol": "UDP"}]}]})
    assert [whole.allows(FRONT, DB, 9, protocol) for protocol in ("UDP", "TCP")] == [True, False]


def test_a_named_port_is_the_targets() -> None:
    made = cluster({"policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": "redis"}]}]})
    assert [made.allows(FRONT, DB, port) for port in (6379, 6380)] == [True, False]
    out = cluster({"policyTypes": ["Egress"], "egress": [{"ports": [{"port": "redis"}]}]})
    assert out.allows(DB, STRANGER, 6379)
    assert not out.allows(DB, host("away", "10.0.0.5"), 6379)
    assert not cluster({"ingress": [{"ports": [{"port": "dns"}]}]}).allows(FRONT, DB, 53, "TCP")


def test_namespaces_by_their_names() -> None:
    """The documented example of several namespaces by one expression."""
    values = {"key": "namespace", "operator": "In", "values": ["frontend", "backend"]}
    made = cluster(
        {"policyTypes": ["Egress"], "egress": [{"to": [{"namespaceSelector": {"matchExpressions": [values]}}]}]}
    )
    assert [made.allows(DB, pod(name), 80) for name in ("frontend", "backend", "other")] == [True, True, False]
    by_name = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}
    assert cluster({"ingress": [{"from": [by_name]}]}).allows(STRANGER, DB, 80)


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ({"operator": "In", "values": ["db", "cache"]}, [True, False, False]),
        ({"operator": "NotIn", "values": ["db"]}, [False, True, True]),
        ({"operator": "Exists"}, [True, True, False]),
        ({"operator": "DoesNotExist"}, [False, False, True]),
    ],
)
def test_expressions(expression: dict[str, Any], selected: list[bool]) -> None:
    made = cluster({"podSelector": {"matchExpressions": [{"key": "role", **expression}]}})
    assert [made.isolated(one, "Ingress") for one in (DB, FRONT, pod("default"))] == selected


def test_an_empty_namespace_selector_is_every_namespace_and_none_is_ones_own() -> None:
    peers: list[dict[str, Any]] = [{"namespaceSelector": {}}, {"podSelector": {}}]
    verdicts = [
        [cluster({"ingress": [{"from": [peer]}]}).allows(end, DB, 80) for end in (STRANGER, FRONT)] for peer in peers
    ]
    assert verdicts == [[True, True], [False, True]]


def test_selectors_know_no_hosts() -> None:
    made = cluster({"ingress": [{"from": [{"namespaceSelector": {}}]}]})
    assert not made.allows(host("node", "172.17.0.1"), DB, 80)


def test_a_pod_has_an_address() -> None:
    made = cluster({"ingress": [{"from": [{"ipBlock": {"cidr": "10.9.9.0/24"}}]}]})
    assert [made.allows(end, DB, 80) for end in (STRANGER, FRONT)] == [True, False]


def test_a_pod_in_its_nodes_network_is_a_host() -> None:
    on_node = Pod(name="n", namespace="default", labels={"role": "db"}, host_network=True)
    made = cluster({"ingress": [{"from": [{"podSelector": {}}]}]})
    assert made.allows(STRANGER, on_node, 80)
    assert not made.allows(on_node, FRONT, 80)


def test_families_of_addresses_are_apart() -> None:
    made = cluster({"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]})
    both = cluster({"ingress": [{"from": [{"ipBlock": {"cidr": "::/0", "except": ["fd00:ec2::/32"]}}]}]})
    assert [made.allows(host("h", end), DB, 80) for end in ("203.0.113.9", "2001:db8::1")] == [True, False]
    assert [both.allows(host("h", end), DB, 80) for end in ("203.0.113.9", "2001:db8::1", "fd00:ec2::254")] == [
        False,
        True,
        False,
    ]


REFUSED: list[dict[str, Any]] = [
    {"from": [{}]},
    {"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}]},
    {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["169.254.0.0/16"]}}]},
    {"from": [{"ipBlock": {"cidr": "::/0", "except": ["169.254.0.0/16"]}}]},
    {"from": [{"podselector": {}}]},
    {"from": [{"podSelector": {"matchExpressions": [{"key": "role", "operator": "In"}]}}]},
    {"from": [{"podSelector": {"matchExpressions": [{"key": "role", "operator": "Like", "values": ["x"]}]}}]},
    {"ports": [{"port": 80, "endPort": 79}]},
    {"ports": [{"port": "redis", "endPort": 80}]},
    {"ports": [{"port": 80, "protocol": "ICMP"}]},
]


@pytest.mark.parametrize("rule", REFUSED, ids=str)
def test_what_the_api_server_would_refuse_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        read(policy({"ingress": [rule]}))
