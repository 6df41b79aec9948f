"""Who talks to the Enterprise Platform, and to whom it talks; the flows to stores are declared with the stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.flows import (
    ALERTMANAGER,
    ENTERPRISE_LABELS,
    ENVOY,
    PROMETHEUS,
    REQUEST_LOGGER_LABELS,
    scrape,
    to_api_server,
)
from components.cluster.network import Flow
from components.contracts import Pods
from components.seldon.enterprise import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.cluster.flows import PlatformMap
    from components.contracts import Endpoint


def enterprise_flows(
    place: PlatformMap,
    *,
    runtimes: Sequence[str],
    provider: Endpoint,
    provider_port: int,
    alerts: tuple[Endpoint, int] | None = None,
) -> list[Flow]:
    """Flows of the server, wherever its stores are.

    `provider` is the OIDC provider. `alerts` is an Alertmanager that is not the platform's own, with its port.
    """
    server = Pods(namespace=place.core, labels=ENTERPRISE_LABELS)
    own_alerts: Endpoint = Pods(namespace=place.monitoring, labels={"app.kubernetes.io/name": "alertmanager"})
    alertmanager, alertmanager_port = alerts or (own_alerts, ALERTMANAGER)

    def flow(name: str, source: Endpoint, target: Endpoint, port: int, why: str) -> Flow:
        return Flow(name=name, source=source, target=target, ports=[port], why=why)

    return [
        to_api_server(place, "enterprise", server, "deploys models, reads its settings"),
        flow("gateway-enterprise", place.gateway, server, names.HTTP, "pages and API of the platform"),
        flow("enterprise-login", server, provider, provider_port, "logins of people, TLS"),
        flow("enterprise-prometheus", server, place.prometheus, PROMETHEUS, "metrics and usage"),
        flow("enterprise-alertmanager", server, alertmanager, alertmanager_port, "alerts that fire"),
        scrape(place.prometheus, "enterprise", server, [names.METRICS], "health of the platform"),
        *(
            flow(
                f"enterprise-{runtime}",
                server,
                Pods(namespace=runtime, labels={"app.kubernetes.io/name": "seldon-envoy"}),
                ENVOY,
                "models are tried out, TLS",
            )
            for runtime in runtimes
        ),
    ]


def logger_flows(place: PlatformMap, *, logs: str, provider: Endpoint, provider_port: int) -> list[Flow]:
    """Flows of a request logger that asks the platform what the fields of a model mean."""
    logger = Pods(namespace=logs, labels=REQUEST_LOGGER_LABELS)
    server = Pods(namespace=place.core, labels=ENTERPRISE_LABELS)
    return [
        Flow(
            name="logger-enterprise",
            source=logger,
            target=server,
            ports=[names.HTTP],
            why="what the fields of a model mean",
        ),
        Flow(
            name="logger-login",
            source=logger,
            target=provider,
            ports=[provider_port],
            why="tokens for the platform, TLS",
        ),
    ]
