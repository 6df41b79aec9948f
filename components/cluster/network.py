"""Who may talk to whom: declared flows, rendered as NetworkPolicies on both sides of each edge."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Literal

import pulumi
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.networking.v1 as networkingv1

from components.contracts import Addresses, Endpoint, Pods

if TYPE_CHECKING:
    from collections.abc import Sequence


ANYWHERE = Addresses(cidrs=("0.0.0.0/0", "::/0"))
"""Every address of both families; a cluster without one of them never meets it."""
NODE_CREDENTIALS = ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "fd20:ce::/32")
"""Where clouds answer with the credentials of a node or a workload: link-local of both families, which has
169.254.169.254 and the agents beside it, and the unique local addresses of AWS (fd00:ec2::254, fd00:ec2::23) and of
Google Cloud (fd20:ce::254)."""
OUTSIDE = Addresses(cidrs=ANYWHERE.cidrs, except_cidrs=NODE_CREDENTIALS)
"""Where a pod may be let out to when its peer has no fixed address."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One edge: traffic that is allowed, and why."""

    name: str
    """Unique among the flows of a component; policies are named after it."""
    source: Endpoint
    target: Endpoint
    ports: Sequence[int]
    """Ports of the target's pods (not of a Service in front of them)."""
    why: str
    protocol: Literal["TCP", "UDP"] = "TCP"


@dataclass(frozen=True, kw_only=True)
class PolicySpec:
    """One side of a flow, as plain data."""

    name: str
    namespace: str
    direction: Literal["Ingress", "Egress"]
    why: str
    spec: dict[str, Any]


def _block(cidr: str, exceptions: Sequence[str]) -> dict[str, Any]:
    """Make an ipBlock; the API server refuses an exception that is no part of it, such as one of the other family."""
    network = ip_network(cidr)
    holes = [hole for hole in exceptions if ip_network(hole).overlaps(network)]
    for hole in holes:
        if ip_network(hole).prefixlen <= network.prefixlen:
            raise ValueError(f"addresses {cidr} are part of {hole}, which no pod may reach")
    return {"ipBlock": {"cidr": cidr, **({"except": holes} if holes else {})}}


def _peer(endpoint: Endpoint) -> list[dict[str, Any]]:
    if isinstance(endpoint, Addresses):
        return [_block(cidr, endpoint.except_cidrs) for cidr in endpoint.cidrs]
    return [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": endpoint.namespace}},
            "podSelector": {"matchLabels": dict(endpoint.labels)},
        }
    ]


def _side(flow: Flow, own: Pods, other: Endpoint, direction: Literal["Ingress", "Egress"]) -> PolicySpec:
    ports = [{"protocol": flow.protocol, "port": port} for port in flow.ports]
    rule = {"from" if direction == "Ingress" else "to": _peer(other), "ports": ports}
    return PolicySpec(
        name=f"{flow.name}-{'in' if direction == 'Ingress' else 'out'}",
        namespace=own.namespace,
        direction=direction,
        why=flow.why,
        spec={
            "podSelector": {"matchLabels": dict(own.labels)},
            "policyTypes": [direction],
            direction.lower(): [rule],
        },
    )


def _check(flow: Flow) -> None:
    if not (isinstance(flow.source, Pods) or isinstance(flow.target, Pods)):
        raise ValueError(f"flow {flow.name} has no end in the cluster")  # noqa: TRY004 (the pair is wrong, not a type)
    # Kubernetes reads an empty list of ports or peers as all of them.
    if not flow.ports:
        raise ValueError(f"flow {flow.name} names no port")
    if any(isinstance(end, Addresses) and not end.cidrs for end in (flow.source, flow.target)):
        raise ValueError(f"flow {flow.name} names no address")


def policies(flows: Sequence[Flow]) -> list[PolicySpec]:
    """Render flows as policies: egress where the source runs, ingress where the target runs.

    Raises:
        ValueError: two flows share a name, or a flow has no end in the cluster, no port, or an end without addresses
            or with addresses that are all excepted.
    """
    rendered: list[PolicySpec] = []
    names: set[str] = set()
    for flow in flows:
        if flow.name in names:
            raise ValueError(f"two flows are named {flow.name}")
        names.add(flow.name)
        _check(flow)
        if isinstance(flow.source, Pods):
            rendered.append(_side(flow, flow.source, flow.target, "Egress"))
        if isinstance(flow.target, Pods):
            rendered.append(_side(flow, flow.target, flow.source, "Ingress"))
    return rendered


class NetworkFlows(pulumi.ComponentResource):
    """The NetworkPolicies of a set of flows; they exist before the pods they let talk."""

    policies: list[pulumi.Resource]

    def __init__(self, name: str, flows: Sequence[Flow], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:NetworkFlows", name, {}, opts)
        self.policies = [
            networkingv1.NetworkPolicy(
                f"{name}-{policy.name}",
                metadata=metav1.ObjectMetaArgs(
                    name=policy.name,
                    namespace=policy.namespace,
                    annotations={"seldon-platform/why": policy.why},
                ),
                spec=networkingv1.NetworkPolicySpecArgs(**_args(policy.spec)),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for policy in policies(flows)
        ]
        self.register_outputs({"policies": len(self.policies)})


def _args(spec: dict[str, Any]) -> dict[str, Any]:
    names = {"podSelector": "pod_selector", "policyTypes": "policy_types"}
    return {names.get(key, key): value for key, value in spec.items()}
