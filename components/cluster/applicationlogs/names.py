"""Names, ports and paths of the collector.

Links to the log files are named by the kubelet: `<pod>_<namespace>_<container>-<id>.log` below `/var/log/containers`
(Kubernetes 1.33, pkg/kubelet/kuberuntime/legacy.go); the container runtime writes the files below `/var/log/pods`.
"""

from __future__ import annotations

NAME = "node-logs"
"""Of the DaemonSet and what belongs to it."""
LABELS = {"app.kubernetes.io/name": NAME}
METRICS = 2020
METRICS_PATH = "/api/v2/metrics/prometheus"
ALIVE_PATH = "/api/v1/uptime"

LINKS, FILES = "/var/log/containers", "/var/log/pods"
"""The two directories of the node, mounted where they are on it: a link leads to the same file here and there."""
CONFIGURATION = "/etc/node-logs"
CONFIGURATION_FILE = "fluent-bit.yaml"
STATE = "/state"

SEARCH, AUDIT = "search", "audit"
"""The two ways that lines go: tag, and name in metrics, of what reads and of what sends."""
SECRETS = {SEARCH: "node-logs-search", AUDIT: "node-logs-audit"}
"""What each server is reached with."""
AUTHORITIES = {SEARCH: "node-logs-search-authority", AUDIT: "node-logs-audit-authority"}
"""What each server is verified against, where that is no public authority."""
VARIABLES = {
    SEARCH: {"SEARCH_HOST": "host", "SEARCH_USERNAME": "username", "SEARCH_PASSWORD": "password"},
    AUDIT: {"AUDIT_SHARED_KEY": "shared_key"},
}
"""Variables of the container, and the keys of the Secrets that they come from."""
POD_VARIABLE = "POD_NAME"


def authority_directory(way: str) -> str:
    """Return where the authority of a server is mounted."""
    return f"/etc/{AUTHORITIES[way]}"


def log_files(*, namespace: str, pod: str = "*", container: str = "*") -> str:
    """Return the pattern of the log files of a namespace. No name has an underscore, so it fits no other's."""
    return f"{LINKS}/{pod}_{namespace}_{container}-*.log"
