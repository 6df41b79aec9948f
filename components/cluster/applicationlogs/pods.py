"""The pods of the collector: all that Pod Security `restricted` asks for, but for two directories of the node.

Both are only read. Container runtimes write log files as `root:root`, 0640 (containerd, internal/cri/io/logger.go;
conmon, src/ctr_logging.c), so the group root is enough to read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.cluster.applicationlogs import names
from components.cluster.applicationlogs.config import BUFFER_MI
from components.cluster.priority import DATA_PRIORITY
from components.hardening import CONTAINER_SECURITY, POD_SECURITY
from components.revision import REVISION
from components.trust import AUTHORITY_KEY
from components.variables import secret_variable

if TYPE_CHECKING:
    import pulumi

    from components.cluster.applicationlogs.args import ApplicationLogsArgs

UID = 10001
READERS_GROUP = 0
"""Group of the log files."""
NODE_DIRECTORIES = {"links": names.LINKS, "files": names.FILES}
"""By the names of their volumes."""
_SPARE_MI = 256
"""For the positions in files, and for what is on its way into a buffer that is full."""


def ways(args: ApplicationLogsArgs) -> list[str]:
    """Return the ways that lines go."""
    return [names.SEARCH, names.AUDIT] if args.access else [names.SEARCH]


def _environment(args: ApplicationLogsArgs) -> list[dict[str, Any]]:
    return [
        {"name": names.POD_VARIABLE, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        *(
            secret_variable(variable, names.SECRETS[way], key)
            for way in ways(args)
            for variable, key in names.VARIABLES[way].items()
        ),
    ]


def _disk(args: ApplicationLogsArgs) -> str:
    return f"{_SPARE_MI + sum(BUFFER_MI[way] for way in ways(args))}Mi"


def _mounted(args: ApplicationLogsArgs) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the volumes that are only read, by name: where each is mounted, and what it is."""
    items = [{"key": AUTHORITY_KEY, "path": AUTHORITY_KEY}]
    mounted: dict[str, tuple[str, dict[str, Any]]] = {
        name: (path, {"hostPath": {"path": path, "type": "Directory"}}) for name, path in NODE_DIRECTORIES.items()
    }
    mounted["configuration"] = (names.CONFIGURATION, {"configMap": {"name": names.NAME, "defaultMode": 0o444}})
    for way in args.trusts:
        authority = {"secretName": names.AUTHORITIES[way], "defaultMode": 0o440, "items": items}
        mounted[f"{way}-authority"] = (names.authority_directory(way), {"secret": authority})
    return mounted


def _container(args: ApplicationLogsArgs) -> dict[str, Any]:
    alive = {"httpGet": {"path": names.ALIVE_PATH, "port": "metrics"}, "timeoutSeconds": 5}
    asked, disk = args.size.resources, {"ephemeral-storage": _disk(args)}
    return {
        "name": "fluent-bit",
        "image": args.full_image,
        "command": ["/fluent-bit/bin/fluent-bit", f"--config={names.CONFIGURATION}/{names.CONFIGURATION_FILE}"],
        "env": _environment(args),
        "ports": [{"name": "metrics", "containerPort": names.METRICS}],
        "resources": {kind: {**amounts, **disk} for kind, amounts in asked.items()},
        "securityContext": {**CONTAINER_SECURITY, "readOnlyRootFilesystem": True},
        # Whether it runs, not whether its servers answer, which a restart would not help.
        "livenessProbe": {**alive, "initialDelaySeconds": 30, "periodSeconds": 30, "failureThreshold": 6},
        "readinessProbe": {**alive, "periodSeconds": 10},
        "volumeMounts": [
            {"name": "state", "mountPath": names.STATE},
            *({"name": name, "mountPath": path, "readOnly": True} for name, (path, _) in _mounted(args).items()),
        ],
    }


def pod_spec(args: ApplicationLogsArgs) -> dict[str, Any]:
    """Return the spec of a pod. It tolerates no taint of the customer's, as the pods do not whose logs it reads."""
    pull_secret = args.sources.pull_secret
    return {
        "serviceAccountName": names.NAME,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": DATA_PRIORITY,
        "terminationGracePeriodSeconds": 30,
        **({"imagePullSecrets": [{"name": pull_secret}]} if pull_secret else {}),
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "securityContext": {
            **POD_SECURITY,
            "runAsUser": UID,
            "runAsGroup": UID,
            "fsGroup": UID,
            "supplementalGroups": [READERS_GROUP],
        },
        "containers": [_container(args)],
        "volumes": [
            {"name": "state", "emptyDir": {"sizeLimit": _disk(args)}},
            *({"name": name, **volume} for name, (_, volume) in _mounted(args).items()),
        ],
    }


def daemon_spec(args: ApplicationLogsArgs, *, files: str, credentials: pulumi.Input[str]) -> dict[str, Any]:
    """Return the spec of the DaemonSet. `files` and `credentials` change with what is read only at the start."""
    marks = {"seldon-platform/configuration": files, REVISION: credentials}
    return {
        "selector": {"matchLabels": names.LABELS},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
        "template": {"metadata": {"labels": names.LABELS, "annotations": marks}, "spec": pod_spec(args)},
    }
