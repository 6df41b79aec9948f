"""Names that the program gives: the namespaces of the platform's own parts."""

from __future__ import annotations

CERTIFICATES = "cert-manager"
INGRESS = "istio-system"
MONITORING = "seldon-monitoring"
CORE = "seldon-system"
POSTGRES_OPERATOR = "cnpg-system"
POSTGRES = "seldon-postgres"
SEARCH_OPERATOR = "elastic-system"
LOGS = "seldon-logs"
OBJECT_STORE = "seldon-storage"
KAFKA_OPERATOR = "strimzi-system"
KAFKA = "seldon-kafka"

PLATFORM_NAMESPACES = (CERTIFICATES, INGRESS, MONITORING, CORE)
"""Made by the program, whatever the stack; the names are those that Seldon's documentation and charts expect."""

STORE_NAMESPACES = (POSTGRES_OPERATOR, POSTGRES, SEARCH_OPERATOR, LOGS, OBJECT_STORE, KAFKA_OPERATOR, KAFKA)
"""Made only for the stores that a stack has; no runtime may be called like one."""
