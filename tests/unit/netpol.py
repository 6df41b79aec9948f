"""Evaluates NetworkPolicies as Kubernetes documents them, on plain objects.

Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/ and the API reference of
networking.k8s.io/v1. What no policy can close is not evaluated: a pod's own loopback, and its own node (probes).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Direction: TypeAlias = Literal["Ingress", "Egress"]
Object: TypeAlias = dict[str, Any]

PEERS: dict[Direction, str] = {"Ingress": "from", "Egress": "to"}


class PolicyError(ValueError):
    """A policy that the API server would refuse; the message names it and what is wrong."""


@dataclass(frozen=True)
class Port:
    """A port on which a container listens."""

    number: int
    protocol: str = "TCP"
    name: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pod:
    """A pod; two pods are the same only if they are the same object."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    ports: tuple[Port, ...] = ()
    addresses: tuple[Address, ...] = ()
    host_network: bool = False
    """Whether it uses its node's network, where policies neither select it nor know it as a peer."""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Host:
    """Something that is no pod, by its address."""

    name: str
    addresses: tuple[Address, ...]

    def __str__(self) -> str:
        return self.name


End: TypeAlias = Pod | Host


def host(name: str, *addresses: str) -> Host:
    """Make a host from addresses in text."""
    return Host(name=name, addresses=tuple(ip_address(address) for address in addresses))


