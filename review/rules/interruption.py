"""What stops something that people use: gateways, databases, brokers, serving, and the ways that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind, identity, is_workload
from review.model import UNKNOWN, Risk
from review.rules import restarts, ways
from review.rules.base import Hit, Rule
from review.rules.stateful import DRAWN, lost_with, taken_up_again
from review.rules.ways import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.rules.base import Case

_WAYS = frozenset({kinds.SERVICE, kinds.GATEWAY, Kind("gateway.networking.k8s.io", "Gateway")}) | ROUTES
_NEEDED = frozenset(
    {
        kinds.CERTIFICATE,
        Kind("cert-manager.io", "ClusterIssuer"),
        Kind("cert-manager.io", "Issuer"),
        Kind("", "ServiceAccount"),
        Kind("scheduling.k8s.io", "PriorityClass"),
        Kind("kafka.strimzi.io", "KafkaUser"),
        Kind("networking.istio.io", "DestinationRule"),
    }
)
"""Kinds without which what uses them stops working, at once or when it starts next."""
_CERTIFIES = "kubernetes.io/tls"
"""Type of a Secret that is a certificate and its key."""
_CLOUD_WAYS = frozenset(
    {
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:route53/record:Record",
        "aws:ec2/natGateway:NatGateway",
        "gcp:compute/subnetwork:Subnetwork",
        "gcp:compute/network:Network",
        "gcp:compute/address:Address",
        "gcp:dns/recordSet:RecordSet",
    }
)


def lifecycle(case: Case) -> Iterator[Hit]:
    """Yield that what people use goes or is made anew; what loses data by that is of the graver class."""
    op = case.change.op
    if op not in {"delete", "replace"} or (lost_with(case) and not taken_up_again(case)):
        return
    uncertain = [found.path for found in case.change.properties if found.replaces and found.after is UNKNOWN]
    if op == "replace" and uncertain:
        return  # the class `unknown` says so
    needed = case.kind in _WAYS | _NEEDED or (case.kind == kinds.SECRET and case.was("type") == _CERTIFIES)
    used = needed or is_workload(case.change.type) or case.change.type in _CLOUD_WAYS
    if not used or case.kind == kinds.JOB or identity(case.before)[0] in case.context.deleted_namespaces:
        return
    reasons = [found.path for found in case.change.properties if found.replaces] or [*case.change.replace_reasons]
    yield Hit(
        rule=f"interruption/{op}",
        risk=Risk.INTERRUPTION,
        what="is deleted" if op == "delete" else "is deleted and made anew",
        why=_why_deleted(case) if op == "delete" else f"{', '.join(reasons) or 'What changes'} cannot change on it.",
        remedy=(
            "If it was only renamed or moved in the program, give it an alias of its old name. Otherwise move its "
            "users to something else first."
            if op == "delete"
            else "Make a second one beside it and move its users over, or choose a time when nobody needs it."
        ),
        properties=tuple(found for found in case.change.properties if found.replaces),
    )


def _why_deleted(case: Case) -> str:
    twin = case.context.made.get((case.kind, *identity(case.before))) if case.kind else None
    if twin:
        return (
            f"The program has it no more under this name, and makes {twin.urn.rpartition('::')[2]} instead, which is "
            "the same object in the cluster: the old one's deletion deletes it."
        )
    return "The program has it no more."


def _drawn(case: Case) -> Iterator[str]:
    if case.change.op in {"replace", "delete"} and not lost_with(case):
        yield "is drawn anew" if case.change.op == "replace" else "is forgotten"


TABLE = (
    *restarts.TABLE,
    *ways.TABLE,
    Rule(
        id="interruption/secret-drawn",
        risk=Risk.INTERRUPTION,
        on=DRAWN,
        check=_drawn,
        why="Whoever uses the old value is refused until it has the new one.",
        remedy="If it was only renamed or moved, give it an alias of its old name. Otherwise rotate it on purpose.",
    ),
)
