"""The network opens: policies, services, ingresses, routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind, identity
from review.model import Risk, Value
from review.rules.base import Rule, fields, objects, ranked, texts
from review.rules.exposure.covering import all_in, cidr_in, cidrs_in, everywhere, labels_in, uncovered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.rules.base import Case

_POLICIES = frozenset({kinds.NETWORK_POLICY, Kind("cilium.io", "CiliumNetworkPolicy")})
_INGRESS = Kind("networking.k8s.io", "Ingress")
_SERVICE_TYPES = ("ClusterIP", "NodePort", "LoadBalancer")
_INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
    "networking.gke.io/load-balancer-type": "Internal",
    "cloud.google.com/load-balancer-type": "Internal",
    "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
}
"""Annotations that keep a load balancer off the Internet, as the clouds' controllers document them."""


def _policy_deleted(case: Case) -> Iterator[str]:
    namespace = identity(case.before)[0]
    if case.change.op == "delete" and namespace not in case.context.deleted_namespaces and not _still_closed(case):
        yield "is deleted"


def _still_closed(case: Case) -> bool:
    """Say whether another policy goes on restricting the same pods: then fewer connections are allowed, not more."""
    spec = fields(case.was("spec"))
    left = case.context.policies.get(identity(case.before)[0], ())
    restricted = {
        direction
        for other in left
        if labels_in(other.get("podSelector"), spec.get("podSelector"))
        for direction in _directions(other)
    }
    return case.kind == kinds.NETWORK_POLICY and restricted.issuperset(_directions(spec))


def _policy_widened(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    before, after = fields(case.was("spec")), fields(case.now("spec"))
    lost = sorted(set(_directions(before)) - set(_directions(after)))
    if lost:
        yield f"no longer restricts {' and '.join(lost).lower()}"
    if not labels_in(after.get("podSelector"), before.get("podSelector")):
        yield "selects fewer pods, which nothing restricts then"
    for key, peers in (("ingress", "from"), ("egress", "to")):
        added = uncovered(before.get(key), after.get(key), lambda old, new, peers=peers: _covers(old, new, peers))
        if added and key.capitalize() not in lost:
            yield f"allows more {key}: {_peers(added, peers)}"


def _directions(spec: dict[str, Value]) -> list[str]:
    given = texts(spec.get("policyTypes"))
    return given or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])


def _covers(old: dict[str, Value], new: dict[str, Value], peers: str) -> bool:
    return all_in(old.get(peers), new.get(peers), _peer_covers) and all_in(
        old.get("ports"), new.get("ports"), lambda known, port: known == port
    )


def _peer_covers(old: dict[str, Value], new: dict[str, Value]) -> bool:
    if "ipBlock" in old or "ipBlock" in new:
        known, wanted = fields(old.get("ipBlock")), fields(new.get("ipBlock"))
        spared = all(cidr in texts(wanted.get("except")) for cidr in texts(known.get("except")))
        return spared and bool(known) and bool(wanted) and cidr_in(str(known.get("cidr")), str(wanted.get("cidr")))
    for key in ("namespaceSelector", "podSelector"):
        if key in old and (key not in new or not labels_in(old[key], new[key])):
            return False
        if key == "namespaceSelector" and key in new and key not in old:
            return False
    return True


def _peers(rules: list[dict[str, Value]], key: str) -> str:
    blocks = [str(fields(peer.get("ipBlock")).get("cidr")) for rule in rules for peer in objects(rule.get(key))]
    if any(not rule.get(key) for rule in rules):
        return "everyone" if key == "from" else "everywhere"
    known = [block for block in blocks if block != "None"]
    return ", ".join(known) if known else "more pods or ports"


def _policy_open(case: Case) -> Iterator[str]:
    if not case.created:
        return
    for rule in objects(case.now("spec.ingress")):
        sources = objects(rule.get("from"))
        if not sources:
            yield "lets everyone in"
        for source in sources:
            if everywhere(fields(source.get("ipBlock")).get("cidr")):
                yield "lets every address in"
            if source.get("namespaceSelector") == {} and not source.get("podSelector"):
                yield "lets every namespace in"


