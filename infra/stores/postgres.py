"""Postgres: in the cluster, or the customer's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.namespaces import volume_quota
from components.cluster.postgres.alerts import postgres_alerts
from components.cluster.postgres.component import Postgres, PostgresArgs
from components.cluster.postgres.flows import postgres_flows, postgres_monitors
from components.external.postgres import ExternalDatabase, external_postgres
from components.seldon.catalogue import catalogue_flow
from infra import names
from infra.settings.stores import ExternalPostgres, InClusterPostgres

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import pulumi

    from components.cluster.monitoring import Monitor
    from components.contracts import Bucket, IssuerRef, PostgresEndpoint
    from infra.settings import Settings
    from infra.settings.platform import Platform
    from infra.site import Site


def make_postgres(
    site: Site, *, authority: IssuerRef, backups: Bucket | None, depends_on: Sequence[pulumi.Resource]
) -> PostgresEndpoint | None:
    """Declare the database of the stack, and let the Enterprise Platform reach it."""
    wanted = site.stack.postgres
    endpoint = None
    if isinstance(wanted, InClusterPostgres) and backups:
        endpoint = _inside(site, authority, backups, depends_on)
    elif isinstance(wanted, ExternalPostgres):
        endpoint = _outside(site.settings, wanted)
    if endpoint:
        site.open("network-catalogue", [catalogue_flow(endpoint, namespace=names.CORE)])
    return endpoint


def monitors(platform: Platform) -> list[Monitor]:
    """Return what Prometheus scrapes of it."""
    if isinstance(platform.postgres, InClusterPostgres):
        return postgres_monitors(operator=names.POSTGRES_OPERATOR, namespace=names.POSTGRES)
    return []


def alerts(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the rules by which Prometheus alerts, by name."""
    if isinstance(settings.platform.postgres, InClusterPostgres):
        instances = settings.postgres.workload.replicas
        return {"seldon-postgres-alerts": postgres_alerts(namespace=names.POSTGRES, instances=instances)}
    return {}


def _inside(
    site: Site, authority: IssuerRef, backups: Bucket, depends_on: Sequence[pulumi.Resource]
) -> PostgresEndpoint:
    size, sizes = site.settings.postgres, site.settings.sizes
    operator = site.namespace(names.POSTGRES_OPERATOR, "CloudNativePG and its backup plugin", holds_data=False)
    placed = site.namespace(
        names.POSTGRES, "PostgreSQL, the model catalogue", quota=volume_quota(size.workload.replicas, size.storage_gi)
    )
    flows = postgres_flows(
        site.map,
        operator=names.POSTGRES_OPERATOR,
        namespace=names.POSTGRES,
        backups=backups,
    )
    args = PostgresArgs(
        sources=site.sources,
        operator=operator,
        placed=placed,
        authority=authority,
        backups=backups,
        backup_retention_days=size.backup_retention_days,
        size=size.workload,
        operator_size=sizes.postgres_operator,
        storage_gi=size.storage_gi,
        storage_class=site.stack.cluster.storage_class,
        protect=site.protected("postgres"),
        depends_on=[*depends_on, *site.open("network-postgres", flows)],
    )
    return Postgres("postgres", args, site.opts).endpoint


def _outside(settings: Settings, given: ExternalPostgres) -> PostgresEndpoint:
    return external_postgres(
        ExternalDatabase(
            host=given.host,
            port=given.port,
            database=given.database,
            username=given.username,
            password=settings.secret(given.password),
            ssl_mode=given.ssl_mode,
            certificate_authority=given.certificate_authority,
            cidrs=given.cidrs,
        )
    )
