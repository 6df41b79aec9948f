"""Values of Strimzi's chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.cluster.kafka.names import OPERATOR_LABELS
from components.cluster.priority import DATA_PRIORITY
from components.workload import zone_spread

if TYPE_CHECKING:
    from components.sources import Sources
    from components.workload import Workload

CHART = "strimzi-kafka-operator"


def operator_values(*, namespace: str, size: Workload, sources: Sources) -> dict[str, Any]:
    """Values of strimzi-kafka-operator: one namespace to watch, no role of the chart's, no policy of the operator's.

    The operator's own NetworkPolicy would open the listener to every pod of the cluster, and policies only ever add.
    """
    values: dict[str, Any] = {
        "replicas": size.replicas,
        "resources": size.resources,
        "watchNamespaces": [namespace],
        "watchAnyNamespace": False,
        "rbac": {"create": False},
        "createGlobalResources": False,
        "createAggregateRoles": False,
        "generateNetworkPolicy": False,
        "leaderElection": {"enable": True},
        "podDisruptionBudget": {
            "enabled": size.replicas > 1,
            "minAvailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
        "priorityClassName": DATA_PRIORITY,
        "topologySpreadConstraints": zone_spread(OPERATOR_LABELS),
        "extraEnvs": [
            {"name": "STRIMZI_POD_SECURITY_PROVIDER_CLASS", "value": "restricted"},
            {"name": "STRIMZI_PKCS12_KEYSTORE_GENERATION", "value": "false"},
        ],
    }
    if sources.registry:
        values["defaultImageRegistry"] = sources.registry
    if sources.pull_secret:
        # Pods that the operator makes get it too, from here.
        values["image"] = {"imagePullSecrets": [{"name": sources.pull_secret}]}
    return values
