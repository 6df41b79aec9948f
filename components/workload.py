"""How big a workload is, and how it stays available while nodes are drained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.policy.v1 as policyv1

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi


@dataclass(frozen=True, kw_only=True)
class Workload:
    """How many pods, and what each asks for."""

    replicas: int
    cpu_milli: int
    """Requested CPU per pod, in thousandths of a core; not limited, so that idle cores can be used."""
    memory_mi: int
    """Requested memory per pod, in MiB, and its limit."""

    @property
    def resources(self) -> dict[str, Any]:
        """Requests and limits of the pod's main container."""
        memory = f"{self.memory_mi}Mi"
        return {"requests": {"cpu": f"{self.cpu_milli}m", "memory": memory}, "limits": {"memory": memory}}


def disruption_budget(
    name: str, *, object_name: str, namespace: str, labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> policyv1.PodDisruptionBudget:
    """Let one pod go at a time; a pod that is not healthy anyway never blocks a drain."""
    return policyv1.PodDisruptionBudget(
        name,
        metadata=metav1.ObjectMetaArgs(name=object_name, namespace=namespace),
        spec=policyv1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1,
            selector=metav1.LabelSelectorArgs(match_labels=dict(labels)),
            unhealthy_pod_eviction_policy="AlwaysAllow",
        ),
        opts=opts,
    )


def zone_spread(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Spread pods over zones where there are several; a single zone still schedules them."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
        }
    ]
