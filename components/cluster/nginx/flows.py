"""Connections of NGINX, all of which its network policies allow and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.flows import scrape, to_api_server
from components.cluster.network import ANYWHERE, Flow
from components.cluster.nginx.callers import OwnEndpoint
from components.cluster.nginx.values import HTTP, HTTPS, METRICS, READINESS
from components.contracts import Pods

if TYPE_CHECKING:
    from components.cluster.balancer import CloudKind
    from components.cluster.flows import PlatformMap
    from components.cluster.nginx.callers import AuthEndpoint
    from components.contracts import Addresses


def nginx_flows(
    place: PlatformMap, *, callers: AuthEndpoint | None, clients: Addresses = ANYWHERE, cloud: CloudKind = "none"
) -> list[Flow]:
    """Flows of NGINX alone; those to the runtimes are flows of theirs."""
    nginx = place.gateway
    flows = [
        Flow(
            name="clients-gateway",
            source=clients,
            target=nginx,
            ports=[HTTP, HTTPS],
            why="the one way in",
        ),
        to_api_server(place, "nginx", nginx, "watches routes, services and certificates"),
        scrape(place.prometheus, "gateway", nginx, [METRICS], "requests at the edge"),
    ]
    if callers:
        target, port = callers.reached_at
        why = "asks whether a request may pass, TLS"
        flows.append(Flow(name="gateway-callers", source=nginx, target=target, ports=[port], why=why))
    if isinstance(callers, OwnEndpoint):
        flows.append(
            Flow(
                name="callers-provider",
                source=Pods(namespace=callers.namespace),
                target=callers.provider,
                ports=[callers.provider_port],
                why="what the identity provider says of a caller",
            )
        )
    # Only a load balancer that targets pods asks the pods themselves whether they are ready.
    if cloud == "aws":
        flows.append(
            Flow(
                name="health-gateway",
                source=ANYWHERE,
                target=nginx,
                ports=[READINESS],
                why="the load balancer asks whether NGINX is ready, from addresses of its own",
            )
        )
    return flows
