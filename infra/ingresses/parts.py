"""What every ingress is made with, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.cluster.balancer import LoadBalancer
    from components.cluster.server_certificate import ProvidedCertificate
    from components.contracts import IssuerRef, PlacedIn


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Where an ingress runs, what it presents, what it verifies the runtimes against, and what stands before it."""

    place: PlacedIn
    certificate: IssuerRef | ProvidedCertificate
    authority: IssuerRef
    load_balancer: LoadBalancer
    depends_on: Sequence[pulumi.Resource]
