"""What controllers do to workflows: pods that Pod Security `restricted` admits, and bounds on what a tenant can use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from components.cluster.workflows.names import ACCOUNT, BATCH_LABELS, BATCH_PRIORITY, METRICS
from components.hardening import CONTAINER_SECURITY, POD_SECURITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UID = 10001
"""User and group of a batch job that names none."""

WORKFLOWS_AT_ONCE, PODS_OF_ONE = 10, 4
"""Together 40 pods; the quota of a runtime's namespace has room for the model servers beside them."""

DAY = 24 * 3600
AUTHORITY_FOLDER = "/etc/seldon-platform/batch-authority"


_TOKEN = "executor-token"  # noqa: S105 (a name)
_TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 (a path)
_EXECUTORS = {"initContainers": "init", "containers": "wait"}
"""Argo's own containers beside those of a step; they report its result to the API server."""


def _token() -> dict[str, Any]:
    """Return the part of a pod that gives its token to Argo's containers and keeps it from the step's own.

    A token for the whole pod is what Argo would take instead, or one that never ends, in a Secret.
    """
    mount = {"name": _TOKEN, "mountPath": _TOKEN_FOLDER, "readOnly": True}
    sources = [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
    ]
    return {
        "automountServiceAccountToken": False,
        "volumes": [{"name": _TOKEN, "projected": {"sources": sources}}],
        **{kind: [{"name": name, "volumeMounts": [mount]}] for kind, name in _EXECUTORS.items()},
    }


def _trust(authority: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a step's container needs for rclone to verify a store by one more authority, and the volume of it.

    rclone's own option would take the place of the authorities of its image (fs/fshttp/http.go at v1.71.1); Go reads
    SSL_CERT_DIR beside them (crypto/x509, root_unix.go).
    """
    container = {
        "env": [{"name": "SSL_CERT_DIR", "value": AUTHORITY_FOLDER}],
        "volumeMounts": [{"name": authority, "mountPath": AUTHORITY_FOLDER, "readOnly": True}],
    }
    secret = {"secretName": authority, "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    return container, {"name": authority, "secret": secret}


def pod_patch(authority: str | None) -> dict[str, Any]:
    """Return what is merged into every pod of a workflow, whatever the workflow says."""
    patch: dict[str, Any] = {"enableServiceLinks": False, **_token()}
    if authority:
        patch["volumes"].append(_trust(authority)[1])
    return patch


def controller_config(
    *, pull_secret: str | None, authority: str | None, commands: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return the configuration of a controller (docs/workflow-controller-configmap.yaml at v3.5.15).

    A workflow's own fields win over `workflowDefaults`, so these harden what Seldon's platform leaves open and keep no
    tenant from what the API server admits. The executor's image runs as root unless told otherwise. Without a right to
    enter pods, the controller cannot stop a step; the deadline of the pod, which the kubelet keeps, does. `authority`
    is a Secret in the runtime's namespace with a `ca.crt` that the bucket is verified by. `commands` has what images
    run for steps that do not say; of another image the controller would ask its registry.
    """
    container = _trust(authority)[0] if authority else {}
    return {
        "parallelism": WORKFLOWS_AT_ONCE,
        "resourceRateLimit": {"limit": 10, "burst": 10},
        "nodeEvents": {"enabled": False},
        "metricsConfig": {"enabled": True, "path": "/metrics", "port": METRICS, "secure": False},
        "executor": {
            "imagePullPolicy": "IfNotPresent",
            "securityContext": {**CONTAINER_SECURITY, "readOnlyRootFilesystem": True},
            "resources": {
                "requests": {"cpu": "10m", "memory": "64Mi"},
                "limits": {"memory": "256Mi"},
            },
        },
        "mainContainer": {"securityContext": CONTAINER_SECURITY, **container},
        "images": {image: {"entrypoint": list(command)} for image, command in commands.items()},
        "workflowDefaults": {
            "spec": {
                "serviceAccountName": ACCOUNT,
                "podMetadata": {"labels": BATCH_LABELS},
                **({"imagePullSecrets": [{"name": pull_secret}]} if pull_secret else {}),
                "securityContext": {**POD_SECURITY, "runAsUser": UID, "runAsGroup": UID, "fsGroup": UID},
                "podPriorityClassName": BATCH_PRIORITY,
                "podSpecPatch": json.dumps(pod_patch(authority), sort_keys=True),
                "parallelism": PODS_OF_ONE,
                "activeDeadlineSeconds": DAY,
                "ttlStrategy": {"secondsAfterSuccess": DAY, "secondsAfterFailure": 7 * DAY},
                "volumeClaimGC": {"strategy": "OnWorkflowCompletion"},
            }
        },
    }
