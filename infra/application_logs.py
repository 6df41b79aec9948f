"""The logs of models and servers, where the stack wants them collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.cluster.applicationlogs import (
    AccessLog,
    ApplicationLogs,
    ApplicationLogsArgs,
    application_logs_alerts,
    application_logs_flows,
    application_logs_monitors,
)
from components.cluster.ingress import GATEWAY_RELEASE
from components.cluster.namespaces import daemon_quota
from infra import names
from infra.settings.application_logs import FluentBit
from infra.settings.stores import ExternalSearch

if TYPE_CHECKING:
    from components.cluster.monitoring import Monitor
    from components.contracts import AuditEndpoint, SearchEndpoint
    from infra.settings import Settings
    from infra.settings.platform import Platform
    from infra.site import Site

GATEWAY_CONTAINER = "istio-proxy"
"""What istiod injects into a pod is called so (istio 1.30.3, manifests/charts/istio-control/istio-discovery/files)."""


def build_application_logs(
    site: Site,
    *,
    search: SearchEndpoint | None,
    audit: AuditEndpoint | None,
) -> None:
    """Declare the collector, if the stack has one and a user for it.

    `search` is as the collector sees it; with `audit` the gateway's access log goes there. The namespaces that it sends
    to, and that of Prometheus, are there before: flows to them are opened here.
    """
    wanted = site.stack.application_logs
    if not (isinstance(wanted, FluentBit) and search):
        return
    size = site.settings.sizes.log_collector
    placed = site.namespace(
        names.NODE_LOGS, "reads the logs of models on every node", quota=daemon_quota(size), holds_data=False
    )
    access = None
    if audit:
        access = AccessLog(audit=audit, namespace=site.map.ingress, pods=GATEWAY_RELEASE, container=GATEWAY_CONTAINER)
    flows = application_logs_flows(site.map, namespace=names.NODE_LOGS, search=search, access=access)
    args = ApplicationLogsArgs(
        sources=site.sources,
        placed=placed,
        namespaces=[runtime.namespace for runtime in site.stack.seldon.runtimes],
        search=search,
        typed=_typed(site.stack),
        access=access,
        size=size,
        image=wanted.image,
        depends_on=[*site.data_priority, *site.open("network-node-logs", flows)],
    )
    ApplicationLogs("application-logs", args, site.opts)


def monitors(platform: Platform) -> list[Monitor]:
    """Return what Prometheus scrapes of it."""
    return application_logs_monitors(names.NODE_LOGS) if isinstance(platform.application_logs, FluentBit) else []


def alerts(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the rules by which Prometheus alerts, by name."""
    if isinstance(settings.platform.application_logs, FluentBit):
        return {"seldon-node-logs-alerts": application_logs_alerts(namespace=names.NODE_LOGS)}
    return {}


def _typed(platform: Platform) -> bool:
    """Say whether documents must name a type: before Elasticsearch 7, which the customer may still run."""
    search = platform.search
    if not isinstance(search, ExternalSearch):
        return False
    return search.engine == "elasticsearch" and search.version.startswith("6.")
