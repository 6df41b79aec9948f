"""NGINX as the way in, as the settings ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from components.cluster.nginx.callers import AuthEndpoint, ExternalEndpoint, OwnEndpoint
from components.cluster.nginx.flows import nginx_flows
from components.cluster.nginx.ingress import NginxArgs, NginxIngress
from components.contracts import IngressRef
from components.external.outside import reached_at
from components.seldon.routing import runtime_host
from components.urls import https_port
from infra import names
from infra.settings.auth import InClusterAuth

if TYPE_CHECKING:
    from components.cluster.network import Flow
    from components.contracts import Addresses
    from infra.ingresses.parts import Parts
    from infra.settings.ingress import Nginx
    from infra.site import Site


def build(site: Site, wanted: Nginx, parts: Parts) -> IngressRef:
    """Declare NGINX for the hosts of the runtimes."""
    namespaces = [runtime.namespace for runtime in site.stack.seldon.runtimes]
    callers = _endpoint(wanted)
    watched = [*namespaces, callers.namespace] if isinstance(callers, OwnEndpoint) else namespaces
    nginx = NginxIngress(
        "ingress",
        NginxArgs(
            sources=site.sources,
            placed=parts.place,
            watched=[site.places[namespace] for namespace in watched],
            hosts=[runtime_host(namespace, wanted.host) for namespace in namespaces],
            callers=callers,
            certificate=parts.certificate,
            authority=parts.authority,
            size=site.settings.sizes.gateway,
            load_balancer=parts.load_balancer,
            minimum_tls=wanted.minimum_tls,
            depends_on=parts.depends_on,
        ),
        site.opts,
    )
    return IngressRef(host=wanted.host, route=nginx.route)


def flows(site: Site, wanted: Nginx, clients: Addresses) -> list[Flow]:
    """Return the connections of NGINX in this stack."""
    return nginx_flows(site.map, callers=_endpoint(wanted), clients=clients, cloud=site.stack.cloud.kind)


def _endpoint(wanted: Nginx) -> AuthEndpoint | None:
    """Without an endpoint the settings have asked for the exemption."""
    auth = wanted.auth
    if auth is None:
        return None
    if isinstance(auth, InClusterAuth):
        return OwnEndpoint(
            namespace=names.CALLERS,
            service=auth.service,
            port=auth.port,
            pod_port=auth.pod_port or auth.port,
            path=auth.path,
            provider=reached_at(auth.cidrs),
            provider_port=https_port(auth.provider),
        )
    url = urlsplit(auth.url)
    return ExternalEndpoint(
        host=url.hostname or "",
        port=https_port(auth.url),
        path=url.path,
        addresses=auth.addresses,
        authority=auth.certificate_authority,
    )
