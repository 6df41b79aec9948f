"""Istio and the one gateway: TLS 1.2 or newer for the hosts that are served, for callers who may pass, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pulumi
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

from components.charts import Release
from components.cluster import access_log
from components.cluster.access import SECURITY, Access, Callers, TokenIssuer, guards
from components.cluster.acme import challenge_way
from components.cluster.balancer import LoadBalancer, service_values
from components.cluster.certificates import CertificateRequest, certificate
from components.cluster.network import NODE_CREDENTIALS
from components.cluster.server_certificate import ProvidedCertificate, server_certificate
from components.contracts import GatewayRef, IssuerRef, PlacedIn
from components.workload import Workload, disruption_budget, zone_spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.sources import Sources

GATEWAY_RELEASE = "istio-ingressgateway"
"""The gateway chart derives its pods' labels from the release name; Seldon's own manifests select these."""
GATEWAY_LABELS = {"app": "istio-ingressgateway", "istio": "ingressgateway"}
GATEWAY_NAME = "seldon-gateway"
SERVER_SECRET = "ingress-tls"  # noqa: S105 (a name)
AUTHORITY_SECRET = "gateway-client"  # noqa: S105 (a name)
"""Holds the platform authority that the gateway verifies its upstreams against."""
NO_SIGNING_KEYS = (*NODE_CREDENTIALS, "127.0.0.0/8", "::1/128")
"""Where istiod fetches no signing keys from, whatever a RequestAuthentication says: there, and from itself."""

MinimumTls: TypeAlias = Literal["1.2", "1.3"]


@dataclass(frozen=True, kw_only=True)
class IngressArgs:
    """What the ingress is made with."""

    sources: Sources
    placed: PlacedIn
    host: str
    extra_hosts: Sequence[str]
    """Further hosts that the gateway serves: one for each runtime."""
    callers: Callers
    """Who may call models."""
    audiences: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])
    """By runtime host: which of the callers' audiences may call it; all where a host is not named."""
    open_paths: Sequence[str] = ()
    """As `Access` has it."""
    own_tokens: TokenIssuer | None = None
    """As `Access` has it."""
    certificate: IssuerRef | ProvidedCertificate
    authority: IssuerRef
    gateway_size: Workload
    control_size: Workload
    """Of istiod."""
    minimum_tls: MinimumTls = "1.2"
    """Oldest version that is spoken with clients."""
    signing_authority: str | None = None
    """PEM of the authority of the token issuers' HTTPS certificates, on top of the public ones."""
    load_balancer: LoadBalancer = field(default_factory=LoadBalancer)
    challenges: bool = False
    """Whether an ACME authority fetches its challenges from port 80, which otherwise does nothing but redirect."""
    depends_on: Sequence[pulumi.Resource] = ()


