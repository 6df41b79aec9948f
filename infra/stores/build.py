"""All stores of a stack, in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.seldon.connections import Connections, ConnectionsArgs
from infra import names
from infra.stores import kafka, objectstore, postgres, search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from components.cluster.monitoring import Monitor
    from components.contracts import (
        Bucket,
        BucketPurpose,
        IssuerRef,
        KafkaEndpoint,
        PlacedIn,
        PostgresEndpoint,
        SearchEndpoint,
    )
    from infra.settings import Settings
    from infra.settings.platform import Platform
    from infra.site import Site


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What the rest of the platform gets of the stores."""

    buckets: Mapping[BucketPurpose, Bucket]
    kafka: Mapping[str, KafkaEndpoint]
    """By the namespace of the client; empty without Kafka."""
    logs: PlacedIn | None
    """Namespace of the request logs; None without Elasticsearch."""
    postgres: PostgresEndpoint | None
    search: SearchEndpoint | None
    """As the Enterprise Platform and its request logger see it."""
    log_writer: SearchEndpoint | None
    """As the collector of application logs sees it; None without one."""
    connections: Sequence[pulumi.Resource]
    """The Secrets that the Enterprise Platform and its request logger read."""


def build_stores(site: Site, authority: IssuerRef, *, platform: PlacedIn) -> Stores:
    """Declare the stores, and the Secrets that their readers expect.

    `platform` is the namespace of the Enterprise Platform, which reads the catalogue and the request logs.
    """
    before = site.data_priority if site.stack.stores else ()
    buckets = objectstore.make_buckets(site, authority=authority, depends_on=before)
    backups = buckets.get("backups")
    logs = search.make_logs(site)
    database = postgres.make_postgres(site, authority=authority, backups=backups, depends_on=before)
    users = None
    if logs:
        users = search.make_search(site, logs=logs, authority=authority, backups=backups, depends_on=before)
    requests = users.requests if users else None
    pipelines = kafka.make_kafka(site, authority=authority, depends_on=before)
    args = ConnectionsArgs(
        platform=platform, logs=logs, postgres=database, search=requests, kafka=pipelines.get(names.LOGS)
    )
    connections = Connections("connections", args, site.opts).ready if database or requests else []
    return Stores(
        buckets=buckets,
        kafka=pipelines,
        logs=logs,
        postgres=database,
        search=requests,
        log_writer=users.application_logs if users else None,
        connections=connections,
    )


def store_alerts(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the rules by which Prometheus alerts about the stores in the cluster, by name."""
    return postgres.alerts(settings)


def store_monitors(platform: Platform) -> list[Monitor]:
    """Return what Prometheus scrapes of the stores in the cluster, and of pipelines."""
    return [monitor for part in (objectstore, postgres, search, kafka) for monitor in part.monitors(platform)]
