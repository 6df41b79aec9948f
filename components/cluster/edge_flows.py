"""Connections of Istio: the gateway, the control plane, and what fetches keys for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.cluster.balancer import HEALTH_PORT
from components.cluster.flows import scrape, to_api_server
from components.cluster.network import ANYWHERE, OUTSIDE, Flow, Pods

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.cluster.flows import PlatformMap
    from components.contracts import Addresses, Endpoint


@dataclass(frozen=True, kw_only=True)
class KeyServers:
    """Where the keys that verify tokens are fetched from, over HTTPS."""

    ports: Sequence[int]
    reached_at: Endpoint = OUTSIDE


def _istiod(place: PlatformMap) -> Pods:
    return Pods(namespace=place.ingress, labels={"app": "istiod"})


def istio_flows(place: PlatformMap, *, clients: Addresses = ANYWHERE) -> list[Flow]:
    """Flows of Istio alone; those from the gateway to the runtimes are flows of theirs."""
    istiod = _istiod(place)
    return [
        to_api_server(place, "istiod", istiod, "watches services, gateways and certificates"),
        scrape(place.prometheus, "istiod", istiod, [15014], "state of the mesh"),
        scrape(place.prometheus, "gateway", place.gateway, [15090], "requests at the edge"),
        Flow(
            name="clients-gateway",
            source=clients,
            target=place.gateway,
            ports=[80, 443],
            why="the one way in",
        ),
        Flow(
            name="health-gateway",
            source=ANYWHERE,
            target=place.gateway,
            ports=[HEALTH_PORT],
            why="the load balancer asks whether the gateway is ready, from addresses of its own",
        ),
        Flow(
            name="gateway-istiod",
            source=place.gateway,
            target=istiod,
            ports=[15012],
            why="configuration and identity over mTLS",
        ),
        Flow(
            name="api-istiod",
            source=place.api_server,
            target=istiod,
            ports=[15017],
            why="the API server asks the injection and validation webhooks",
        ),
    ]


def key_flows(place: PlatformMap, servers: KeyServers) -> list[Flow]:
    """Let istiod, which hands the keys to the gateway, fetch them."""
    return [
        Flow(
            name="signing-keys",
            source=_istiod(place),
            target=servers.reached_at,
            ports=servers.ports,
            why="keys that verify the tokens of callers",
        )
    ]
