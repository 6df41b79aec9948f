"""Elasticsearch: in the cluster, or the customer's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from components.cluster.namespaces import volume_quota
from components.cluster.search.args import SearchArgs
from components.cluster.search.component import Search
from components.cluster.search.flows import search_client_flows, search_flows, search_monitors
from components.external.search import ExternalElasticsearch, external_search
from infra import names
from infra.settings.application_logs import FluentBit
from infra.settings.stores import ExternalSearch, InClusterSearch, NoSearch

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.cluster.monitoring import Monitor
    from components.contracts import Bucket, IssuerRef, PlacedIn, SearchEndpoint
    from infra.settings import Settings
    from infra.settings.platform import Platform
    from infra.site import Site


@dataclass(frozen=True, kw_only=True)
class SearchUsers:
    """Elasticsearch, as each of those sees it who write to it."""

    requests: SearchEndpoint
    application_logs: SearchEndpoint | None
    """None when nothing collects them."""


def make_logs(site: Site) -> PlacedIn | None:
    """Make the namespace of request logs, with Elasticsearch in it or only what writes to the customer's."""
    size = site.settings.search
    if isinstance(site.stack.search, NoSearch):
        return None
    return site.namespace(
        names.LOGS, "request logs and their writer", quota=volume_quota(size.workload.replicas, size.storage_gi)
    )


def make_search(
    site: Site, *, logs: PlacedIn, authority: IssuerRef, backups: Bucket | None, depends_on: Sequence[pulumi.Resource]
) -> SearchUsers | None:
    """Declare the Elasticsearch of the stack, and let the two who read request logs reach it."""
    wanted = site.stack.search
    users = None
    if isinstance(wanted, InClusterSearch) and backups:
        made = _inside(site, wanted, logs, authority, backups, depends_on)
        users = SearchUsers(requests=made.endpoint, application_logs=made.log_writer)
    elif isinstance(wanted, ExternalSearch):
        users = _outside(site.settings, wanted)
    if users:
        endpoint = users.requests
        flows = search_client_flows(site.map, logs=names.LOGS, search=endpoint.reached_at, port=endpoint.port)
        site.open("network-search-clients", flows)
    return users


def monitors(platform: Platform) -> list[Monitor]:
    """Return what Prometheus scrapes of it."""
    if isinstance(platform.search, InClusterSearch):
        return search_monitors(operator=names.SEARCH_OPERATOR)
    return []


def _inside(
    site: Site,
    wanted: InClusterSearch,
    logs: PlacedIn,
    authority: IssuerRef,
    backups: Bucket,
    depends_on: Sequence[pulumi.Resource],
) -> Search:
    size = site.settings.search
    operator = site.namespace(names.SEARCH_OPERATOR, "Elastic's operator", holds_data=False)
    flows = search_flows(
        site.map,
        operator=names.SEARCH_OPERATOR,
        namespace=names.LOGS,
        backups=backups,
    )
    args = SearchArgs(
        sources=site.sources,
        operator=operator,
        placed=logs,
        authority=authority,
        image=wanted.image,
        size=size.workload,
        operator_size=site.settings.sizes.search_operator,
        storage_gi=size.storage_gi,
        storage_class=site.stack.cluster.storage_class,
        backups=backups,
        snapshot_retention_days=size.snapshot_retention_days,
        log_writer=isinstance(site.stack.application_logs, FluentBit),
        protect=site.protected("search"),
        depends_on=[*depends_on, *site.open("network-search", flows)],
    )
    return Search("search", args, site.opts)


def _outside(settings: Settings, given: ExternalSearch) -> SearchUsers:
    endpoint = external_search(
        ExternalElasticsearch(
            host=given.host,
            port=given.port,
            username=given.username,
            password=settings.secret(given.password),
            certificate_authority=given.certificate_authority,
            cidrs=given.cidrs,
        )
    )
    logs = settings.platform.application_logs
    if not (isinstance(logs, FluentBit) and logs.writer):
        return SearchUsers(requests=endpoint, application_logs=None)
    writer = replace(endpoint, username=logs.writer.username, password=settings.secret(logs.writer.password))
    return SearchUsers(requests=endpoint, application_logs=writer)
