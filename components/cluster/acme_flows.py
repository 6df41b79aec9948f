"""Connections that the challenges of an ACME authority need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.acme import SOLVER_LABELS, SOLVER_PORT, Challenge, CloudDns, Http01
from components.cluster.network import OUTSIDE, Flow
from components.contracts import Addresses, Pods
from components.urls import HTTPS

if TYPE_CHECKING:
    from components.cluster.flows import PlatformMap

HTTP = 80
METADATA_SERVERS = (("169.254.169.254/32", 80), ("169.254.169.252/32", 988))
"""Where GKE gives a pod the identity of its service account and no other
(https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity)."""


def acme_flows(place: PlatformMap, challenge: Challenge, *, server_port: int = HTTPS) -> list[Flow]:
    """Flows of cert-manager, and over HTTP those from the gateway to the pod that answers."""
    over_http = isinstance(challenge, Http01)
    ports = {server_port, HTTP} if over_http else {server_port, HTTPS}
    why = "orders at the ACME authority, and " + ("the check of its challenges" if over_http else "records in the zone")
    flows = [Flow(name="acme", source=place.cert_manager, target=OUTSIDE, ports=sorted(ports), why=why)]
    if over_http:
        solver = Pods(namespace=place.ingress, labels=SOLVER_LABELS)
        flows += [
            Flow(
                name="challenge-check",
                source=place.cert_manager,
                target=place.gateway,
                ports=[HTTP],
                why="fetches a challenge itself before it lets the authority do so",
            ),
            Flow(
                name="challenges",
                source=place.gateway,
                target=solver,
                ports=[SOLVER_PORT],
                why="challenges of the ACME authority",
            ),
        ]
    if isinstance(challenge, CloudDns):
        flows += [
            Flow(
                name=f"acme-identity-{port}",
                source=place.cert_manager,
                target=Addresses(cidrs=[cidr]),
                ports=[port],
                why="asks for its own identity, to write into the zone",
            )
            for cidr, port in METADATA_SERVERS
        ]
    return flows
