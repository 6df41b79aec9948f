"""Values of the two charts behind Postgres: the operator, and the plugin that takes its backups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.charts import Release
from components.cluster.postgres.rights import OPERATOR, PLUGIN
from components.cluster.priority import DATA_PRIORITY
from components.workload import zone_spread

if TYPE_CHECKING:
    from components.sources import Sources
    from components.workload import Workload

OPERATOR_LABELS = {"app.kubernetes.io/name": "cloudnative-pg"}
PLUGIN_LABELS = {"app.kubernetes.io/name": "plugin-barman-cloud"}
_REGISTRY = "ghcr.io"


def operator_values(sources: Sources, size: Workload, *, home: str, watched: str) -> dict[str, Any]:
    """Values of cloudnative-pg 0.29.0.

    The namespaces to watch are given as an environment variable of ours, because the operator makes its caches before
    it reads its ConfigMap, and because the chart's own switch for one namespace means the operator's
    (templates/deployment.yaml; internal/cmd/manager/controller/controller.go of 1.30.0). The operator's namespace is
    among them, or it would not find the plugin's Service there. Rights come from this program, see `rights`.
    """
    return {
        "image": {"repository": sources.image(f"{_REGISTRY}/cloudnative-pg/cloudnative-pg:tag").rpartition(":")[0]},
        "imagePullSecrets": [{"name": sources.pull_secret}] if sources.pull_secret else [],
        "replicaCount": size.replicas,
        "resources": size.resources,
        "priorityClassName": DATA_PRIORITY,
        "topologySpreadConstraints": zone_spread(OPERATOR_LABELS),
        "config": {"clusterWide": True},
        "additionalEnv": [{"name": "WATCH_NAMESPACE", "value": f"{home},{watched}"}],
        "rbac": {"create": False},
        "monitoring": {"podMonitorEnabled": False},
    }


def plugin_values(sources: Sources, size: Workload) -> dict[str, Any]:
    """Values of plugin-barman-cloud 0.7.0.

    One replica: only the leader serves, so a second one would never be ready; WAL archiving goes on without it, in the
    instances' own sidecar. Operator and plugin know each other by certificates that the chart asks cert-manager for.
    """
    registry = sources.image(f"{_REGISTRY}/plugin:tag").rpartition("/")[0]
    return {
        "image": {"registry": registry},
        "sidecarImage": {"registry": registry},
        "imagePullSecrets": [{"name": sources.pull_secret}] if sources.pull_secret else [],
        "replicaCount": 1,
        "resources": size.resources,
        "priorityClassName": DATA_PRIORITY,
        "rbac": {"create": False},
    }


def operator_release(sources: Sources, size: Workload, *, home: str, watched: str) -> Release:
    """The operator's release; its ServiceAccount has the release's name."""
    values = operator_values(sources, size, home=home, watched=watched)
    return Release(chart="cloudnative-pg", name=OPERATOR, namespace=home, values=values)


def plugin_release(sources: Sources, size: Workload, *, home: str) -> Release:
    """The plugin's release, in the operator's namespace: the operator looks for plugins there alone."""
    return Release(chart="plugin-barman-cloud", name=PLUGIN, namespace=home, values=plugin_values(sources, size))