def _service_exposed(case: Case) -> Iterator[str]:
    if case.gone:
        return
    old, new = case.was("spec.type"), case.now("spec.type")
    if ranked(new, _SERVICE_TYPES) > max(ranked(old, _SERVICE_TYPES), 0):
        yield f"becomes reachable from outside: type {new}" + (
            f" instead of {old or 'ClusterIP'}" if case.before else ""
        )
    added = sorted(set(texts(case.now("spec.externalIPs"))) - set(texts(case.was("spec.externalIPs"))))
    if added:
        yield f"answers on external addresses: {', '.join(added)}"
    if not case.changed or new != "LoadBalancer":
        return
    if not cidrs_in(case.was("spec.loadBalancerSourceRanges"), case.now("spec.loadBalancerSourceRanges")):
        ranges = texts(case.now("spec.loadBalancerSourceRanges"))
        yield f"admits more addresses: {', '.join(ranges) if ranges else 'all'}"
    was, now = fields(case.was("metadata.annotations")), fields(case.now("metadata.annotations"))
    for name, internal in _INTERNAL.items():
        if was.get(name) == internal and now.get(name) != internal:
            yield f"leaves the internal network: {name} is no longer {internal}"


def _ingress_weakened(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    covered = {host for entry in objects(case.now("spec.tls")) for host in texts(entry.get("hosts"))}
    bare = sorted({host for entry in objects(case.was("spec.tls")) for host in texts(entry.get("hosts"))} - covered)
    if bare or (case.was("spec.tls") and not case.now("spec.tls")):
        yield f"serves without TLS: {', '.join(bare) or 'all hosts'}"
    was, now = fields(case.was("metadata.annotations")), fields(case.now("metadata.annotations"))
    for name in was:
        if "auth" in name and name not in now:
            yield f"no longer checks callers: {name} is gone"
        if name.endswith("ssl-redirect") and str(was[name]) == "true" and str(now.get(name)) != "true":
            yield f"answers without TLS: {name} is off"


TABLE = (
    Rule(
        id="exposure/network-policy-deleted",
        risk=Risk.EXPOSURE,
        on=_POLICIES,
        check=_policy_deleted,
        why="Pods that no other policy selects may then be reached, and may reach everything.",
        remedy="Keep it as long as the pods stand. If it was only renamed or moved, give it an alias of its old name.",
    ),
    Rule(
        id="exposure/network-policy-widened",
        risk=Risk.EXPOSURE,
        on=frozenset({kinds.NETWORK_POLICY}),
        check=_policy_widened,
        why="What one policy allows, no other can forbid.",
        remedy="Allow only the pods, addresses and ports that are needed, in a policy of its own.",
        paths=("spec",),
    ),
    Rule(
        id="exposure/network-policy-open",
        risk=Risk.EXPOSURE,
        on=frozenset({kinds.NETWORK_POLICY}),
        check=_policy_open,
        why="Policies add up: what a new one allows, the ones that stand cannot forbid.",
        remedy="Name the pods or addresses that may come in.",
        paths=("spec",),
    ),
    Rule(
        id="exposure/service-exposed",
        risk=Risk.EXPOSURE,
        on=frozenset({kinds.SERVICE}),
        check=_service_exposed,
        why="The cluster opens a port to whoever reaches its nodes or the load balancer.",
        remedy="Keep it at ClusterIP and let callers in through the gateway, or narrow `loadBalancerSourceRanges`.",
        paths=("spec.type", "spec.externalIPs", "spec.loadBalancerSourceRanges", "metadata.annotations"),
    ),
    Rule(
        id="exposure/ingress-weakened",
        risk=Risk.EXPOSURE,
        on=frozenset({_INGRESS}),
        check=_ingress_weakened,
        why="The ingress controller then answers callers without TLS, or without asking who they are.",
        remedy="Keep `tls` for every host, and the annotations that check callers.",
        paths=("spec.tls", "metadata.annotations"),
    ),
)
