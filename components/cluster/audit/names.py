"""Names, ports and paths of the aggregator."""

from __future__ import annotations

NAME = "audit-fluentd-aggregator"
"""Of the StatefulSet, its Service and what belongs to them; the name that Seldon's documentation uses."""
HEADLESS = f"{NAME}-pods"
LABELS = {"app.kubernetes.io/name": NAME}

SECURE, PLAIN, METRICS = 24224, 24225, 24231
"""TLS with a shared key; the same protocol without either, for one client; what Prometheus scrapes."""
PORT_NAMES = {"forward-tls": SECURE, "forward": PLAIN, "metrics": METRICS}

CERTIFICATE = f"{NAME}-tls"
SHARED_KEY = "audit-forward"
"""Secret of the key that clients of the secure listener know."""
SHARED_KEY_KEY = "shared_key"
BUCKET_KEYS = "audit-bucket-keys"
BUCKET_AUTHORITY = "audit-bucket-authority"

CONFIGURATION = "/fluentd/etc"
"""Where the image looks for `fluent.conf`; ours takes the place of the directory, so no other file is read."""
TLS = "/etc/audit/tls"
AUTHORITY = "/etc/audit/authority"
BUFFERS = "/buffers"
SHARED_KEY_VARIABLE = "FORWARD_SHARED_KEY"


def host(namespace: str) -> str:
    """Return the name of the Service, as clients and the certificate have it."""
    return f"{NAME}.{namespace}.svc.cluster.local"


def dns_names(namespace: str) -> list[str]:
    """Return the names of the certificate."""
    service = f"{NAME}.{namespace}"
    return [host(namespace), f"{service}.svc", service]
