"""Who can reach whom on a platform, by its policies, against the flows that the program declares.

Each end is judged by itself: what a pod's egress lets out and what its ingress lets in must be exactly what the flows
say, so that a rule that is too wide on one side is found even while the other side still refuses.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from unittest.mock import patch

from netpol import Evaluator, Host, Pod, Port, host, read
from platforms import PLATFORM, STACKS, one_tenant, record_platform
from platforms import read as read_stack
from workloads import Workloads, everything

from components.cluster.network import NetworkFlows
from components.contracts import Addresses, Endpoint, Pods

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pulumi
    from netpol import Direction, End, Object, Policy, PortRange

    from components.cluster.network import Flow

Opening: TypeAlias = tuple[str, int]
"""Protocol and port."""

DNS = Pods(namespace="kube-system", labels={"k8s-app": "kube-dns"})
DNS_OPENINGS: set[Opening] = {("UDP", 53), ("TCP", 53)}
CREDENTIALS = host(
    "node credentials", "169.254.169.254", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"
)
LINK_LOCAL = host("link-local", "169.254.0.1", "fe80::1")
HOSTS = (
    CREDENTIALS,
    LINK_LOCAL,
    host("a node", "10.77.0.5"),
    host("the internet", "203.0.113.9"),
    host("the internet by IPv6", "2001:db8::9"),
)
"""Addresses of every kind that policies tell apart; the API server comes from the stack."""
GOOD = Path(__file__).parents[1] / "data" / "stacks" / "good"
FURTHER = (
    "acme-and-public-models",
    "kafka-oauth",
    "nginx",
    "nginx-auth-in-cluster",
    "public-and-open",
    "stores-external",
    "stores-in-cluster",
    "stores-in-cluster-small",
)
PATHS = [
    *STACKS,
    *(GOOD / f"{name}.yaml" for name in FURTHER),
]
"""Stacks whose network is proven: those of the repository, and some that choose otherwise."""
COMMON_PORTS = (22, 53, 80, 443, 2379, 3306, 5572, 8443, 10250, 61000)


@dataclass(frozen=True, kw_only=True, eq=False)
class Platform:
    """A recorded platform with the flows that it declares."""

    workloads: Workloads
    groups: Mapping[str, Sequence[Flow]]
    """Flows by the component that renders them."""
    api_servers: Sequence[Host]
    """One for each address."""
    exempted: frozenset[str]
    """Namespaces that the stack lets off default deny."""

    @cached_property
    def flows(self) -> list[Flow]:
        """Every flow."""
        return [flow for group in self.groups.values() for flow in group]

    @cached_property
    def strangers(self) -> list[Pod]:
        """Pods that policies are not about: unlabelled ones, ones of other namespaces, and the cluster's own."""
        made: list[tuple[str, str, Mapping[str, str]]] = [
            *((f"nobody-{namespace}", namespace, {}) for namespace in self.workloads.namespaces),
            *((f"like-{pod.name}", "elsewhere", pod.labels) for pod in self.workloads.pods),
            ("dns", "kube-system", {"k8s-app": "kube-dns"}),
            ("proxy", "kube-system", {"k8s-app": "kube-proxy"}),
            ("dns-elsewhere", "elsewhere", {"k8s-app": "kube-dns"}),
        ]
        return [
            Pod(
                name=name,
                namespace=namespace,
                labels=labels,
                ports=(Port(53, "UDP"), Port(53)) if name.startswith("dns") else (),
                addresses=(ip_address(f"100.65.{index // 250}.{index % 250 + 1}"), ip_address(f"fd98::{index + 1:x}")),
            )
            for index, (name, namespace, labels) in enumerate(made)
        ]

    @cached_property
    def pods(self) -> list[Pod]:
        """Every pod, strangers included."""
        return [*self.workloads.pods, *self.strangers]

    @cached_property
    def hosts(self) -> list[Host]:
        """Hosts outside: of every kind, and one for every network that a flow names."""
        named = {
            str(ip_network(cidr).network_address)
            for flow in self.flows
            for end in (flow.source, flow.target)
            if isinstance(end, Addresses)
            for cidr in end.cidrs
            if ip_network(cidr).prefixlen
        }
        others = sorted(named - {str(address) for server in self.api_servers for address in server.addresses})
        return [*self.api_servers, *HOSTS, *(host(f"address {address}", address) for address in others)]

    @cached_property
    def openings(self) -> frozenset[Opening]:
        """Every port of any pod or flow, and a few that nothing should have, over both protocols."""
        ports = {port.number for pod in self.pods for port in pod.ports}
        ports |= {port for flow in self.flows for port in flow.ports}
        return frozenset((protocol, port) for port in {*ports, *COMMON_PORTS} for protocol in ("TCP", "UDP"))

    @cached_property
    def namespaces(self) -> dict[str, Mapping[str, str]]:
        """Labels of all namespaces."""
        return {"kube-system": {}, "elsewhere": {}, **self.workloads.namespaces}

    @cached_property
    def evaluator(self) -> Evaluator:
        """What the platform's own policies allow."""
        return self.evaluate(self.workloads.policies)

    @cached_property
    def _known(self) -> dict[int, Policy]:
        return {id(policy): read(policy) for policy in self.workloads.policies}

    def evaluate(self, policies: Iterable[Object]) -> Evaluator:
        """Judge other policies on the same pods; the platform's own are read once."""
        return Evaluator([self._known.get(id(policy)) or read(policy) for policy in policies], self.namespaces)

    @cached_property
    def _expected(self) -> dict[tuple[Pod, Direction, End], frozenset[Opening]]:
        return {}

    def expected(self, pod: Pod, direction: Direction, other: End) -> frozenset[Opening]:
        """Return what flows open on one side of a connection."""
        key = (pod, direction, other)
        if key not in self._expected:
            self._expected[key] = self._declared(pod, direction, other)
        return self._expected[key]

    def _declared(self, pod: Pod, direction: Direction, other: End) -> frozenset[Opening]:
        if pod.namespace in self.exempted:
            return self.openings
        found = set[Opening]()
        for flow in self.flows:
            own, peer = (flow.source, flow.target) if direction == "Egress" else (flow.target, flow.source)
            if isinstance(own, Pods) and covers(own, pod) and covers(peer, other):
                found |= {(flow.protocol, port) for port in flow.ports}
        if direction == "Egress" and covers(DNS, other):
            found |= DNS_OPENINGS
        return frozenset(found)

    def actual(self, evaluator: Evaluator, pod: Pod, direction: Direction, other: End) -> frozenset[Opening]:
        """Return what policies open on one side of a connection."""
        target = other if direction == "Egress" else pod
        sides = evaluator.side(pod, direction, other)
        return frozenset[Opening]().union(*(self._spanned(ports, target if ports.name else None) for ports in sides))

    @cached_property
    def _spanned(self) -> Callable[[PortRange, End | None], frozenset[Opening]]:
        """What a range of ports opens; only one by name depends on the target."""
        nobody = host("nobody")

        @cache
        def spanned(ports: PortRange, target: End | None) -> frozenset[Opening]:
            return frozenset(
                (protocol, port) for protocol, port in self.openings if ports.holds(port, protocol, target or nobody)
            )

        return spanned

    def differences(self, policies: Iterable[Object] | None = None, *, namespace: str | None = None) -> Iterator[str]:
        """Yield each side of a connection that policies open or close against the flows; of one namespace if asked."""
        evaluator = self.evaluator if policies is None else self.evaluate(policies)
        for pod in self.pods:
            if pod.namespace not in self.workloads.namespaces or namespace not in (None, pod.namespace):
                continue
            for other in (*self.pods, *self.hosts):
                yield from self._between(evaluator, pod, other)

    def _between(self, evaluator: Evaluator, pod: Pod, other: End) -> Iterator[str]:
        directions: tuple[tuple[Direction, str], ...] = (("Egress", "->"), ("Ingress", "<-"))
        for direction, arrow in directions:
            wanted, found = self.expected(pod, direction, other), self.actual(evaluator, pod, direction, other)
            if found - wanted:
                yield f"{pod} {arrow} {other} is open: {sorted(found - wanted)[:5]}"
            if wanted - found:
                yield f"{pod} {arrow} {other} is closed: {sorted(wanted - found)[:5]}"

    def opened(self, source: End, target: End) -> set[Opening]:
        """Return what both ends of a connection leave open."""
        return {
            (protocol, port)
            for protocol, port in self.openings
            if self.evaluator.allows(source, target, port, protocol)
        }

    def reaching(self, target: End, port: int) -> list[End]:
        """Return every pod and host that can reach a TCP port, but for the pod itself."""
        ends: list[End] = [*self.pods, *self.hosts]
        return [end for end in ends if end is not target and self.evaluator.allows(end, target, port)]


