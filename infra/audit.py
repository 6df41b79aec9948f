"""The audit trail of the Enterprise Platform: it is there exactly when that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.audit.alerts import audit_alerts
from components.cluster.audit.args import AuditTrailArgs
from components.cluster.audit.component import AuditTrail
from components.cluster.audit.flows import audit_flows, audit_monitors
from components.cluster.namespaces import volume_quota
from infra import names

if TYPE_CHECKING:
    from typing import Any

    from components.cluster.monitoring import Monitor
    from components.contracts import AuditEndpoint, Bucket, IssuerRef
    from infra.settings import Settings
    from infra.settings.platform import Platform
    from infra.site import Site


def build_audit(site: Site, *, bucket: Bucket | None, authority: IssuerRef) -> AuditEndpoint | None:
    """Declare the aggregator for the Enterprise Platform; settings refuse that without a bucket for the trail.

    The namespace of the Enterprise Platform is there before: a flow from it is opened here.
    """
    if bucket is None or not site.stack.seldon_deploy:
        return None
    size = site.settings.audit
    quota = volume_quota(size.workload.replicas, size.storage_gi)
    placed = site.namespace(names.AUDIT, "the audit trail on its way to the object store", quota=quota)
    flows = audit_flows(site.map, namespace=names.AUDIT, bucket=bucket)
    args = AuditTrailArgs(
        sources=site.sources,
        placed=placed,
        authority=authority,
        bucket=bucket,
        size=size.workload,
        storage_gi=size.storage_gi,
        storage_class=site.stack.cluster.storage_class,
        image=site.stack.audit.image,
        protect=site.protected(names.AUDIT),
        depends_on=[*site.data_priority, *site.open("network-audit", flows)],
    )
    return AuditTrail("audit", args, site.opts).endpoint


def monitors(platform: Platform) -> list[Monitor]:
    """Return what Prometheus scrapes of it."""
    return audit_monitors(names.AUDIT) if platform.seldon_deploy else []


def alerts(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the rules by which Prometheus alerts, by name."""
    if not settings.platform.seldon_deploy:
        return {}
    replicas = settings.audit.workload.replicas
    return {"seldon-audit-alerts": audit_alerts(namespace=names.AUDIT, replicas=replicas)}
