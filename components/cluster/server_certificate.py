"""The certificate that an ingress presents to clients: issued by cert-manager, or the customer's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

from components.cluster.certificates import READY, CertificateRequest, certificate_spec
from components.contracts import IssuerRef

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class ProvidedCertificate:
    """The customer's own certificate for the ingress hosts."""

    certificate: str
    """PEM, leaf first, then its chain."""
    private_key: pulumi.Output[str]
    """PEM, secret."""


def server_certificate(
    name: str,
    wanted: IssuerRef | ProvidedCertificate,
    *,
    namespace: str,
    secret_name: str,
    hosts: Sequence[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource:
    """Put a certificate of these hosts into the Secret `secret_name` (type kubernetes.io/tls)."""
    if isinstance(wanted, IssuerRef):
        request = CertificateRequest(name=secret_name, dns_names=hosts)
        return apiextensions.CustomResource(
            name,
            api_version="cert-manager.io/v1",
            kind="Certificate",
            metadata=metav1.ObjectMetaArgs(name=secret_name, namespace=namespace, annotations=READY),
            spec=certificate_spec(request, wanted.name, ["server auth"]),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(wanted.ready))),
        )
    return corev1.Secret(
        name,
        metadata=metav1.ObjectMetaArgs(name=secret_name, namespace=namespace),
        type="kubernetes.io/tls",
        string_data={"tls.crt": wanted.certificate, "tls.key": pulumi.Output.secret(wanted.private_key)},
        opts=opts,
    )
