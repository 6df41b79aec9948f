"""cert-manager, the platform's own authority, and the issuer of the ingress certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

from components.charts import Release
from components.cluster.acme import Acme, acme_spec, controller_values
from components.contracts import IssuerRef, PlacedIn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.sources import Sources
    from components.workload import Workload

READY = {"pulumi.com/waitFor": "condition=Ready"}
AUTHORITY = "platform-authority"
"""ClusterIssuer of everything inside the platform; its key never leaves the namespace of cert-manager."""


@dataclass(frozen=True, kw_only=True)
class CertificateRequest:
    """A certificate and the Secret of the same name that it is kept in."""

    name: str
    dns_names: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class PrivateAuthority:
    """The customer's own authority, or (without a key pair) one that is made in the cluster."""

    certificate: str | None = None
    """PEM, the authority's certificate with its chain."""
    private_key: pulumi.Output[str] | None = None
    """PEM, secret."""


@dataclass(frozen=True, kw_only=True)
class NoIssuer:
    """The customer brings the ingress certificate itself."""


IngressIssuer: TypeAlias = Acme | PrivateAuthority | NoIssuer


@dataclass(frozen=True, kw_only=True)
class CertificatesArgs:
    """What cert-manager and its issuers are made with."""

    sources: Sources
    placed: PlacedIn
    ingress_issuer: IngressIssuer
    size: Workload
    """Of each of its three deployments."""
    depends_on: Sequence[pulumi.Resource] = ()


def cert_manager_values(
    *, registry: str | None, size: Workload, pull_secret: str | None, issuer: IngressIssuer
) -> dict[str, Any]:
    """Values of the cert-manager chart.

    The start-up check is a Helm hook, which `helm.v4.Chart` skips, so it is switched off rather than silently absent.
    """
    shared: dict[str, Any] = {
        "replicaCount": size.replicas,
        "resources": size.resources,
        "podDisruptionBudget": {"enabled": size.replicas > 1, "maxUnavailable": 1},
    }

    return {
        "crds": {"enabled": True, "keep": False},
        "global": {
            "imagePullSecrets": [{"name": pull_secret}] if pull_secret else [],
            "leaderElection": {"namespace": "cert-manager"},
        },
        **shared,
        **({"imageRegistry": registry} if registry else {}),
        "webhook": shared,
        "cainjector": shared,
        "startupapicheck": {"enabled": False},
        "prometheus": {"enabled": True},
        "enableServiceLinks": False,
        **(controller_values(issuer) if isinstance(issuer, Acme) else {}),
    }


def certificate_spec(request: CertificateRequest, issuer: str, usages: Sequence[str]) -> dict[str, Any]:
    """A leaf of 90 days, renewed 15 days before its end, with a new key each time."""
    return {
        "secretName": request.name,
        "duration": "2160h",
        "renewBefore": "360h",
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "usages": list(usages),
        "dnsNames": list(request.dns_names),
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": issuer},
    }


def authority_spec(name: str, issuer: str) -> dict[str, Any]:
    """An authority of ten years; its key stays the same on renewal, so what trusts it keeps trusting it."""
    return {
        "isCA": True,
        "commonName": name,
        "secretName": name,
        "duration": "87600h",
        "renewBefore": "8760h",
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never"},
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": issuer},
    }


def certificate(
    name: str,
    request: CertificateRequest,
    *,
    namespace: str,
    issuer: IssuerRef,
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource:
    """Ask for a certificate that both ends of a connection inside the platform can present."""
    return _custom(
        name,
        "Certificate",
        certificate_spec(request, issuer.name, ("server auth", "client auth")),
        metav1.ObjectMetaArgs(name=request.name, namespace=namespace, annotations=READY),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(issuer.ready))),
    )


def _custom(
    name: str, kind: str, spec: dict[str, Any], metadata: metav1.ObjectMetaArgs, opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    return apiextensions.CustomResource(
        name, api_version="cert-manager.io/v1", kind=kind, metadata=metadata, spec=spec, opts=opts
    )


class Certificates(pulumi.ComponentResource):
    """cert-manager with two issuers: the platform's own, and the one that the stack chose for the ingress."""

    internal: IssuerRef
    """Issues what only the platform's own parts trust."""
    ingress: IssuerRef | None
    """Issues the ingress certificate; None when the customer brings it."""

    def __init__(self, name: str, args: CertificatesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:Certificates", name, {}, opts)
        self._name = name
        self._args = args
        namespace = args.placed.namespace
        self._chart = args.sources.install(
            f"{name}-cert-manager",
            Release(
                chart="cert-manager",
                name="cert-manager",
                namespace=namespace,
                values=cert_manager_values(
                    registry=args.sources.registry,
                    size=args.size,
                    pull_secret=args.sources.pull_secret,
                    issuer=args.ingress_issuer,
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.placed.ready, *args.depends_on]),
        )
        self_signed = self._issuer("self-signed", {"selfSigned": {}}, depends_on=[self._chart])
        self.internal = self._authority(AUTHORITY, self_signed)
        self.ingress = self._ingress_issuer(args.ingress_issuer, self_signed)
        self.register_outputs({"internal": self.internal.name, "ingress": self.ingress.name if self.ingress else None})

    def _ingress_issuer(self, wanted: IngressIssuer, self_signed: pulumi.Resource) -> IssuerRef | None:
        if isinstance(wanted, NoIssuer):
            return None
        if isinstance(wanted, Acme):
            spec = acme_spec(wanted, self._args.sources.pull_secret)
            issuer = self._issuer("ingress-acme", spec, depends_on=[self._chart])
            return IssuerRef(name="ingress-acme", ready=[issuer])
        if wanted.private_key is None:
            return self._authority("ingress-authority", self_signed)
        pair = corev1.Secret(
            f"{self._name}-ingress-authority",
            metadata=metav1.ObjectMetaArgs(name="ingress-authority", namespace=self._args.placed.namespace),
            type="kubernetes.io/tls",
            string_data={"tls.crt": wanted.certificate or "", "tls.key": pulumi.Output.secret(wanted.private_key)},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.placed.ready)),
        )
        return self._ca_issuer("ingress-authority", pair)

    def _issuer(self, role: str, spec: dict[str, Any], *, depends_on: Sequence[pulumi.Resource]) -> pulumi.Resource:
        return _custom(
            f"{self._name}-{role}",
            "ClusterIssuer",
            spec,
            metav1.ObjectMetaArgs(name=role, annotations=READY),
            pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )

    def _ca_issuer(self, authority: str, key_pair: pulumi.Resource) -> IssuerRef:
        spec = {"ca": {"secretName": authority}}
        return IssuerRef(name=authority, ready=[self._issuer(authority, spec, depends_on=[self._chart, key_pair])])

    def _authority(self, authority: str, self_signed: pulumi.Resource) -> IssuerRef:
        key_pair = _custom(
            f"{self._name}-{authority}-key",
            "Certificate",
            authority_spec(authority, "self-signed"),
            metav1.ObjectMetaArgs(name=authority, namespace=self._args.placed.namespace, annotations=READY),
            # Losing the key breaks trust in every certificate that it signed.
            pulumi.ResourceOptions(parent=self, depends_on=[self_signed], protect=True),
        )
        return self._ca_issuer(authority, key_pair)
