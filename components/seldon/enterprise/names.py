"""Names that the chart seldon-deploy 2.4.0 gives or reads, and those that the platform adds to them."""

from __future__ import annotations

RELEASE = "seldon-deploy"
"""Its Deployment, Service and ServiceAccount are called so, and URLs that Seldon ships have it in them."""
LOGGER = "seldon-request-logger"
"""Deployment of the request logger, whatever the release."""
CLUSTER_ROLE = "seldon-deploy-role"

HTTP, METRICS = 8000, 8001
"""Ports of the server's pods; a third, 8080, takes webhooks of Git, which are off."""
SERVICE_PORT = 80

PREFIX = "/seldon-deploy/"
OPEN_PATHS = (f"{PREFIX}*",)
"""What it serves: pages, API and the callback of its login; it asks for that login itself."""
API = f"{PREFIX}api/v1alpha1"

LICENSE = "seldon-deploy-license"
"""ConfigMap with the key `license` (Seldon's Makefile of its demo stack; no value of the chart names it)."""
POLICIES = "seldon-deploy-policies"
"""ConfigMap whose key `data` is what OPA decides by."""
POLICIES_KEY = "data"
SETTINGS = "seldon-deploy-config"
"""ConfigMap of the chart, which the server reads from the API server."""

LOGIN_SECRET = "seldon-deploy-login"  # noqa: S105 (a name)
LOGIN_KEY = "clientSecret"
LOGGER_LOGIN_SECRET = "seldon-request-logger-login"  # noqa: S105 (a name)


def callback(host: str) -> str:
    """Where the customer's OIDC provider sends people back to."""
    return f"https://{host}{PREFIX}auth/callback"


def service(namespace: str) -> str:
    """Cluster name of the Service."""
    return f"{RELEASE}.{namespace}.svc.cluster.local"


def webhook(namespace: str) -> str:
    """Where Alertmanager tells it what fires."""
    return f"http://{RELEASE}.{namespace}:{SERVICE_PORT}{API}/webhooks/firing-alert"
