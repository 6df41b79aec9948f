"""An authority that only the parts of SeaweedFS share, so that no other certificate of the platform lets anything in.

SeaweedFS verifies who signed a certificate, not whose it is (weed/security/tls.go), so who may sign is what counts. The
key stays in the store's namespace, and no pod has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

from components.cluster.certificates import READY, CertificateRequest, authority_spec, certificate_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

AUTHORITY = "seaweedfs-authority"
SELF_SIGNED = "seaweedfs-self-signed"


def inside(spec: dict[str, Any]) -> dict[str, Any]:
    """Let an Issuer of the namespace sign instead of one of the cluster."""
    return {**spec, "issuerRef": {**spec["issuerRef"], "kind": "Issuer"}}


def part_certificates(
    name: str, requests: Sequence[CertificateRequest], *, namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Make the authority and a certificate of it, for both ends of a connection, per request."""

    def custom(kind: str, object_name: str, spec: dict[str, Any], *after: pulumi.Resource) -> pulumi.Resource:
        return apiextensions.CustomResource(
            f"{name}-{object_name}-{kind.lower()}",
            api_version="cert-manager.io/v1",
            kind=kind,
            metadata=metav1.ObjectMetaArgs(name=object_name, namespace=namespace, annotations=READY),
            spec=spec,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(after))),
        )

    self_signed = custom("Issuer", SELF_SIGNED, {"selfSigned": {}})
    key_pair = custom("Certificate", AUTHORITY, inside(authority_spec(AUTHORITY, SELF_SIGNED)), self_signed)
    issuer = custom("Issuer", AUTHORITY, {"ca": {"secretName": AUTHORITY}}, key_pair)
    usages = ("server auth", "client auth")
    return [
        custom("Certificate", request.name, inside(certificate_spec(request, AUTHORITY, usages)), issuer)
        for request in requests
    ]
