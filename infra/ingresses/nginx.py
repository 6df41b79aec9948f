"""NGINX as the way in, as the settings ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from components.cluster.nginx.callers import AuthEndpoint
from components.cluster.nginx.flows import nginx_flows
from components.cluster.nginx.ingress import NginxArgs, NginxIngress
from components.contracts import IngressRef
from components.seldon.routing import runtime_host
from infra.ingresses.parts import HTTPS

if TYPE_CHECKING:
    from components.cluster.network import Flow
    from components.contracts import Addresses
    from infra.ingresses.parts import Parts
    from infra.settings.ingress import Nginx
    from infra.site import Site


def build(site: Site, wanted: Nginx, parts: Parts) -> IngressRef:
    """Declare NGINX for the hosts of the runtimes."""
    namespaces = [runtime.namespace for runtime in site.stack.seldon.runtimes]
    nginx = NginxIngress(
        "ingress",
        NginxArgs(
            sources=site.sources,
            placed=parts.place,
            runtimes=[site.places[namespace] for namespace in namespaces],
            hosts=[runtime_host(namespace, wanted.host) for namespace in namespaces],
            callers=_endpoint(wanted),
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
    url = urlsplit(auth.url)
    return AuthEndpoint(
        host=url.hostname or "",
        port=url.port or HTTPS,
        path=url.path,
        addresses=auth.addresses,
        authority=auth.certificate_authority,
    )
