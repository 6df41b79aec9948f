"""The order in which the parts of a platform are made; each part is chosen and wired in a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

from components.cluster.flows import platform_flows
from components.cluster.monitoring import Monitoring, MonitoringArgs, certificates_monitors, runtime_monitors
from components.cluster.namespaces import Quota, volume_quota
from infra import application_logs, audit, batch, enterprise, names
from infra.alerting import alert_flows, alert_receiver, usage_spec
from infra.edge import build_edge, edge_alert_rules, edge_flows, edge_monitors, edge_namespaces
from infra.serving import build_core, build_runtime, runtime_visibility
from infra.site import Site
from infra.stores.build import build_stores, store_alerts, store_monitors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import PlacedIn
    from infra.settings import Settings

_PARTS = (audit, batch, enterprise, application_logs)
"""What is watched like a store and is none."""


def build(settings: Settings) -> None:
    """Declare the platform of one stack, and export what people ask for.

    Raises:
        ChartError: a chart is not where the settings say.
    """
    site = Site(settings)
    runtimes = site.stack.seldon.runtimes
    certificates = site.namespace(names.CERTIFICATES, "cert-manager and the platform's authority")
    ingress = site.namespace(
        site.map.ingress, "the one way in, and what checks callers", quota=Quota(load_balancers=1), holds_data=False
    )
    edge_namespaces(site)
    metrics = site.settings.prometheus
    watch = site.namespace(
        names.MONITORING,
        "Prometheus, reachable from inside only",
        quota=volume_quota(metrics.workload.replicas, metrics.storage_gi),
    )
    control = site.namespace(names.CORE, "the Core 2 controller", holds_data=False)
    tenants = {
        r.namespace: site.namespace(r.namespace, "models of one tenant", visibility=runtime_visibility(site.stack, r))
        for r in runtimes
    }
    shared = [*platform_flows(site.map), *edge_flows(site), *alert_flows(site)]
    policies = site.open("network-platform", shared)
    edge = build_edge(site, certificates=certificates, ingress=ingress, depends_on=policies)
    monitoring = _monitoring(site, watch, policies)
    authority = edge.certificates.internal
    stores = build_stores(site, authority, platform=control)
    core = build_core(site, edge, stores, place=control, depends_on=policies)
    hosts = {r.namespace: build_runtime(site, edge, stores, core, r, place=tenants[r.namespace]).host for r in runtimes}
    recorder = audit.build_audit(site, bucket=stores.buckets.get("audit"), authority=authority)
    jobs = batch.build_batch(site, bucket=stores.buckets.get("batch"), runtimes=tenants, depends_on=policies)
    below = enterprise.Below(
        place=control, runtimes=tenants, edge=edge, monitoring=monitoring, stores=stores, audit=recorder
    )
    application = enterprise.build_enterprise(site, below, depends_on=[*core.ready, *jobs])
    application_logs.build_application_logs(site, search=stores.log_writer, audit=recorder)
    pulumi.export("host", site.stack.ingress.host)
    pulumi.export("runtimes", hosts)
    pulumi.export("prometheus", monitoring.prometheus.url)
    if application:
        pulumi.export("enterprise", application.url)


def _monitoring(site: Site, place: PlacedIn, depends_on: Sequence[pulumi.Resource]) -> Monitoring:
    prometheus = site.settings.prometheus
    return Monitoring(
        "monitoring",
        MonitoringArgs(
            sources=site.sources,
            placed=place,
            monitors=[
                *certificates_monitors(names.CERTIFICATES),
                *edge_monitors(site),
                *runtime_monitors([r.namespace for r in site.stack.seldon.runtimes]),
                *store_monitors(site.stack),
                *(monitor for part in _PARTS for monitor in part.monitors(site.stack)),
            ],
            size=prometheus.workload,
            helper_size=site.settings.sizes.metrics,
            retention_days=prometheus.retention_days,
            storage_gi=prometheus.storage_gi,
            storage_class=site.stack.cluster.storage_class,
            alerts=_alerts(site),
            usage=usage_spec(site.stack),
            receiver=alert_receiver(site.settings),
            depends_on=depends_on,
        ),
        site.opts,
    )


def _alerts(site: Site) -> dict[str, dict[str, Any]]:
    """Return the rules by which Prometheus alerts, by name."""
    rules = {**edge_alert_rules(site), **store_alerts(site.settings)}
    for part in _PARTS:
        rules |= part.alerts(site.settings)
    return rules
