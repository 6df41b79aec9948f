"""Ways to spoil a NetworkPolicy, each as a small change of the object; every one must change what is open."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeAlias

from netpol import PEERS, Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netpol import Object

Mutation: TypeAlias = "Callable[[Object], Iterator[Object | None]]"
"""From a policy to spoiled ones; None is a policy that is gone."""

TYPO = "-typo"


def _copies(policy: Object, places: Callable[[Object], list[Any]], change: Callable[[Any], None]) -> Iterator[Object]:
    """Yield a copy for each place of a policy, changed there."""
    for index in range(len(places(policy))):
        copy = deepcopy(policy)
        change(places(copy)[index])
        yield copy


def _rules(policy: Object) -> list[Object]:
    return [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]


def _peers(policy: Object) -> list[Object]:
    return [peer for rule in _rules(policy) for key in PEERS.values() for peer in rule.get(key, [])]


def _ports(policy: Object) -> list[Object]:
    return [port for rule in _rules(policy) for port in rule.get("ports", [])]


def _blocks(policy: Object) -> list[Object]:
    return [peer["ipBlock"] for peer in _peers(policy) if "ipBlock" in peer]


def _selectors(key: str) -> Callable[[Object], list[Object]]:
    return lambda policy: [peer[key] for peer in _peers(policy) if peer.get(key)]


def _mistype(selector: Object) -> None:
    labels: dict[str, str] = selector["matchLabels"]
    first = next(iter(labels))
    labels[first] += TYPO


def gone(policy: Object) -> Iterator[Object | None]:
    """The policy was forgotten."""
    _ = policy
    yield None


def only_egress(policy: Object) -> Iterator[Object]:
    """A policy for both directions closes egress alone; the other half changes nothing, as that of DNS closes it."""
    if len(policy["spec"]["policyTypes"]) > 1:
        copy = deepcopy(policy)
        copy["spec"]["policyTypes"] = ["Egress"]
        yield copy


def every_pod(policy: Object) -> Iterator[Object]:
    """What is opened for some pods is opened for all pods of the namespace."""
    if policy["spec"]["podSelector"]:
        copy = deepcopy(policy)
        copy["spec"]["podSelector"] = {}
        yield copy


def mistyped_pods(policy: Object) -> Iterator[Object]:
    """The label of the selected pods has a typing error."""
    if policy["spec"]["podSelector"]:
        yield from _copies(policy, lambda tree: [tree["spec"]["podSelector"]], _mistype)


def mistyped_peer(policy: Object) -> Iterator[Object]:
    """A label on the other side has a typing error."""
    for key in ("podSelector", "namespaceSelector"):
        yield from _copies(policy, _selectors(key), _mistype)


def any_pod_there(policy: Object) -> Iterator[Object]:
    """Every pod of the other namespace is meant."""
    yield from _copies(policy, _selectors("podSelector"), lambda selector: selector.clear())


def any_namespace(policy: Object) -> Iterator[Object]:
    """Pods with these labels are meant in whatever namespace."""
    yield from _copies(policy, _selectors("namespaceSelector"), lambda selector: selector.clear())


def anyone(policy: Object) -> Iterator[Object]:
    """A rule lost its peers, which Kubernetes reads as all of them; one that had all addresses lost nothing."""

    def change(rule: Object) -> None:
        for key in PEERS.values():
            rule.pop(key, None)

    if _blocks(policy) != [{"cidr": "0.0.0.0/0"}, {"cidr": "::/0"}]:
        yield from _copies(policy, _rules, change)


def every_port(policy: Object) -> Iterator[Object]:
    """A rule lost its ports, which Kubernetes reads as all of them."""
    yield from _copies(policy, _rules, lambda rule: rule.pop("ports"))


def range_of_ports(policy: Object) -> Iterator[Object]:
    """A port became a range."""
    yield from _copies(policy, _ports, lambda port: port.update(endPort=65535))


def another_port(policy: Object) -> Iterator[Object]:
    """A port has a typing error."""
    yield from _copies(policy, _ports, lambda port: port.update(port=port["port"] + 1))


def another_protocol(policy: Object) -> Iterator[Object]:
    """A port is of the other protocol."""
    other = {"TCP": "UDP", "UDP": "TCP"}
    yield from _copies(policy, _ports, lambda port: port.update(protocol=other[port["protocol"]]))


def everywhere(policy: Object) -> Iterator[Object]:
    """A block of addresses became all addresses of its family, without exceptions."""

    def change(block: Object) -> None:
        block.pop("except", None)
        block["cidr"] = "::/0" if ":" in block["cidr"] else "0.0.0.0/0"

    yield from (copy for copy in _copies(policy, _blocks, change) if copy != policy)


def another_block(policy: Object) -> Iterator[Object]:
    """A block of addresses became one in which nobody is."""

    def change(block: Object) -> None:
        block.pop("except", None)
        block["cidr"] = "192.0.2.0/32"

    yield from _copies(policy, _blocks, change)


def empty_rule(policy: Object) -> Iterator[Object]:
    """A rule without anything in it, which allows everything, was added."""
    directions: list[Direction] = policy["spec"]["policyTypes"]
    for direction in directions:
        copy = deepcopy(policy)
        copy["spec"].setdefault(direction.lower(), []).append({})
        yield copy


MUTATIONS: tuple[Mutation, ...] = (
    gone,
    only_egress,
    every_pod,
    mistyped_pods,
    mistyped_peer,
    any_pod_there,
    any_namespace,
    anyone,
    every_port,
    range_of_ports,
    another_port,
    another_protocol,
    everywhere,
    another_block,
    empty_rule,
)
