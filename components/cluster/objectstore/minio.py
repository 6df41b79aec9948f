"""MinIO, in pods of the platform's own making: its operator is no longer maintained, and its chart runs plain HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pulumi
import pulumi_kubernetes.apps.v1 as appsv1
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

from components.cluster.priority import DATA_PRIORITY
from components.hardening import CONTAINER_SECURITY, POD_SECURITY
from components.workload import zone_spread

if TYPE_CHECKING:
    from components.workload import Workload

NAME = "minio"
HEADLESS = "minio-pods"
LABELS = {"app.kubernetes.io/name": NAME}
UID = 1000
"""The images run as any user; this one owns the volumes."""
PORT = 9000
CERTIFICATE = "minio-tls"
ROOT = "minio-root"
"""Secret of the root user; the setup Job is its only user, MinIO itself aside."""
ROOT_USER = "root-setup"
ENCRYPTION_KEY = "seldon-platform"
DRIVES = (1, 4)
"""One pod with one drive, or one erasure set over four pods with one drive each."""


@dataclass(frozen=True, kw_only=True)
class MinioPods:
    """What the pods are made with."""

    namespace: str
    image: str
    size: Workload
    storage_gi: int
    storage_class: str | None
    pull_secret: str | None
    keys_fingerprint: pulumi.Input[str]
    """Changes when the root user's key does, which only a restart brings to the pods."""

    def __post_init__(self) -> None:
        if self.size.replicas not in DRIVES:
            raise ValueError(f"{self.size.replicas} pods of MinIO: an erasure set has 4, a single drive 1")


def server_arguments(pods: MinioPods) -> list[str]:
    """Return the arguments of `minio`. All pods must be given the same list of drives, each by its own name."""
    last = pods.size.replicas - 1
    own = f"https://{NAME}-{{0...{last}}}.{HEADLESS}.{pods.namespace}.svc.cluster.local:{PORT}/data"
    return ["server", "--address", f":{PORT}", "--certs-dir", "/etc/minio/certs", own if last else "/data"]


def dns_names(namespace: str) -> list[str]:
    """Return the names of the certificate: of the Service for clients, of each pod for the other pods."""
    service = f"{NAME}.{namespace}"
    return [service, f"{service}.svc", f"{service}.svc.cluster.local", f"*.{HEADLESS}.{namespace}.svc.cluster.local"]


def environment() -> dict[str, str]:
    """Return the settings that are no secret (https://github.com/minio/minio, internal/config/constants.go)."""
    return {
        "MINIO_ROOT_USER_FILE": "/etc/minio/root/access_key_id",
        "MINIO_ROOT_PASSWORD_FILE": "/etc/minio/root/secret_access_key",
        "MINIO_KMS_SECRET_KEY_FILE": "/etc/minio/root/encryption_key",
        "MINIO_KMS_AUTO_ENCRYPTION": "on",
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }


