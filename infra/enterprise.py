"""The Enterprise Platform, where the stack asks for it: the application on top of Core 2, and its request logger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.cluster.access import TokenIssuer
from components.cluster.network import OUTSIDE
from components.external.outside import reached_at, trust
from components.seldon.enterprise.args import Claims, EnterpriseArgs, Login, RequestLogging, ServiceClient
from components.seldon.enterprise.component import Enterprise
from components.seldon.enterprise.flows import enterprise_flows, logger_flows
from components.seldon.enterprise.names import OPEN_PATHS
from components.seldon.enterprise.watching import enterprise_alerts, enterprise_monitors
from components.urls import https_port
from infra import names
from infra.settings.enterprise import Metronome
from infra.settings.stores import ExternalSearch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from components.cluster.monitoring import Monitor, Monitoring
    from components.cluster.network import Flow
    from components.contracts import AuditEndpoint, PlacedIn
    from infra.edge import Edge
    from infra.settings import Settings
    from infra.settings.enterprise import Login as LoginSettings
    from infra.settings.enterprise import SeldonDeploy
    from infra.settings.platform import Platform
    from infra.site import Site
    from infra.stores.build import Stores


@dataclass(frozen=True, kw_only=True)
class Below:
    """What it stands on."""

    place: PlacedIn
    """Its own namespace."""
    runtimes: Mapping[str, PlacedIn]
    """What it works in, by name."""
    edge: Edge
    monitoring: Monitoring
    stores: Stores
    audit: AuditEndpoint | None


def open_paths(platform: Platform) -> Sequence[str]:
    """Return the paths on the platform's host that have a login of their own."""
    return OPEN_PATHS if platform.seldon_deploy else ()


def own_tokens(platform: Platform) -> TokenIssuer | None:
    """Return whose tokens its API takes from programs: those of its own client at the customer's provider."""
    asked = platform.seldon_deploy
    return TokenIssuer(issuer=asked.oidc.issuer, audiences=[asked.oidc.client_id]) if asked else None


def build_enterprise(site: Site, below: Below, *, depends_on: Sequence[pulumi.Resource]) -> Enterprise | None:
    """Declare it if the stack has it; the settings see to it that all that it needs is there too."""
    asked, gateway, stores = site.stack.seldon_deploy, below.edge.ingress.gateway, below.stores
    if not (asked and gateway and below.audit and stores.postgres and stores.search):
        return None
    policies = site.open("network-enterprise", _flows(site, asked))
    args = EnterpriseArgs(
        sources=site.sources,
        placed=below.place,
        gateway=gateway,
        runtimes=[*below.runtimes.values()],
        authority=below.edge.certificates.internal,
        license=site.settings.secret(asked.license),
        login=_login(site.settings, asked.oidc),
        policy=asked.access.policy,
        postgres=stores.postgres,
        search=stores.search,
        prometheus=below.monitoring.prometheus,
        alertmanager_url=asked.alertmanager_url or below.monitoring.alertmanager_url,
        audit=below.audit,
        size=site.settings.sizes.enterprise,
        batch=site.stack.runs_batch_jobs,
        logging=_logging(site, stores, asked),
        depends_on=[*policies, *stores.connections, *depends_on],
    )
    return Enterprise("enterprise", args, site.opts)


def monitors(platform: Platform) -> list[Monitor]:
    """Return what Prometheus scrapes of it."""
    return enterprise_monitors(names.CORE) if platform.seldon_deploy else []


def alerts(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the rules by which Prometheus alerts, by name."""
    asked = settings.platform.seldon_deploy
    if asked is None:
        return {}
    logs = names.LOGS if isinstance(asked.request_logging, Metronome) else None
    return {"seldon-enterprise-alerts": enterprise_alerts(namespace=names.CORE, logs=logs)}


def _flows(site: Site, asked: SeldonDeploy) -> list[Flow]:
    provider = reached_at(asked.oidc.cidrs)
    provider_port = https_port(asked.oidc.issuer)
    flows = enterprise_flows(
        site.map,
        runtimes=[runtime.namespace for runtime in site.stack.seldon.runtimes],
        provider=provider,
        provider_port=provider_port,
        alerts=(OUTSIDE, https_port(asked.alertmanager_url)) if asked.alertmanager_url else None,
    )
    if isinstance(asked.request_logging, Metronome) and asked.request_logging.authentication:
        flows += logger_flows(site.map, logs=names.LOGS, provider=provider, provider_port=provider_port)
    return flows


def _login(settings: Settings, given: LoginSettings) -> Login:
    claims = given.claims
    return Login(
        issuer=given.issuer,
        client_id=given.client_id,
        client_secret=settings.secret(given.client_secret),
        scopes=given.scopes,
        claims=Claims(
            user=claims.user,
            service_account=claims.service_account or claims.user,
            name=claims.name,
            email=claims.email,
            groups=claims.groups,
        ),
        trust=trust(given.certificate_authority),
    )


def _logging(site: Site, stores: Stores, asked: SeldonDeploy) -> RequestLogging | None:
    logger, kafka = asked.request_logging, stores.kafka.get(names.LOGS)
    if not (isinstance(logger, Metronome) and kafka and stores.logs):
        return None
    client = logger.authentication
    search = site.stack.search
    return RequestLogging(
        placed=stores.logs,
        kafka=kafka,
        size=site.settings.sizes.request_logger,
        opensearch=isinstance(search, ExternalSearch) and search.engine == "opensearch",
        client=ServiceClient(client_id=client.client_id, client_secret=site.settings.secret(client.client_secret))
        if client
        else None,
    )
