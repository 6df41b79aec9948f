"""Names that the program gives: the namespaces of the platform's own parts."""

from __future__ import annotations

CERTIFICATES = "cert-manager"
INGRESS = "istio-system"
MONITORING = "seldon-monitoring"
CORE = "seldon-system"

PLATFORM_NAMESPACES = (CERTIFICATES, INGRESS, MONITORING, CORE)
"""Made by the program, whatever the stack; the names are those that Seldon's documentation and charts expect."""
