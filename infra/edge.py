"""The way in: certificates and the ingress, as the settings ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.cluster import acme
from components.cluster import certificates as tls
from components.cluster.acme_flows import acme_flows
from components.cluster.balancer import LoadBalancer
from components.cluster.edge_alerts import edge_alerts
from components.cluster.ingress import GATEWAY_RELEASE
from components.cluster.monitoring import istio_monitors
from components.cluster.network import ANYWHERE
from components.cluster.nginx.monitors import nginx_monitors
from components.cluster.nginx.values import DEPLOYMENT as NGINX_DEPLOYMENT
from components.cluster.server_certificate import ProvidedCertificate
from components.contracts import Addresses
from components.urls import https_port
from infra import names
from infra.ingresses import istio, nginx
from infra.ingresses.parts import Parts
from infra.settings.acme import CloudDns, Http01
from infra.settings.ingress import Acme, Istio, PrivateCa, Provided

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.cluster.monitoring import Monitor
    from components.cluster.network import Flow
    from components.contracts import IngressRef, IssuerRef, PlacedIn
    from infra.settings import Settings
    from infra.settings.acme import Challenge
    from infra.site import Site


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What the rest of the platform gets from the edge."""

    certificates: tls.Certificates
    ingress: IngressRef


def edge_namespaces(site: Site) -> None:
    """Make the namespace of an endpoint that checks callers, where the customer runs it in the cluster."""
    if names.CALLERS in site.stack.namespaces:
        site.namespace(names.CALLERS, "the customer's endpoint that checks callers", holds_data=False)


def build_edge(site: Site, *, certificates: PlacedIn, ingress: PlacedIn, depends_on: Sequence[pulumi.Resource]) -> Edge:
    """Declare cert-manager with its issuers, then the ingress with its certificate."""
    authorities = tls.Certificates(
        "certificates",
        tls.CertificatesArgs(
            sources=site.sources,
            placed=certificates,
            ingress_issuer=_issuer(site.settings),
            size=site.settings.sizes.cert_manager,
            depends_on=depends_on,
        ),
        site.opts,
    )
    wanted = site.stack.ingress
    parts = Parts(
        place=ingress,
        certificate=_certificate(site.settings, authorities.ingress),
        authority=authorities.internal,
        load_balancer=LoadBalancer(
            cloud=site.stack.cloud.kind,
            internal=wanted.load_balancer.internal,
            source_ranges=wanted.load_balancer.source_ranges,
            annotations={entry.name: entry.value for entry in wanted.load_balancer.annotations},
        ),
        depends_on=depends_on,
    )
    made = istio.build(site, wanted, parts) if isinstance(wanted, Istio) else nginx.build(site, wanted, parts)
    return Edge(certificates=authorities, ingress=made)


def edge_flows(site: Site) -> list[Flow]:
    """Return the connections of the ingress and its certificate, but for those to the runtimes."""
    wanted = site.stack.ingress
    ranges = wanted.load_balancer.source_ranges
    clients = Addresses(cidrs=ranges) if ranges else ANYWHERE
    made = istio.flows(site, wanted, clients) if isinstance(wanted, Istio) else nginx.flows(site, wanted, clients)
    return [*made, *_certificate_flows(site)]


def _certificate_flows(site: Site) -> list[Flow]:
    wanted = site.stack.ingress.certificate
    if not isinstance(wanted, Acme):
        return []
    return acme_flows(site.map, _challenge(wanted.challenge), server_port=https_port(wanted.server))


def edge_monitors(site: Site) -> list[Monitor]:
    """Return what Prometheus scrapes of the ingress."""
    monitors = istio_monitors if isinstance(site.stack.ingress, Istio) else nginx_monitors
    return monitors(site.map.ingress)


def edge_alert_rules(site: Site) -> dict[str, dict[str, Any]]:
    """Return the rules by which Prometheus alerts about the ingress, by name."""
    wanted = site.stack.ingress
    on_istio = isinstance(wanted, Istio)
    rules = edge_alerts(
        namespace=site.map.ingress,
        deployment=GATEWAY_RELEASE if on_istio else NGINX_DEPLOYMENT,
        signing_keys=on_istio and wanted.oidc is not None,
    )
    return {"seldon-edge-alerts": rules}


def _issuer(settings: Settings) -> tls.IngressIssuer:
    wanted = settings.platform.ingress.certificate
    if isinstance(wanted, Acme):
        return acme.Acme(
            server=wanted.server,
            email=wanted.email,
            challenge=_challenge(wanted.challenge),
            authority=wanted.certificate_authority,
        )
    if isinstance(wanted, PrivateCa):
        key = settings.secret(wanted.private_key) if wanted.private_key else None
        return tls.PrivateAuthority(certificate=wanted.certificate, private_key=key)
    return tls.NoIssuer()


def _challenge(wanted: Challenge) -> acme.Challenge:
    if isinstance(wanted, Http01):
        return acme.Http01()
    zone = wanted.provider
    if isinstance(zone, CloudDns):
        return acme.CloudDns(project=zone.project, service_account=zone.service_account)
    return acme.Route53(region=zone.region, hosted_zone_id=zone.hosted_zone_id, role=zone.role)


def _certificate(settings: Settings, issuer: IssuerRef | None) -> IssuerRef | ProvidedCertificate:
    wanted = settings.platform.ingress.certificate
    if isinstance(wanted, Provided):
        key = settings.secret(wanted.private_key)
        return ProvidedCertificate(certificate=wanted.certificate, private_key=key)
    if issuer is None:
        raise AssertionError(f"no issuer was made for a certificate of kind {wanted.kind}")
    return issuer
