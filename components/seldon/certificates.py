"""Certificates between the parts of Core 2, under the names that its charts expect; its own chart is not published."""

from __future__ import annotations

from components.cluster.certificates import CertificateRequest


def _qualified(service: str, namespace: str) -> list[str]:
    return [service, f"{service}.{namespace}", f"{service}.{namespace}.svc", f"{service}.{namespace}.svc.cluster.local"]


def _inside(namespace: str) -> list[str]:
    wildcards = [f"*.{namespace}", f"*.{namespace}.svc", f"*.{namespace}.svc.cluster.local"]
    return [namespace, *wildcards, "localhost"]


def control_plane_certificates(namespace: str) -> list[CertificateRequest]:
    """Scheduler and clients; a pair in each namespace from one authority, because Secrets do not cross namespaces."""
    names = [*_qualified("seldon-scheduler", namespace), "localhost"]
    return [
        CertificateRequest(name="seldon-controlplane-server", dns_names=names),
        CertificateRequest(name="seldon-controlplane-client", dns_names=names),
    ]


def data_plane_certificates(namespace: str) -> list[CertificateRequest]:
    """Envoy towards the servers (both ends) and Envoy towards the gateway."""
    return [
        CertificateRequest(name="seldon-upstream-server", dns_names=_inside(namespace)),
        CertificateRequest(name="seldon-upstream-client", dns_names=_inside(namespace)),
        CertificateRequest(
            name="seldon-downstream-server", dns_names=[*_qualified("seldon-mesh", namespace), "localhost"]
        ),
    ]
