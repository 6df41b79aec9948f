"""Certificates from an ACME authority, and how it is shown that the hosts are ours.

Over HTTP (HTTP-01) a pod of cert-manager answers on port 80 of the gateway. cert-manager would have an ingress
controller lead there; the gateway has a fixed route instead, so that no Ingress object ever makes a way through it.
With one challenge at a time, one Service finds the one pod. Over DNS (DNS-01) nothing has to be reachable from outside.

Facts: cert-manager at tag v1.21.1 (pkg/apis/acme/v1/types_issuer.go, pkg/issuer/acme/http, deploy/charts/cert-manager).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

SOLVER_LABELS = {"acme.cert-manager.io/http01-solver": "true"}
SOLVER_PORT = 8089
CHALLENGES = "acme-challenges"
"""Name of the Service, of the Gateway and of the route that lead to the pod of a challenge."""
CHALLENGE_PATH = "/.well-known/acme-challenge/"
NO_INGRESS_CLASS = "acme-challenges-have-a-route"
"""cert-manager makes an Ingress for each challenge all the same; no controller has this class."""


@dataclass(frozen=True, kw_only=True)
class Http01:
    """The ACME authority fetches a file from port 80 of every host, so it must reach the load balancer."""


@dataclass(frozen=True, kw_only=True)
class Route53:
    """A record in a zone of AWS, written with the identity of cert-manager's service account."""

    region: str
    hosted_zone_id: str
    role: str | None = None
    """ARN of the role of that identity (IRSA); None where the cluster gives it otherwise."""


@dataclass(frozen=True, kw_only=True)
class CloudDns:
    """A record in a zone of Google Cloud, written with the identity of cert-manager's service account."""

    project: str
    service_account: str | None = None
    """Email of the Google service account that it stands for; None where the cluster gives it otherwise."""


Challenge: TypeAlias = Http01 | Route53 | CloudDns


@dataclass(frozen=True, kw_only=True)
class Acme:
    """An ACME authority and the way of its challenges."""

    server: str
    """Directory URL."""
    email: str
    challenge: Challenge
    authority: str | None = None
    """PEM of the authority of the server's own certificate, when it is no public one."""


def acme_spec(acme: Acme, pull_secret: str | None) -> dict[str, Any]:
    """A ClusterIssuer with one solver, for every host."""
    trusted = {"caBundle": base64.b64encode(acme.authority.encode()).decode()} if acme.authority else {}
    return {
        "acme": {
            "server": acme.server,
            "email": acme.email,
            "privateKeySecretRef": {"name": "ingress-acme-account"},
            "solvers": [_solver(acme.challenge, pull_secret)],
            **trusted,
        }
    }


def _solver(challenge: Challenge, pull_secret: str | None) -> dict[str, Any]:
    if isinstance(challenge, Route53):
        return {"dns01": {"route53": {"region": challenge.region, "hostedZoneID": challenge.hosted_zone_id}}}
    if isinstance(challenge, CloudDns):
        return {"dns01": {"cloudDNS": {"project": challenge.project}}}
    # Its pods are restricted as cert-manager makes them; the default type of its Services is NodePort.
    pull = {"podTemplate": {"spec": {"imagePullSecrets": [{"name": pull_secret}]}}} if pull_secret else {}
    return {"http01": {"ingress": {"ingressClassName": NO_INGRESS_CLASS, "serviceType": "ClusterIP", **pull}}}


def controller_values(acme: Acme) -> dict[str, Any]:
    """What the cert-manager chart is told for the challenges of this authority.

    A record is looked for through the cluster's own resolver: policies let no pod ask other name servers.
    """
    if isinstance(acme.challenge, Http01):
        return {"maxConcurrentChallenges": 1}
    values: dict[str, Any] = {"dns01RecursiveNameserversOnly": True}
    annotations = _identity(acme.challenge)
    return {**values, **({"serviceAccount": {"annotations": annotations}} if annotations else {})}


def _identity(challenge: Route53 | CloudDns) -> dict[str, str]:
    if isinstance(challenge, Route53):
        return {"eks.amazonaws.com/role-arn": challenge.role} if challenge.role else {}
    account = challenge.service_account
    return {"iam.gke.io/gcp-service-account": account} if account else {}


def challenge_gateway_spec(hosts: Sequence[str], gateway_labels: Mapping[str, str]) -> dict[str, Any]:
    """Port 80 for the hosts, apart from the Gateway of port 443, so that no other route is served in the clear."""
    return {
        "selector": dict(gateway_labels),
        "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": list(hosts)}],
    }


def challenge_route_spec(hosts: Sequence[str], namespace: str) -> dict[str, Any]:
    """Lead challenges to the pod that answers them, and everything else to port 443."""
    service = f"{CHALLENGES}.{namespace}.svc.cluster.local"
    return {
        "hosts": list(hosts),
        "gateways": [f"{namespace}/{CHALLENGES}"],
        "http": [
            {
                "name": "challenges",
                "match": [{"uri": {"prefix": CHALLENGE_PATH}}],
                "route": [{"destination": {"host": service, "port": {"number": SOLVER_PORT}}}],
            },
            {"name": "to-tls", "redirect": {"scheme": "https", "redirectCode": 301}},
        ],
    }


def challenge_way(
    name: str, *, hosts: Sequence[str], namespace: str, gateway_labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Make the way from port 80 of the gateway to the pod of a challenge, which runs in the gateway's namespace."""

    def custom(role: str, kind: str, spec: dict[str, Any]) -> pulumi.Resource:
        return apiextensions.CustomResource(
            f"{name}-challenge-{role}",
            api_version="networking.istio.io/v1",
            kind=kind,
            metadata=metav1.ObjectMetaArgs(name=CHALLENGES, namespace=namespace),
            spec=spec,
            opts=opts,
        )

    service = corev1.Service(
        f"{name}-challenge-service",
        # Between two challenges no pod is behind it, for which Pulumi would wait.
        metadata=metav1.ObjectMetaArgs(
            name=CHALLENGES, namespace=namespace, annotations={"pulumi.com/skipAwait": "true"}
        ),
        spec=corev1.ServiceSpecArgs(
            type="ClusterIP",
            selector=SOLVER_LABELS,
            ports=[corev1.ServicePortArgs(name="http", port=SOLVER_PORT, target_port=SOLVER_PORT)],
        ),
        opts=opts,
    )
    return [
        service,
        custom("gateway", "Gateway", challenge_gateway_spec(hosts, gateway_labels)),
        custom("route", "VirtualService", challenge_route_spec(hosts, namespace)),
    ]
