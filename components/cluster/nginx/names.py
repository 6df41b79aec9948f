"""Names and types of the Secrets that NGINX is given, all of them in its own namespace."""

from __future__ import annotations

SERVER_SECRET = "ingress-tls"  # noqa: S105 (a name)
"""What it presents to clients."""
UPSTREAM_AUTHORITY = "upstream-authority"
"""The platform's authority, which it verifies the runtimes against."""
AUTHORITY_TYPE = "nginx.org/ca"
"""Type of the Secrets that it takes authorities from, under `ca.crt`."""