@dataclass(frozen=True)
class Selector:
    """A label selector: all labels and all expressions must match; an empty one matches everything."""

    labels: tuple[tuple[str, str], ...]
    expressions: tuple[tuple[str, str, frozenset[str]], ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether these labels are selected."""
        return all(labels.get(key) == value for key, value in self.labels) and all(
            _holds(labels, key, operator, values) for key, operator, values in self.expressions
        )


def _holds(labels: Mapping[str, str], key: str, operator: str, values: frozenset[str]) -> bool:
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    return (key in labels) == (operator == "Exists")


@dataclass(frozen=True)
class Block:
    """A range of addresses with holes."""

    network: Network
    holes: tuple[Network, ...]

    def holds(self, address: Address) -> bool:
        """Tell whether an address is in the range and in none of its holes; another family never is."""
        return address in self.network and not any(address in hole for hole in self.holes)


@dataclass(frozen=True)
class Peer:
    """The other side of a rule: a block of addresses, or pods of selected namespaces."""

    block: Block | None
    namespaces: Selector | None
    """None is the policy's own namespace."""
    pods: Selector


@dataclass(frozen=True)
class PortRange:
    """Ports of one protocol: one, a range, one by the name that the target gives it, or (0 to 65535) all."""

    protocol: str
    first: int
    last: int
    name: str = ""

    def holds(self, port: int, protocol: str, target: End) -> bool:
        """Tell whether a port of the target is meant."""
        if protocol != self.protocol:
            return False
        if self.name:
            listening = target.ports if isinstance(target, Pod) else ()
            return Port(port, protocol, self.name) in listening
        return self.first <= port <= self.last


@dataclass(frozen=True)
class Rule:
    """What one rule allows; no peers are all peers, no ports are all ports."""

    peers: tuple[Peer, ...]
    ports: tuple[PortRange, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Policy:
    """A policy that was read."""

    name: str
    namespace: str
    pods: Selector
    rules: Mapping[Direction, tuple[Rule, ...]]
    """By direction that the policy isolates."""

    def selects(self, pod: Pod) -> bool:
        """Tell whether the policy is about a pod."""
        return pod.namespace == self.namespace and not pod.host_network and self.pods.matches(pod.labels)


def _entries(tree: Mapping[str, Any], key: str) -> list[Object]:
    return tree.get(key) or []


def selector(tree: Mapping[str, Any]) -> Selector:
    """Read a label selector."""
    expressions: list[tuple[str, str, frozenset[str]]] = []
    labels: dict[str, str] = tree.get("matchLabels") or {}
    for entry in _entries(tree, "matchExpressions"):
        operator: str = entry["operator"]
        values = frozenset[str](entry.get("values") or [])
        if operator not in {"In", "NotIn", "Exists", "DoesNotExist"} or (operator in {"In", "NotIn"}) != bool(values):
            raise PolicyError(f"{entry} is no expression of a selector")
        expressions.append((entry["key"], operator, values))
    return Selector(tuple(labels.items()), tuple(expressions))


def _block(tree: Mapping[str, Any]) -> Block:
    network = ip_network(tree["cidr"])
    excepted: list[str] = tree.get("except") or []
    holes = tuple(ip_network(hole) for hole in excepted)
    for hole in holes:
        if hole.version != network.version or hole == network or not hole.subnet_of(cast("Any", network)):
            raise PolicyError(f"the exception {hole} is no part of {network}")
    return Block(network, holes)


def _peer(tree: Mapping[str, Any]) -> Peer:
    selectors = {"namespaceSelector", "podSelector"} & tree.keys()
    if not tree or tree.keys() - {"ipBlock", "namespaceSelector", "podSelector"} or ("ipBlock" in tree and selectors):
        raise PolicyError(f"{tree} is no peer: one ipBlock, or selectors of namespaces and pods")
    if "ipBlock" in tree:
        return Peer(_block(tree["ipBlock"]), None, selector({}))
    namespaces = selector(tree["namespaceSelector"]) if "namespaceSelector" in tree else None
    return Peer(None, namespaces, selector(tree.get("podSelector") or {}))


def _ports(tree: Mapping[str, Any]) -> PortRange:
    protocol, port, last = tree.get("protocol", "TCP"), tree.get("port"), tree.get("endPort")
    if protocol not in {"TCP", "UDP", "SCTP"}:
        raise PolicyError(f"{tree} has no protocol of NetworkPolicy")
    if port is None and last is None:
        return PortRange(protocol, 0, 65535)
    if isinstance(port, str) and last is None:
        return PortRange(protocol, 0, 0, port)
    if not isinstance(port, int) or (last is not None and last < port):
        raise PolicyError(f"{tree} is no range of ports")
    return PortRange(protocol, port, port if last is None else last)


def read(tree: Object) -> Policy:
    """Read a NetworkPolicy object.

    Raises:
        PolicyError: the API server would refuse it.
    """
    spec, metadata = tree["spec"], tree["metadata"]
    implied: list[Direction] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    directions: list[Direction] = spec.get("policyTypes") or implied
    rules: dict[Direction, tuple[Rule, ...]] = {
        direction: tuple(
            Rule(
                tuple(_peer(peer) for peer in _entries(rule, PEERS[direction])),
                tuple(_ports(port) for port in _entries(rule, "ports")),
            )
            for rule in _entries(spec, direction.lower())
        )
        for direction in directions
    }
    namespace = metadata.get("namespace", "default")
    return Policy(name=metadata["name"], namespace=namespace, pods=selector(spec["podSelector"]), rules=rules)


ALL = (PortRange("TCP", 0, 65535), PortRange("UDP", 0, 65535), PortRange("SCTP", 0, 65535))


class Evaluator:
    """What a set of policies allows between pods and hosts."""

    def __init__(self, policies: Iterable[Policy], namespaces: Mapping[str, Mapping[str, str]]) -> None:
        """Take policies and the labels of every namespace, `kubernetes.io/metadata.name` added as the API does."""
        self.policies = [*policies]
        self.namespaces = {name: {**labels, "kubernetes.io/metadata.name": name} for name, labels in namespaces.items()}
        self.selecting = cache(self._selecting)
        self.side = cache(self._side)

    def _selecting(self, pod: Pod, direction: Direction) -> tuple[Policy, ...]:
        return tuple(policy for policy in self.policies if direction in policy.rules and policy.selects(pod))

    def isolated(self, pod: Pod, direction: Direction) -> bool:
        """Tell whether any policy selects the pod in a direction."""
        return bool(self.selecting(pod, direction))

    def known(self, peer: Peer, policy: Policy, end: End) -> bool:
        """Tell whether the other end is one that a peer of a policy means."""
        if peer.block:
            return any(peer.block.holds(address) for address in end.addresses)
        if isinstance(end, Host) or end.host_network:
            return False
        if peer.namespaces is None:
            return end.namespace == policy.namespace and peer.pods.matches(end.labels)
        return peer.namespaces.matches(self.namespaces[end.namespace]) and peer.pods.matches(end.labels)

    def _side(self, pod: Pod, direction: Direction, other: End) -> Sequence[PortRange]:
        selecting = self.selecting(pod, direction)
        if not selecting:
            return ALL
        return [
            ports
            for policy in selecting
            for rule in policy.rules[direction]
            if not rule.peers or any(self.known(peer, policy, other) for peer in rule.peers)
            for ports in rule.ports or ALL
        ]

    def leaves(self, source: End, target: End, port: int, protocol: str = "TCP") -> bool:
        """Tell whether the source's policies let a connection out; a host has none."""
        return isinstance(source, Host) or any(
            ports.holds(port, protocol, target) for ports in self.side(source, "Egress", target)
        )

    def enters(self, source: End, target: End, port: int, protocol: str = "TCP") -> bool:
        """Tell whether the target's policies let a connection in; a host has none."""
        return isinstance(target, Host) or any(
            ports.holds(port, protocol, target) for ports in self.side(target, "Ingress", source)
        )

    def allows(self, source: End, target: End, port: int, protocol: str = "TCP") -> bool:
        """Tell whether both ends let the connection be."""
        return self.leaves(source, target, port, protocol) and self.enters(source, target, port, protocol)
