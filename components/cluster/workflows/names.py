"""Names and labels of Argo Workflows."""

from __future__ import annotations

from hashlib import sha256

CHART = "argo-workflows"
VERSION = "v3.5.15"
"""Of the images: the last one of the line that Seldon allows (older than 3.6); the chart would take an earlier one."""
REGISTRY = "quay.io"

CONTROLLER_LABELS = {"app.kubernetes.io/name": "argo-workflows-workflow-controller"}
"""Of every controller's pods."""
METRICS = 9090
API = "argoproj.io"

BATCH_LABELS = {"app.kubernetes.io/name": "seldon-batch"}
"""Of every pod that a controller makes."""
ACCOUNT = "workflow"
"""ServiceAccount of batch jobs in each runtime's namespace; the name that Seldon's platform has for it."""
BATCH_PRIORITY = "seldon-batch"
"""PriorityClass of batch jobs: when nodes run short, they go before what serves requests."""

TYPES = "argo"
"""Release that brings the resource types, and no controller; no runtime is called like it."""

_LONGEST = 43
"""With `-workflow-controller`, which the chart appends, a name has 63 characters; the chart cuts what is longer."""


def release(namespace: str) -> str:
    """Name of the release for a runtime; a long one is cut and ends with a hash, so that no two are the same."""
    if len(namespace) <= _LONGEST:
        return namespace
    return f"{namespace[: _LONGEST - 9]}-{sha256(namespace.encode()).hexdigest()[:8]}"


def controller(namespace: str) -> str:
    """Name of the controller of a runtime, of its ServiceAccount and of its rights."""
    return f"{release(namespace)}-workflow-controller"


def config_map(namespace: str) -> str:
    """Name of the configuration of that controller."""
    return f"{controller(namespace)}-config"