def _image_values(registry: str | None, pull_secret: str | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if registry:
        values["hub"] = f"{registry}/release"  # the path of registry.istio.io, as for every other image
    if pull_secret:
        values["imagePullSecrets"] = [pull_secret]
    return values


def istiod_values(
    *, size: Workload, registry: str | None, pull_secret: str | None, signing_authority: str | None = None
) -> dict[str, Any]:
    """Values of the istiod chart.

    A path is normalised before any policy sees it, and the mesh reaches only what it knows. No Ingress makes a way
    through the gateway. istiod fetches the keys that verify tokens; when it cannot, it hands out a key that no token is
    signed with.
    """
    return {
        "autoscaleEnabled": False,
        "replicaCount": size.replicas,
        "resources": size.resources,
        "seccompProfile": {"type": "RuntimeDefault"},
        "env": {"BLOCKED_CIDRS_IN_JWKS_URIS": ",".join(NO_SIGNING_KEYS)},
        **({"jwksResolverExtraRootCA": signing_authority} if signing_authority else {}),
        "global": {
            **_image_values(registry, pull_secret),
            "proxy": {"seccompProfile": {"type": "RuntimeDefault"}},
            "defaultPodDisruptionBudget": {"enabled": size.replicas > 1},
        },
        "meshConfig": {
            **access_log.mesh_values(),
            "defaultConfig": {"proxyHeaders": {"envoyDebugHeaders": {"disabled": True}, "server": {"disabled": True}}},
            "enableTracing": False,
            "ingressControllerMode": "OFF",
            "meshMTLS": {"minProtocolVersion": "TLSV1_2"},
            "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
            "pathNormalization": {"normalization": "DECODE_AND_MERGE_SLASHES"},
        },
    }


def gateway_values(*, size: Workload, pull_secret: str | None, load_balancer: LoadBalancer) -> dict[str, Any]:
    """Values of the gateway chart."""
    return {
        "autoscaling": {"enabled": False},
        "replicaCount": size.replicas,
        "resources": size.resources,
        "imagePullSecrets": [{"name": pull_secret}] if pull_secret else [],
        "service": service_values(load_balancer),
        "topologySpreadConstraints": zone_spread(GATEWAY_LABELS),
    }


def gateway_spec(hosts: Sequence[str], minimum_tls: MinimumTls = "1.2", *, redirect: bool = True) -> dict[str, Any]:
    """The Gateway: named hosts only, a floor for TLS, and port 80 that does nothing but redirect, or is left out."""
    https = {
        "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
        "hosts": list(hosts),
        "tls": {
            "mode": "SIMPLE",
            "credentialName": SERVER_SECRET,
            "minProtocolVersion": f"TLSV{minimum_tls.replace('.', '_')}",
        },
    }
    http = {
        "port": {"number": 80, "name": "http", "protocol": "HTTP"},
        "hosts": list(hosts),
        "tls": {"httpsRedirect": True},
    }
    return {"selector": GATEWAY_LABELS, "servers": [https, http] if redirect else [https]}


class Ingress(pulumi.ComponentResource):
    """Istio's control plane, the gateway and its certificate."""

    gateway: GatewayRef

    def __init__(self, name: str, args: IngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:Ingress", name, {}, opts)
        self._name = name
        self._args = args
        before: list[pulumi.Resource] = [*args.placed.ready, *args.depends_on]
        base = self._chart("base", "base", "istio-base", {}, before)
        istiod = self._chart(
            "istiod",
            "istiod",
            "istiod",
            istiod_values(
                size=args.control_size,
                registry=args.sources.registry,
                pull_secret=args.sources.pull_secret,
                signing_authority=args.signing_authority,
            ),
            [base],
        )
        policies = [self._strict_mtls([base]), *self._guards([base])]
        proxies = self._chart(
            "gateway",
            "gateway",
            GATEWAY_RELEASE,
            gateway_values(
                size=args.gateway_size, pull_secret=args.sources.pull_secret, load_balancer=args.load_balancer
            ),
            [istiod, *policies],
        )
        hosts = [args.host, *args.extra_hosts]
        served = server_certificate(
            f"{name}-certificate",
            args.certificate,
            namespace=args.placed.namespace,
            secret_name=SERVER_SECRET,
            hosts=hosts,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        trusted = certificate(
            f"{name}-{AUTHORITY_SECRET}",
            CertificateRequest(name=AUTHORITY_SECRET, dns_names=[f"{GATEWAY_RELEASE}.{args.placed.namespace}"]),
            namespace=args.placed.namespace,
            issuer=args.authority,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        spec = gateway_spec(hosts, args.minimum_tls, redirect=not args.challenges)
        gateway = self._custom(
            "gateway-hosts", "networking.istio.io/v1", "Gateway", GATEWAY_NAME, spec, [base, *policies]
        )
        made: list[pulumi.Resource] = [proxies, gateway, served, trusted]
        if args.challenges:
            made += challenge_way(
                name,
                hosts=hosts,
                namespace=args.placed.namespace,
                gateway_labels=GATEWAY_LABELS,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[base, *policies]),
            )
        if args.gateway_size.replicas > 1:
            made.append(
                disruption_budget(
                    f"{name}-gateway-budget",
                    object_name=GATEWAY_RELEASE,
                    namespace=args.placed.namespace,
                    labels=GATEWAY_LABELS,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=before),
                )
            )
        self.gateway = GatewayRef(
            gateway=f"{args.placed.namespace}/{GATEWAY_NAME}",
            namespace=args.placed.namespace,
            pod_labels=dict(GATEWAY_LABELS),
            host=args.host,
            ready=made,
        )
        self.register_outputs({"gateway": self.gateway.gateway, "host": args.host})

    def _chart(
        self, role: str, chart: str, release: str, values: dict[str, Any], depends_on: Sequence[pulumi.Resource]
    ) -> pulumi.Resource:
        args = self._args
        return args.sources.install(
            f"{self._name}-{role}",
            Release(chart=chart, name=release, namespace=args.placed.namespace, values=values),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )

    def _custom(
        self,
        role: str,
        api_version: str,
        kind: str,
        object_name: str,
        spec: dict[str, Any],
        depends_on: Sequence[pulumi.Resource],
    ) -> pulumi.Resource:
        return apiextensions.CustomResource(
            f"{self._name}-{role}",
            api_version=api_version,
            kind=kind,
            metadata=metav1.ObjectMetaArgs(
                name=object_name,
                namespace=self._args.placed.namespace,
            ),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )

    def _strict_mtls(self, depends_on: Sequence[pulumi.Resource]) -> pulumi.Resource:
        spec = {"mtls": {"mode": "STRICT"}}
        return self._custom("strict-mtls", SECURITY, "PeerAuthentication", "default", spec, depends_on)

    def _guards(self, depends_on: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        args = self._args
        access = Access(
            host=args.host,
            runtime_hosts=args.extra_hosts,
            callers=args.callers,
            audiences=args.audiences,
            open_paths=args.open_paths,
            own_tokens=args.own_tokens,
            challenges=args.challenges,
        )
        return [
            self._custom(guard.name, SECURITY, guard.kind, guard.name, guard.spec, depends_on)
            for guard in guards(access, GATEWAY_LABELS)
        ]
