"""Values of the chart of Argo Workflows: of the release with the resource types, and of each controller's."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from components.cluster.workflows.names import (
    CONTROLLER_LABELS,
    REGISTRY,
    TYPES,
    VERSION,
    config_map,
    controller,
    release,
)
from components.hardening import POD_SECURITY
from components.seldon.values import deep_merge
from components.workload import zone_spread

if TYPE_CHECKING:
    from components.sources import Sources
    from components.workload import Workload


def _shared(sources: Sources) -> dict[str, Any]:
    """Values of every release: no server, and no role of the chart's, whose are wider than what batch jobs need."""
    registry = sources.registry or REGISTRY
    return {
        "singleNamespace": True,
        "createAggregateRoles": False,
        "images": {
            "tag": VERSION,
            "pullPolicy": "IfNotPresent",
            **({"pullSecrets": [{"name": sources.pull_secret}]} if sources.pull_secret else {}),
        },
        "executor": {"image": {"registry": registry}},
        "server": {"enabled": False},
        "workflow": {"rbac": {"create": False}},
        "controller": {
            "image": {"registry": registry},
            "rbac": {"create": False},
            "clusterWorkflowTemplates": {"enabled": False},
            "configMap": {"create": False},
        },
    }


def types_values(sources: Sources) -> dict[str, Any]:
    """Values of the release that brings the resource types; the chart makes a controller in any case, without pods."""
    own = {
        "fullnameOverride": TYPES,
        "crds": {"install": True, "keep": False},
        "controller": {"replicas": 0, "serviceAccount": {"create": False}},
    }
    return deep_merge(_shared(sources), own)


def controller_values(namespace: str, config: str, *, size: Workload, sources: Sources) -> dict[str, Any]:
    """Values of the release with the controller of one runtime, which has `config` in its ConfigMap.

    A controller manages one namespace or all of them. It does not watch its configuration when that is in another
    namespace than its workflows, so the pod carries the hash of it. Several controllers in one namespace would agree on
    one leader between them, since the name of the lease is fixed: each runs once, without an election.
    """
    own = {
        "fullnameOverride": release(namespace),
        "crds": {"install": False},
        "controller": {
            "replicas": 1,
            "resources": size.resources,
            "configMap": {"name": config_map(namespace)},
            "serviceAccount": {"name": controller(namespace)},
            "extraArgs": ["--managed-namespace", namespace],
            "extraEnv": [
                {"name": "WATCH_CONTROLLER_SEMAPHORE_CONFIGMAPS", "value": "false"},
                # Taking a finalizer off a claim by force would need a right to write claims.
                {"name": "ARGO_REMOVE_PVC_PROTECTION_FINALIZER", "value": "false"},
            ],
            "podAnnotations": {"seldon-platform/config": sha256(config.encode()).hexdigest()},
            "podSecurityContext": POD_SECURITY,
            "topologySpreadConstraints": zone_spread(CONTROLLER_LABELS),
            "logging": {"format": "json"},
        },
    }
    return deep_merge(_shared(sources), own)
