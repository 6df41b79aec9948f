"""Who can be reached from outside: one load balancer, and behind it nothing but what routes are for."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import TYPE_CHECKING, cast

from policy.pods import kind
from policy.tree import items, mapping, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policy.model import Facts, Resource
    from policy.tree import Tree

SERVICE = "kubernetes:core/v1:Service"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
INGRESS_NAMESPACES = ("istio-system", "nginx-ingress")
MONITORING = "seldon-monitoring"
DEFAULT_DENY = "default-deny"
_ROUTES = ("GRPCRoute", "HTTPRoute", "Ingress", "TCPRoute", "TLSRoute", "VirtualServer", "VirtualService")
_WIDEST = {4: 8, 6: 16}
"""Bits of the widest network that clients may come from other than at the ingress, by version of IP."""


def closed_services(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield Services that are reached from outside the cluster and are not the ingress."""
    del facts
    if resource.type != SERVICE:
        return
    spec = resource.spec
    wanted = value(spec, "type") or "ClusterIP"
    if wanted == "NodePort" or (wanted == "LoadBalancer" and resource.namespace not in INGRESS_NAMESPACES):
        yield f"spec.type is {wanted}, must be ClusterIP; only the ingress has a load balancer"
    if wanted == "ExternalName":
        yield f"spec.type is {wanted}, must be ClusterIP; what is outside is named where it is used"
    if value(spec, "externalIPs"):
        yield f"spec.externalIPs is {value(spec, 'externalIPs')}, must be empty"


def closed_listeners(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield custom resources that would have their operator open a way in."""
    del facts
    if kind(resource) == "Kafka":
        for listener in items(resource.spec, "kafka", "listeners"):
            if value(listener, "type") not in ("internal", "cluster-ip"):
                yield f"listener {value(listener, 'name')}: type is {value(listener, 'type')}, must be internal"
    if kind(resource) == "Elasticsearch":
        wanted = value(resource.spec, "http", "service", "spec", "type") or "ClusterIP"
        if wanted != "ClusterIP":
            yield f"spec.http.service.spec.type is {wanted}, must be ClusterIP"


def _everyone(peer: Tree) -> bool:
    """Say whether a peer is any pod of any namespace."""
    return "namespaceSelector" in peer and not mapping(peer, "namespaceSelector") and not mapping(peer, "podSelector")


def one_load_balancer(resources: Sequence[Resource], facts: Facts) -> Iterator[str]:
    """Yield when there are several ways in."""
    del facts
    found = [each.name for each in resources if each.type == SERVICE and value(each.spec, "type") == "LoadBalancer"]
    if len(found) > 1:
        yield f"Services {', '.join(sorted(found))} are load balancers, there must be one"


def _texts(tree: object) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping | list):
        inner = cast("Mapping[str, object]", tree).values() if isinstance(tree, Mapping) else cast("list[object]", tree)
        for each in inner:
            yield from _texts(each)


def prometheus_inside(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield routes that lead to monitoring, and policies that let addresses or everyone in there."""
    del facts
    if kind(resource) in _ROUTES:
        led = [text for text in _texts(resource.spec) if f".{MONITORING}" in text or text == MONITORING]
        if resource.namespace == MONITORING or led:
            yield f"a {kind(resource)} leads to {MONITORING}; nothing outside may reach Prometheus"
    if resource.type == POLICY and resource.namespace == MONITORING:
        for rule in items(resource.spec, "ingress"):
            peers = items(rule, "from")
            if not peers or any("ipBlock" in peer or _everyone(peer) for peer in peers):
                yield "spec.ingress lets in more than named pods, must name pods"


def _is_wide(block: str) -> bool:
    network = ip_network(block, strict=False)
    return network.prefixlen < _WIDEST[network.version]


def narrow_policies(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield network policies that are wider than a flow: no ports, or the whole world but at the ingress."""
    if resource.type != POLICY or facts.exempt(DEFAULT_DENY, resource.namespace):
        return
    for direction, end in (("ingress", "from"), ("egress", "to")):
        for rule in items(resource.spec, direction):
            peers = items(rule, end)
            blocks = [str(value(peer, "ipBlock", "cidr")) for peer in peers if "ipBlock" in peer]
            ports = items(rule, "ports")
            if not ports or any(value(port, "port") is None for port in ports):
                yield f"spec.{direction} has a rule for every port, must name ports"
            if not peers or any(_everyone(peer) for peer in peers):
                yield f"spec.{direction} has a rule for everyone, must name pods or addresses"
            world = direction == "ingress" and any(_is_wide(block) for block in blocks)
            if world and resource.namespace not in INGRESS_NAMESPACES:
                yield "spec.ingress is open to the world, only that of the ingress may be"
