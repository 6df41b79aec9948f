"""The pods of the aggregator: restricted, with a volume each that outlives them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.cluster.audit import names
from components.cluster.priority import DATA_PRIORITY
from components.contracts import PublicAuthorities, StaticKeys
from components.hardening import CONTAINER_SECURITY, POD_SECURITY
from components.trust import AUTHORITY_KEY
from components.variables import secret_variable
from components.workload import zone_spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi

    from components.cluster.audit.args import AuditTrailArgs
    from components.contracts import Bucket

UID = 10001
"""Not that of the image (`fluent`), whose number a node may have given to somebody."""
STARTED_WITH = "/tmp/tls.crt"  # noqa: S108 (of the container)
ALIVE = "alive.sh"
ALIVE_SCRIPT = (Path(__file__).with_name("scripts") / ALIVE).read_text(encoding="utf-8")
START = f"cp {names.TLS}/tls.crt {STARTED_WITH} && exec /fluentd/entrypoint.sh"
GRACE_SECONDS = 300
"""For the last chunks to reach the bucket; what does not stays on the volume."""


def bucket_environment(bucket: Bucket) -> list[dict[str, Any]]:
    """Return how the store's client finds its keys, if it needs any, and what it must leave alone.

    For stores that are not AWS, only the checksums that the S3 API always had; every request is signed over the SHA-256
    of its content in any case.
    """
    if bucket.provider == "GCS":
        return []
    plain = {"AWS_REGION": bucket.region, "AWS_EC2_METADATA_DISABLED": "true"}
    if bucket.provider != "AWS":
        plain |= {
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        }
    environment: list[dict[str, Any]] = [{"name": key, "value": value} for key, value in plain.items()]
    if isinstance(bucket.access, StaticKeys):
        environment += [
            secret_variable("AWS_ACCESS_KEY_ID", names.BUCKET_KEYS, "access_key_id"),
            secret_variable("AWS_SECRET_ACCESS_KEY", names.BUCKET_KEYS, "secret_access_key"),
        ]
    return environment


def _mounted(bucket: Bucket) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the volumes by name: where each is mounted, and what it is."""

    def secret(name: str, *keys: str) -> dict[str, Any]:
        items = [{"key": key, "path": key} for key in keys]
        return {"secret": {"secretName": name, "defaultMode": 0o440, "items": items}}

    mounted: dict[str, tuple[str, dict[str, Any]]] = {
        "configuration": (names.CONFIGURATION, {"configMap": {"name": names.NAME, "defaultMode": 0o444}}),
        "tls": (names.TLS, secret(names.CERTIFICATE, "tls.crt", "tls.key")),
    }
    if not isinstance(bucket.trust, PublicAuthorities):
        mounted["authority"] = (names.AUTHORITY, secret(names.BUCKET_AUTHORITY, AUTHORITY_KEY))
    return mounted


def _container(args: AuditTrailArgs) -> dict[str, Any]:
    alive = ["bash", f"{names.CONFIGURATION}/{ALIVE}", str(names.METRICS), f"{names.TLS}/tls.crt", STARTED_WITH]
    return {
        "name": "fluentd",
        "image": args.full_image,
        # The first is what the image itself starts with: it hands signals on.
        "command": ["tini", "--", "sh", "-c", START],
        "env": [
            # The user is none of the image's and has no home there.
            {"name": "HOME", "value": "/tmp"},  # noqa: S108 (of the container)
            secret_variable(names.SHARED_KEY_VARIABLE, names.SHARED_KEY, names.SHARED_KEY_KEY),
            *bucket_environment(args.bucket),
        ],
        "ports": [{"name": name, "containerPort": port} for name, port in names.PORT_NAMES.items()],
        "resources": args.size.resources,
        "securityContext": {**CONTAINER_SECURITY, "readOnlyRootFilesystem": True},
        "livenessProbe": {
            "exec": {"command": alive},
            "initialDelaySeconds": 60,
            "periodSeconds": 30,
            "timeoutSeconds": 10,
            "failureThreshold": 6,
        },
        # Metrics come after the listeners. Those themselves would log each probe, or answer while they only queue.
        "readinessProbe": {
            "httpGet": {"path": "/metrics", "port": "metrics"},
            "periodSeconds": 10,
            "timeoutSeconds": 5,
        },
        "volumeMounts": [
            {"name": "buffers", "mountPath": names.BUFFERS},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 (of the container)
            *({"name": name, "mountPath": path, "readOnly": True} for name, (path, _) in _mounted(args.bucket).items()),
        ],
    }


def pod_spec(args: AuditTrailArgs) -> dict[str, Any]:
    """Return the spec of a pod."""
    pull_secret = args.sources.pull_secret
    apart = {"labelSelector": {"matchLabels": names.LABELS}, "topologyKey": "kubernetes.io/hostname"}
    return {
        "serviceAccountName": names.NAME,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": DATA_PRIORITY,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        **({"imagePullSecrets": [{"name": pull_secret}]} if pull_secret else {}),
        # An image that the customer names may be for other nodes; upstream's is not.
        **({} if args.image else {"nodeSelector": {"kubernetes.io/arch": "amd64"}}),
        "securityContext": {
            **POD_SECURITY,
            "runAsUser": UID,
            "runAsGroup": UID,
            "fsGroup": UID,
            "fsGroupChangePolicy": "OnRootMismatch",
        },
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}},
        "topologySpreadConstraints": zone_spread(names.LABELS),
        "containers": [_container(args)],
        "volumes": [
            # A chunk is compressed there before it is sent.
            {"name": "tmp", "emptyDir": {"sizeLimit": "768Mi"}},
            *({"name": name, **volume} for name, (_, volume) in _mounted(args.bucket).items()),
        ],
    }


def stateful_spec(args: AuditTrailArgs, annotations: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    """Return the spec of the StatefulSet. `annotations` change with whatever only a restart brings to the pods."""
    claim: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{args.storage_gi}Gi"}},
        **({"storageClassName": args.storage_class} if args.storage_class else {}),
    }
    return {
        "replicas": args.size.replicas,
        "serviceName": names.HEADLESS,
        "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": names.LABELS},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "template": {"metadata": {"labels": names.LABELS, "annotations": dict(annotations)}, "spec": pod_spec(args)},
        "volumeClaimTemplates": [{"metadata": {"name": "buffers"}, "spec": claim}],
    }
