"""The ways that lead to what people use: ports, hosts and selectors that callers know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind
from review.model import Risk
from review.paths import at
from review.rules.base import Rule, objects, texts
from review.rules.exposure.covering import labels_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.model import Value
    from review.rules.base import Case

ROUTES = frozenset(
    {
        kinds.VIRTUAL_SERVICE,
        Kind("gateway.networking.k8s.io", "HTTPRoute"),
        Kind("networking.k8s.io", "Ingress"),
        Kind("k8s.nginx.org", "VirtualServer"),
    }
)


def _service(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    old = {str(port.get("port")) for port in objects(case.was("spec.ports"))}
    new = {str(port.get("port")) for port in objects(case.now("spec.ports"))}
    if old - new:
        yield f"no longer answers on port {', '.join(sorted(old - new))}"
    if not labels_in({"matchLabels": case.now("spec.selector")}, {"matchLabels": case.was("spec.selector")}):
        yield "sends callers to other pods"
    types = case.was("spec.type"), case.now("spec.type")
    if types[0] == "LoadBalancer" and types[1] != "LoadBalancer":
        yield "loses its load balancer and the address that callers know"


def _gateway(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    for path, ports, hosts in (("spec.servers", "port.number", "hosts"), ("spec.listeners", "port", "hostname")):
        old, new = objects(case.was(path)), objects(case.now(path))
        gone = {str(at(entry, ports)) for entry in old} - {str(at(entry, ports)) for entry in new}
        if gone:
            yield f"no longer listens on port {', '.join(sorted(gone))}"
        lost = _hosts(old, hosts) - _hosts(new, hosts)
        if lost and "*" not in {host.rpartition("/")[2] for host in _hosts(new, hosts)}:
            yield f"no longer answers for {', '.join(sorted(lost))}"


def _hosts(entries: list[dict[str, Value]], key: str) -> set[str]:
    found: set[str] = set()
    for entry in entries:
        value = entry.get(key)
        found.update([value] if isinstance(value, str) else texts(value))
    return found


def _route(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    for path in ("spec.hosts", "spec.hostnames"):
        if gone := sorted(set(texts(case.was(path))) - set(texts(case.now(path)))):
            yield f"no longer leads callers of {', '.join(gone)} anywhere"
    if gone := sorted(_rule_hosts(case.was("spec.rules")) - _rule_hosts(case.now("spec.rules"))):
        yield f"no longer leads callers of {', '.join(gone)} anywhere"
    if gone := sorted(set(texts(case.was("spec.gateways"))) - set(texts(case.now("spec.gateways")))):
        yield f"is no longer reached through {', '.join(gone)}"
    if case.was("spec.host") != case.now("spec.host"):
        yield f"no longer leads callers of {case.was('spec.host')} anywhere"


def _rule_hosts(rules: Value) -> set[str]:
    return {host for rule in objects(rules) if isinstance(host := rule.get("host"), str)}


TABLE = (
    Rule(
        id="interruption/service-moved",
        risk=Risk.INTERRUPTION,
        on=frozenset({kinds.SERVICE}),
        check=_service,
        why="Callers that know the old way get no answer.",
        remedy="Add the new way first, move the callers, and take the old one away in a later change.",
        paths=("spec.ports", "spec.selector", "spec.type"),
    ),
    Rule(
        id="interruption/gateway-moved",
        risk=Risk.INTERRUPTION,
        on=frozenset({kinds.GATEWAY, Kind("gateway.networking.k8s.io", "Gateway")}),
        check=_gateway,
        why="Callers that know the old port or host get no answer.",
        remedy="Add the new one first, move the callers, and take the old one away in a later change.",
        paths=("spec.servers", "spec.listeners"),
    ),
    Rule(
        id="interruption/route-moved",
        risk=Risk.INTERRUPTION,
        on=ROUTES,
        check=_route,
        why="Callers that know the old host get no answer.",
        remedy="Serve the old host too until its callers have moved.",
        paths=("spec",),
    ),
)
