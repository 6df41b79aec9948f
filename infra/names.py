"""Names that the program gives: the namespaces of the platform's own parts."""

from __future__ import annotations

CERTIFICATES = "cert-manager"
ISTIO = "istio-system"
NGINX = "nginx-ingress"
CALLERS = "seldon-callers"
MONITORING = "seldon-monitoring"
CORE = "seldon-system"
POSTGRES_OPERATOR = "cnpg-system"
POSTGRES = "seldon-postgres"
SEARCH_OPERATOR = "elastic-system"
LOGS = "seldon-logs"
OBJECT_STORE = "seldon-storage"
KAFKA_OPERATOR = "strimzi-system"
KAFKA = "seldon-kafka"
AUDIT = "seldon-audit"
NODE_LOGS = "seldon-node-logs"
WORKFLOWS = "argo"

INGRESS_NAMESPACES = (ISTIO, NGINX)
"""One of them is made; no runtime may be called like either, nor like the one of what checks callers."""

STORE_NAMESPACES = (POSTGRES_OPERATOR, POSTGRES, SEARCH_OPERATOR, LOGS, OBJECT_STORE, KAFKA_OPERATOR, KAFKA)
"""Made only for the stores that a stack has; no runtime may be called like one."""


ENTERPRISE_NAMESPACES = (AUDIT, NODE_LOGS, WORKFLOWS)
"""Made for the Enterprise Platform and the logs of applications; no runtime may be called like one."""


def platform_namespaces(ingress: str) -> tuple[str, ...]:
    """Return those that are made whatever the stores; the names are what Seldon's documentation and charts expect."""
    return (CERTIFICATES, ingress, MONITORING, CORE)
