"""What a client verifies a server against, as a Secret in the client's own namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

from components.cluster.certificates import CertificateRequest, certificate
from components.contracts import GivenAuthority, PlatformAuthority, Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

AUTHORITY_KEY = "ca.crt"
"""Key of the certificate in the Secret; the one that cert-manager uses too."""


def authority_secret(
    name: str,
    trust: Trust,
    *,
    namespace: str,
    secret_name: str,
    dns_names: Sequence[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource | None:
    """Make a Secret that holds the authority's certificate under `ca.crt`; None when clients trust it anyway.

    The platform's own authority reaches a namespace beside a certificate of `dns_names` for the client, which
    cert-manager renews together with it; a given one is copied.
    """
    if isinstance(trust, GivenAuthority):
        return corev1.Secret(
            name,
            metadata=metav1.ObjectMetaArgs(name=secret_name, namespace=namespace),
            string_data={AUTHORITY_KEY: trust.certificate},
            opts=opts,
        )
    if isinstance(trust, PlatformAuthority):
        request = CertificateRequest(name=secret_name, dns_names=dns_names)
        return certificate(name, request, namespace=namespace, issuer=trust.issuer, opts=opts)
    return None
