"""F5 NGINX Ingress Controller: one load balancer, TLS for the hosts of the runtimes, no answer for any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

from components.charts import Release
from components.cluster.certificates import CertificateRequest, certificate
from components.cluster.nginx.callers import AuthEndpoint, endpoint_objects, policy_spec
from components.cluster.nginx.names import AUTHORITY_TYPE, SERVER_SECRET, UPSTREAM_AUTHORITY
from components.cluster.nginx.rights import cluster_rights, rights_in
from components.cluster.nginx.routes import (
    API_VERSION,
    CALLERS_POLICY,
    route_spec,
    verified,
    verified_spec,
)
from components.cluster.nginx.values import RELEASE, MinimumTls, nginx_values
from components.cluster.server_certificate import ProvidedCertificate, server_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.cluster.balancer import LoadBalancer
    from components.contracts import IssuerRef, PlacedIn
    from components.sources import Sources
    from components.workload import Workload

WAITED_FOR = {"Policy": "jsonpath={.status.state}=Valid", "VirtualServer": "jsonpath={.status.state}"}
"""NGINX answers with an error for a policy that it does not accept, so `up` fails instead. A route is also called
`Warning` when it is first seen without a ready pod behind it, and stays so; that must not fail `up` for good."""


@dataclass(frozen=True, kw_only=True)
class NginxArgs:
    """What NGINX is made with."""

    sources: Sources
    placed: PlacedIn
    watched: Sequence[PlacedIn]
    """Namespaces with Services that it asks or leads to: those of the runtimes, and of an endpoint in the cluster."""
    hosts: Sequence[str]
    """Hosts of the certificate."""
    callers: AuthEndpoint | None
    """Who says whether a request may pass; None lets everyone through who reaches it."""
    certificate: IssuerRef | ProvidedCertificate
    authority: IssuerRef
    size: Workload
    load_balancer: LoadBalancer
    minimum_tls: MinimumTls = "1.2"
    depends_on: Sequence[pulumi.Resource] = ()


class NginxIngress(pulumi.ComponentResource):
    """The controller, what it verifies its upstreams and its callers with, and a route for each runtime that asks."""

    def __init__(self, name: str, args: NginxArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:NginxIngress", name, {}, opts)
        self._name = name
        self._args = args
        before: list[pulumi.Resource] = [*args.placed.ready, *args.depends_on]
        before += [resource for place in args.watched for resource in place.ready]
        self._opts = pulumi.ResourceOptions(parent=self, depends_on=before)
        watched = [place.namespace for place in args.watched]
        rights = [
            cluster_rights(name, self._opts),
            *(
                made
                for namespace in (args.placed.namespace, *watched)
                for made in rights_in(name, namespace, controller_namespace=args.placed.namespace, opts=self._opts)
            ),
        ]
        chart = args.sources.install(
            f"{name}-controller",
            Release(
                chart="nginx-ingress",
                name=RELEASE,
                namespace=args.placed.namespace,
                values=nginx_values(
                    size=args.size,
                    sources=args.sources,
                    load_balancer=args.load_balancer,
                    minimum_tls=args.minimum_tls,
                    namespace=args.placed.namespace,
                    watched=watched,
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*before, *rights]),
        )
        served = server_certificate(
            f"{name}-certificate",
            args.certificate,
            namespace=args.placed.namespace,
            secret_name=SERVER_SECRET,
            hosts=args.hosts,
            opts=self._opts,
        )
        self._ready: list[pulumi.Resource] = [chart, served, *self._upstream_authority(), *self._callers(chart)]
        self.register_outputs({})

    def route(self, name: str, namespace: str, host: str, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
        """Lead a host to the models of one runtime. What a tenant may change in its namespace changes no route."""
        after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=self._ready))
        policy = self._custom(f"{name}-tls", "Policy", verified(namespace), verified_spec(namespace), after)
        spec = route_spec(namespace, host, authenticated=self._args.callers is not None)
        last = pulumi.ResourceOptions.merge(after, pulumi.ResourceOptions(depends_on=[policy]))
        return [policy, self._custom(f"{name}-route", "VirtualServer", f"inference-{namespace}", spec, last)]

    def _upstream_authority(self) -> list[pulumi.Resource]:
        """Get the platform's authority in a Secret of the type that NGINX asks for.

        cert-manager keeps the type of a Secret that is there before it (pkg/controller/certificates/issuing/internal/
        secret.go at tag v1.21.1), and fills it.
        """
        args = self._args
        holder = corev1.Secret(
            f"{self._name}-{UPSTREAM_AUTHORITY}-holder",
            metadata=metav1.ObjectMetaArgs(name=UPSTREAM_AUTHORITY, namespace=args.placed.namespace),
            type=AUTHORITY_TYPE,
            opts=self._opts,
        )
        filled = certificate(
            f"{self._name}-{UPSTREAM_AUTHORITY}",
            CertificateRequest(name=UPSTREAM_AUTHORITY, dns_names=[f"{RELEASE}.{args.placed.namespace}"]),
            namespace=args.placed.namespace,
            issuer=args.authority,
            opts=pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=[holder])),
        )
        return [holder, filled]

    def _callers(self, chart: pulumi.Resource) -> list[pulumi.Resource]:
        endpoint = self._args.callers
        if endpoint is None:
            return []
        args = self._args
        objects = endpoint_objects(
            self._name, endpoint, namespace=args.placed.namespace, issuer=args.authority, opts=self._opts
        )
        after = pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=[chart, *objects]))
        policy = self._custom(f"{self._name}-policy", "Policy", CALLERS_POLICY, policy_spec(endpoint), after)
        return [*objects, policy]

    def _custom(
        self, name: str, kind: str, object_name: str, spec: dict[str, Any], opts: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        return apiextensions.CustomResource(
            name,
            api_version=API_VERSION,
            kind=kind,
            metadata=metav1.ObjectMetaArgs(
                name=object_name,
                namespace=self._args.placed.namespace,
                annotations={"pulumi.com/waitFor": WAITED_FOR[kind]},
            ),
            spec=spec,
            opts=opts,
        )
