"""Istio as the way in, as the settings ask for it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from components.cluster.access import Anyone, Callers, TokenIssuer, Tokens
from components.cluster.edge_flows import KeyServers, istio_flows, key_flows
from components.cluster.ingress import AUTHORITY_SECRET, Ingress, IngressArgs
from components.contracts import IngressRef
from components.external.outside import reached_at
from components.seldon.routing import istio_router, runtime_host
from components.urls import https_port
from infra.enterprise import open_paths, own_tokens
from infra.settings.acme import Acme, Http01

if TYPE_CHECKING:
    from components.cluster.network import Flow
    from components.contracts import Addresses
    from infra.ingresses.parts import Parts
    from infra.settings.access import Oidc
    from infra.settings.ingress import Istio
    from infra.site import Site


def build(site: Site, wanted: Istio, parts: Parts) -> IngressRef:
    """Declare Istio for the host of the platform and those of the runtimes."""
    host, runtimes = wanted.host, site.stack.seldon.runtimes
    way_in = Ingress(
        "ingress",
        IngressArgs(
            sources=site.sources,
            placed=parts.place,
            host=host,
            extra_hosts=[runtime_host(r.namespace, host) for r in runtimes],
            callers=_callers(wanted.oidc),
            open_paths=open_paths(site.stack),
            own_tokens=own_tokens(site.stack),
            audiences={runtime_host(r.namespace, host): r.audiences for r in runtimes if r.audiences},
            certificate=parts.certificate,
            authority=parts.authority,
            gateway_size=site.settings.sizes.gateway,
            control_size=site.settings.sizes.istiod,
            minimum_tls=wanted.minimum_tls,
            signing_authority=wanted.oidc.certificate_authority if wanted.oidc else None,
            load_balancer=parts.load_balancer,
            challenges=isinstance(wanted.certificate, Acme) and isinstance(wanted.certificate.challenge, Http01),
            depends_on=parts.depends_on,
        ),
        site.opts,
    )
    return IngressRef(host=host, route=istio_router(way_in.gateway, AUTHORITY_SECRET), gateway=way_in.gateway)


def flows(site: Site, wanted: Istio, clients: Addresses) -> list[Flow]:
    """Return the connections of Istio in this stack."""
    made = istio_flows(site.map, clients=clients)
    oidc = wanted.oidc
    if oidc is None:
        return made
    known = (oidc, *oidc.additional_issuers)
    urls = {given.issuer: given.jwks_uri or given.issuer for given in known}
    networks = [oidc.cidrs]
    enterprise = site.stack.seldon_deploy
    if enterprise and enterprise.oidc.issuer not in urls:
        urls[enterprise.oidc.issuer] = enterprise.oidc.issuer
        networks.append(enterprise.oidc.cidrs)
    servers = KeyServers(
        ports=sorted({https_port(url) for url in urls.values()}),
        reached_at=reached_at(sorted(set(chain(*networks))) if all(networks) else ()),
    )
    return [*made, *key_flows(site.map, servers)]


def _callers(oidc: Oidc | None) -> Callers:
    """Without a provider the settings have asked for the exemption."""
    if oidc is None:
        return Anyone()
    return Tokens(
        issuers=[
            TokenIssuer(issuer=given.issuer, audiences=given.audiences, jwks_uri=given.jwks_uri)
            for given in (oidc, *oidc.additional_issuers)
        ]
    )
