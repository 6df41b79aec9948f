"""The typed values that cross between components: who fills a field and who reads it stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi


@dataclass(frozen=True, kw_only=True)
class PlacedIn:
    """A namespace that exists, with its guards, once ``ready`` has been created."""

    namespace: str
    """Name, plain text: chart values and network policies need it at preview."""
    ready: Sequence[pulumi.Resource]
    """The namespace, its quota and its default-deny policies; whatever runs in it depends on these."""


@dataclass(frozen=True, kw_only=True)
class IssuerRef:
    """A cert-manager ClusterIssuer. Filled by Certificates; read by the ingress and the serving layer."""

    name: str
    ready: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class GatewayRef:
    """The one way in. Filled by the ingress; read by every route."""

    gateway: str
    """`<namespace>/<name>` as an Istio VirtualService names it."""
    namespace: str
    """Where the gateway's pods run; the TLS material that it presents or trusts lives there."""
    pod_labels: dict[str, str]
    """Labels of the gateway's pods, for network and authorization policies."""
    host: str
    """The host that the customer gave; runtimes are served below it."""
    ready: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class PrometheusRef:
    """The in-cluster Prometheus. Filled by monitoring; read by whoever queries or is scraped."""

    url: pulumi.Input[str]
    """Base URL inside the cluster, without the API path."""
    namespace: str
    ready: Sequence[pulumi.Resource]
