"""The way in: certificates and the ingress, as the settings ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from components.cluster import certificates as tls
from components.cluster.access import Anyone, Callers, TokenIssuer, Tokens
from components.cluster.balancer import LoadBalancer
from components.cluster.edge_flows import KeyServers, key_flows
from components.cluster.ingress import AUTHORITY_SECRET, INGRESS_CLASS, Ingress, IngressArgs, ProvidedCertificate
from components.cluster.network import ANYWHERE, OUTSIDE
from components.contracts import Addresses, IngressRef
from components.seldon.routing import istio_router, runtime_host
from infra.settings.ingress import Acme, Istio, PrivateCa, Provided

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.cluster.network import Flow
    from components.contracts import IssuerRef, PlacedIn
    from infra.settings import Settings
    from infra.settings.access import Oidc
    from infra.site import Site


HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What the rest of the platform gets from the edge."""

    certificates: tls.Certificates
    ingress: IngressRef


def build_edge(site: Site, *, certificates: PlacedIn, ingress: PlacedIn, depends_on: Sequence[pulumi.Resource]) -> Edge:
    """Declare cert-manager with its issuers, then the ingress with its certificate."""
    authorities = tls.Certificates(
        "certificates",
        tls.CertificatesArgs(
            sources=site.sources,
            placed=certificates,
            ingress_issuer=_issuer(site.settings),
            ingress_class=INGRESS_CLASS,
            size=site.settings.sizes.cert_manager,
            depends_on=depends_on,
        ),
        site.opts,
    )
    wanted = _istio(site.settings)
    host = wanted.host
    way_in = Ingress(
        "ingress",
        IngressArgs(
            sources=site.sources,
            placed=ingress,
            host=host,
            extra_hosts=[runtime_host(r.namespace, host) for r in site.stack.seldon.runtimes],
            callers=_callers(wanted.oidc),
            certificate=_certificate(site.settings, authorities.ingress),
            authority=authorities.internal,
            gateway_size=site.settings.sizes.gateway,
            control_size=site.settings.sizes.istiod,
            minimum_tls=wanted.minimum_tls,
            signing_authority=wanted.oidc.certificate_authority if wanted.oidc else None,
            load_balancer=LoadBalancer(
                cloud=site.stack.cloud.kind,
                internal=wanted.load_balancer.internal,
                source_ranges=wanted.load_balancer.source_ranges,
                annotations={entry.name: entry.value for entry in wanted.load_balancer.annotations},
            ),
            depends_on=depends_on,
        ),
        site.opts,
    )
    route = istio_router(way_in.gateway, AUTHORITY_SECRET)
    return Edge(certificates=authorities, ingress=IngressRef(host=host, route=route))


def edge_flows(site: Site) -> list[Flow]:
    """Return the connections that the edge of this stack needs beyond those of every platform."""
    oidc = _istio(site.settings).oidc
    if oidc is None:
        return []
    urls = [given.jwks_uri or given.issuer for given in (oidc, *oidc.additional_issuers)]
    servers = KeyServers(
        ports=sorted({urlsplit(url).port or HTTPS for url in urls}),
        reached_at=Addresses(cidrs=oidc.cidrs) if oidc.cidrs else OUTSIDE,
    )
    return key_flows(site.map, servers)


def clients(site: Site) -> Addresses:
    """Return where requests may come from."""
    ranges = _istio(site.settings).load_balancer.source_ranges
    return Addresses(cidrs=ranges) if ranges else ANYWHERE


def _istio(settings: Settings) -> Istio:
    ingress = settings.platform.ingress
    if not isinstance(ingress, Istio):
        raise TypeError(f"settings let an ingress of kind {ingress.kind} through")
    return ingress


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


def _issuer(settings: Settings) -> tls.IngressIssuer:
    wanted = settings.platform.ingress.certificate
    if isinstance(wanted, Acme):
        return tls.Acme(server=wanted.server, email=wanted.email)
    if isinstance(wanted, PrivateCa):
        key = settings.secret(wanted.private_key) if wanted.private_key else None
        return tls.PrivateAuthority(certificate=wanted.certificate, private_key=key)
    return tls.NoIssuer()


def _certificate(settings: Settings, issuer: IssuerRef | None) -> IssuerRef | ProvidedCertificate:
    wanted = settings.platform.ingress.certificate
    if isinstance(wanted, Provided):
        key = settings.secret(wanted.private_key)
        return ProvidedCertificate(certificate=wanted.certificate, private_key=key)
    if issuer is None:
        raise AssertionError(f"no issuer was made for a certificate of kind {wanted.kind}")
    return issuer