def covers(endpoint: Endpoint, end: End) -> bool:
    """Tell whether an end of a flow means a pod or a host; a pod also has addresses."""
    if isinstance(endpoint, Pods):
        labelled = isinstance(end, Pod) and endpoint.labels.items() <= end.labels.items()
        return labelled and isinstance(end, Pod) and end.namespace == endpoint.namespace
    inside = [ip_network(cidr) for cidr in endpoint.cidrs]
    outside = [ip_network(cidr) for cidr in endpoint.except_cidrs]
    return any(
        any(address in block for block in inside) and not any(address in block for block in outside)
        for address in end.addresses
    )


def recorded(config: Mapping[str, Any]) -> Platform:
    """Record the platform of a configuration together with the flows that it declares."""
    groups: dict[str, Sequence[Flow]] = {}
    make = NetworkFlows.__init__

    def take(self: NetworkFlows, name: str, flows: Sequence[Flow], opts: pulumi.ResourceOptions | None = None) -> None:
        groups[name] = flows
        make(self, name, flows, opts)

    with patch.object(NetworkFlows, "__init__", take):
        recording = record_platform(config)
    settings: dict[str, Any] = config[PLATFORM]
    exemptions: list[Object] = settings.get("exemptions", [])
    addresses: list[str] = settings["cluster"]["apiServer"]["cidrs"]
    exempted = (entry["resource"] for entry in exemptions if entry["control"] == "default-deny")
    return Platform(
        workloads=Workloads(everything(recording)),
        groups=groups,
        api_servers=[host(f"API server {cidr}", cidr.partition("/")[0]) for cidr in addresses],
        exempted=frozenset(exempted),
    )


@cache
def platform(path: Path) -> Platform:
    """Return the platform of a stack file, with every namespace closed and charts that need not be there."""
    config: dict[str, Any] = json.loads(json.dumps(read_stack(path), default=str))
    settings = config[PLATFORM]
    settings["charts"] = {"source": {"kind": "oci", "registry": "registry.acme.example/charts"}}
    exemptions: list[Object] = settings.get("exemptions", [])
    settings["exemptions"] = [entry for entry in exemptions if entry["control"] != "default-deny"]
    return recorded(config)


@cache
def small() -> Platform:
    """Return the platform with one tenant, which tests spoil and extend."""
    return recorded(one_tenant())