def claim_spec(storage_gi: int, storage_class: str | None) -> dict[str, Any]:
    """Return the spec of a drive's volume claim."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": f"{storage_gi}Gi"}}}
    return {**spec, **({"storageClassName": storage_class} if storage_class else {})}


def pod_spec(pods: MinioPods) -> dict[str, Any]:
    """Return the spec of a pod."""
    health = {"port": PORT, "scheme": "HTTPS"}
    secrets = {
        "certs": (
            CERTIFICATE,
            {"tls.crt": "public.crt", "tls.key": "private.key", "ca.crt": "CAs/ca.crt"},
        ),
        "root": (ROOT, {key: key for key in ("access_key_id", "secret_access_key", "encryption_key")}),
    }
    apart = {"labelSelector": {"matchLabels": LABELS}, "topologyKey": "kubernetes.io/hostname"}
    return {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": DATA_PRIORITY,
        "terminationGracePeriodSeconds": 60,
        **({"imagePullSecrets": [{"name": pods.pull_secret}]} if pods.pull_secret else {}),
        "securityContext": {
            **POD_SECURITY,
            "runAsUser": UID,
            "runAsGroup": UID,
            "fsGroup": UID,
            "fsGroupChangePolicy": "OnRootMismatch",
        },
        # Four pods may have to share three nodes, so this is a wish.
        "affinity": {
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": apart}]
            }
        },
        "topologySpreadConstraints": zone_spread(LABELS),
        "containers": [
            {
                "name": NAME,
                "image": pods.image,
                "command": ["minio"],
                "args": server_arguments(pods),
                "env": [{"name": key, "value": value} for key, value in sorted(environment().items())],
                "ports": [{"name": "https", "containerPort": PORT}],
                "resources": pods.size.resources,
                "securityContext": {**CONTAINER_SECURITY, "readOnlyRootFilesystem": True},
                "livenessProbe": {
                    "httpGet": {"path": "/minio/health/live", **health},
                    "initialDelaySeconds": 30,
                    "periodSeconds": 30,
                    "timeoutSeconds": 10,
                },
                "readinessProbe": {
                    "httpGet": {"path": "/minio/health/ready", **health},
                    "periodSeconds": 10,
                    "timeoutSeconds": 10,
                },
                "volumeMounts": [
                    {"name": "data", "mountPath": "/data"},
                    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 (of the container)
                    *({"name": n, "mountPath": f"/etc/minio/{n}", "readOnly": True} for n in secrets),
                ],
            }
        ],
        "volumes": [
            {"name": "tmp", "emptyDir": {}},
            *(
                {
                    "name": volume,
                    "secret": {
                        "secretName": secret,
                        "defaultMode": 0o440,
                        "items": [{"key": key, "path": path} for key, path in items.items()],
                    },
                }
                for volume, (secret, items) in secrets.items()
            ),
        ],
    }


def stateful_spec(pods: MinioPods) -> dict[str, Any]:
    """Return the spec of the StatefulSet; its volumes outlive it."""
    return {
        "replicas": pods.size.replicas,
        "serviceName": HEADLESS,
        "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": LABELS},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "template": {
            "metadata": {"labels": LABELS, "annotations": {"seldon-platform/keys": pods.keys_fingerprint}},
            "spec": pod_spec(pods),
        },
        "volumeClaimTemplates": [
            {"metadata": {"name": "data"}, "spec": claim_spec(pods.storage_gi, pods.storage_class)}
        ],
    }


def minio_pods(name: str, pods: MinioPods, *, protect: bool, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Make the pods, and the two Services that they and their clients use."""
    account = corev1.ServiceAccount(
        f"{name}-account",
        metadata=metav1.ObjectMetaArgs(name=NAME, namespace=pods.namespace),
        automount_service_account_token=False,
        opts=opts,
    )
    headless = corev1.Service(
        f"{name}-pods",
        metadata=metav1.ObjectMetaArgs(name=HEADLESS, namespace=pods.namespace, labels=LABELS),
        spec=corev1.ServiceSpecArgs(
            cluster_ip="None",
            # The pods find each other through it while none of them is ready yet.
            publish_not_ready_addresses=True,
            selector=LABELS,
            ports=[corev1.ServicePortArgs(name="https", port=PORT)],
        ),
        opts=opts,
    )
    stateful = appsv1.StatefulSet(
        f"{name}-minio",
        metadata=metav1.ObjectMetaArgs(name=NAME, namespace=pods.namespace, labels=LABELS),
        spec=cast("Any", stateful_spec(pods)),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[account, headless], protect=protect)
        ),
    )
    service = corev1.Service(
        f"{name}-service",
        metadata=metav1.ObjectMetaArgs(name=NAME, namespace=pods.namespace, labels=LABELS),
        spec=corev1.ServiceSpecArgs(
            selector=LABELS, ports=[corev1.ServicePortArgs(name="https", port=PORT, target_port="https")]
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[stateful])),
    )
    return [stateful, service]
