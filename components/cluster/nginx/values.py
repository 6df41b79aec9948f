"""Values of the chart of F5 NGINX Ingress Controller.

Facts: https://github.com/nginx/kubernetes-ingress at tag v5.5.4 (charts/nginx-ingress, internal/configs/configmaps.go).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from components.cluster.balancer import Health, LoadBalancer, service_values
from components.workload import zone_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.sources import Sources
    from components.workload import Workload

RELEASE = "nginx-ingress"
"""Contains the chart's name, so the chart names its objects after it."""
DEPLOYMENT = f"{RELEASE}-controller"
POD_LABELS = {"app.kubernetes.io/name": "nginx-ingress", "app.kubernetes.io/instance": RELEASE}
INGRESS_CLASS = "nginx"
HTTP, HTTPS, READINESS, METRICS = 80, 443, 8081, 9113
"""Ports of the pods; the first two are those of the Service too."""
NGINX_HEALTH = Health(port=READINESS, path="/nginx-ready")
IMAGE = "docker.io/nginx/nginx-ingress"

MinimumTls: TypeAlias = Literal["1.2", "1.3"]

_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
"""Of TLS 1.2: forward secrecy and authenticated encryption only; all of TLS 1.3 have both."""

ACCESS_LOG = {
    "time": "$time_iso8601",
    "client": "$remote_addr",
    "host": "$host",
    "method": "$request_method",
    "path": "$uri",
    "model": "$http_seldon_model",
    "protocol": "$server_protocol",
    "tls": "$ssl_protocol",
    "status": "$status",
    "grpcStatus": "$grpc_status",
    "received": "$request_length",
    "sent": "$bytes_sent",
    "seconds": "$request_time",
    "upstream": "$upstream_addr",
    "requestId": "$request_id",
}
"""Who asked for what from where; neither query nor credentials."""


def protocols(minimum: MinimumTls) -> str:
    """Return the versions of TLS as nginx lists them."""
    return "TLSv1.3" if minimum == "1.3" else "TLSv1.2 TLSv1.3"


def configuration(minimum_tls: MinimumTls) -> dict[str, str]:
    """Entries of the controller's ConfigMap, which are strings all of them."""
    return {
        "http2": "true",
        "server-tokens": "false",
        "ssl-protocols": protocols(minimum_tls),
        "ssl-ciphers": ":".join(_CIPHERS),
        "ssl-prefer-server-ciphers": "true",
        "client-max-body-size": "100m",
        "keepalive": "32",
        "proxy-read-timeout": "300s",
        "proxy-send-timeout": "300s",
        "log-format": json.dumps(ACCESS_LOG),
        "log-format-escaping": "json",
    }


def nginx_values(
    *,
    size: Workload,
    sources: Sources,
    load_balancer: LoadBalancer,
    minimum_tls: MinimumTls,
    namespace: str,
    watched: Sequence[str],
) -> dict[str, Any]:
    """Values of the nginx-ingress chart.

    Without a secret for the default server, NGINX refuses the TLS handshake for a host that nobody serves. The binary
    carries the file capability NET_BIND_SERVICE and does not start in a container that may not have it, which the
    chart therefore adds; the sysctl, one of those that Pod Security `restricted` allows, is what opens ports 80 and 443
    without root. Secrets are read in the controller's own namespace alone.
    """
    pull = [sources.pull_secret] if sources.pull_secret else []
    return {
        "controller": {
            "kind": "deployment",
            "replicaCount": size.replicas,
            "image": {"repository": sources.image(IMAGE)},
            "serviceAccount": {"imagePullSecretsNames": pull},
            "resources": size.resources,
            "initContainerResources": size.resources,
            "readOnlyRootFilesystem": True,
            "podSecurityContext": {
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
                "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
            },
            "topologySpreadConstraints": zone_spread(POD_LABELS),
            "podDisruptionBudget": {"enabled": size.replicas > 1, "maxUnavailable": 1},
            "config": {"entries": configuration(minimum_tls)},
            "logFormat": "json",
            "ingressClass": {"name": INGRESS_CLASS, "create": True, "setAsDefaultIngress": False},
            "watchNamespace": ",".join([namespace, *watched]),
            "watchSecretNamespace": namespace,
            "enableCustomResources": True,
            "enableSnippets": False,
            "healthStatus": False,
            "nginxStatus": {"enable": False},
            "telemetryReporting": {"enable": False},
            "service": service_values(replace(load_balancer, health=NGINX_HEALTH)),
        },
        "rbac": {"create": True, "clusterrole": {"create": False}},
        "prometheus": {"create": True, "port": METRICS, "service": {"create": False}},
    }
