"""SeaweedFS: what its chart is told. Key names and traps are those of chart 4.44.0 (k8s/charts/seaweedfs at 4.44).

Parts: masters know where data is, volume servers hold it, filers hold the names, gateways speak S3. Only the gateways
have clients; they terminate TLS and encrypt what they store, so that volume servers see and send ciphertext alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from components.cluster.priority import DATA_PRIORITY
from components.hardening import CONTAINER_SECURITY, POD_SECURITY
from components.variables import from_secret
from components.workload import zone_spread

if TYPE_CHECKING:
    from components.sources import Sources
    from components.workload import Workload

RELEASE = "seaweedfs"
"""Also the prefix of every object of the chart."""
UID = 1000
"""User and group `seaweed` of the image (docker/Dockerfile.go_build)."""
IDENTITIES = "seaweedfs-identities"
IDENTITIES_KEY = "seaweedfs_s3_config"
SIGNING = "seaweedfs-signing"
SIGNING_KEYS = {
    "WEED_JWT_SIGNING_KEY": "volume-write",
    "WEED_JWT_FILER_SIGNING_KEY": "filer-write",
    "WEED_JWT_FILER_SIGNING_READ_KEY": "filer-read",
}
"""Environment variable (weed/command/scaffold/security.toml) to key of the Secret.

There is none for reads of volumes: filers do not support it, and what they would read is ciphertext.
"""
LIFECYCLE_SERVICE = "seaweedfs-s3-grpc"
"""In front of the gateways' gRPC port, which the chart's Service leaves out and expiry of old versions goes through."""
S3_CERTIFICATE = "seaweedfs-s3-tls"
PARTS = ("master", "volume", "filer", "client")
"""Whose certificates the chart mounts, each in the Secret `seaweedfs-<part>-cert`."""

MASTER, MASTER_GRPC = 9333, 19333
VOLUME, VOLUME_GRPC = 8080, 18080
FILER, FILER_GRPC = 8888, 18888
S3, S3_GRPC = 8333, 18333
METRICS = 9327
SCRAPED = ("volume", "filer", "s3")
"""Parts whose pods name their port `metrics`; masters do so only together with monitors of the chart's own."""

MASTER_GI = 1
"""Volume of a master, which keeps little more than its vote."""

_CERTIFICATES = "/usr/local/share/ca-certificates"


@dataclass(frozen=True, kw_only=True)
class SeaweedFsSize:
    """How many of each part, and how big."""

    master: Workload
    """An odd number: they agree by majority."""
    volume: Workload
    """One, or three and more: then each object is on two of them, and writing goes on without one."""
    filer: Workload
    """Each holds all names; an object's own filer is asked first, so a client reads what it wrote."""
    gateway: Workload

    def __post_init__(self) -> None:
        if self.master.replicas % 2 == 0:
            raise ValueError(f"{self.master.replicas} masters: an odd number is needed for a majority")
        if self.volume.replicas == 2:  # noqa: PLR2004 (explained beside the field)
            raise ValueError("2 volume servers: with two copies, writing stops without either; take 1, or 3 and more")


LABELS = {"app.kubernetes.io/name": "seaweedfs", "app.kubernetes.io/instance": RELEASE}
"""Of the pods of all parts."""


def pod_labels(part: str) -> dict[str, str]:
    """Labels of the pods of a part: master, volume, filer or s3."""
    return {**LABELS, "app.kubernetes.io/component": part}


def _text(value: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Some values of the chart are YAML in a string, which it renders as a template."""
    return yaml.safe_dump(value, default_flow_style=False)


def _apart(part: str) -> str:
    term = {"labelSelector": {"matchLabels": pod_labels(part)}, "topologyKey": "kubernetes.io/hostname"}
    return _text({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})


def _part(part: str, size: Workload) -> dict[str, Any]:
    return {
        "replicas": size.replicas,
        "resources": size.resources,
        "priorityClassName": DATA_PRIORITY,
        "affinity": _apart(part),
        "topologySpreadConstraints": _text(zone_spread(pod_labels(part))),
        "podSecurityContext": {
            "enabled": True,
            **POD_SECURITY,
            "runAsUser": UID,
            "runAsGroup": UID,
            "fsGroup": UID,
            "fsGroupChangePolicy": "OnRootMismatch",
        },
        "containerSecurityContext": {"enabled": True, **CONTAINER_SECURITY, "readOnlyRootFilesystem": True},
        "extraVolumes": _text([{"name": "tmp", "emptyDir": {}}]),
        "extraVolumeMounts": _text([{"name": "tmp", "mountPath": "/tmp"}]),  # noqa: S108 (of the container)
    }


def _claim(size_gi: int, storage_class: str | None) -> dict[str, Any]:
    return {
        "type": "persistentVolumeClaim",
        "size": f"{size_gi}Gi",
        **({"storageClass": storage_class} if storage_class else {}),
    }


def maintenance(namespace: str) -> str:
    """Return master.toml: what the leading master does by itself, every hour.

    The chart leaves it empty, and then lost copies are not made again and old versions stay for ever. Left out of what
    SeaweedFS itself would do: erasure coding, which needs fourteen places for the pieces of a volume.
    """
    gateway = f"{LIFECYCLE_SERVICE}.{namespace}:{S3_GRPC}"
    return f"""[master.maintenance]
sleep_minutes = 60
scripts = \"\"\"
lock
fs.log.purge -daysAgo=7
volume.deleteEmpty -quietFor=24h -apply
volume.balance -apply
volume.fix.replication -apply
s3.clean.uploads -timeAgo=24h
unlock
s3.lifecycle.run-shard -shards 0-15 -s3 {gateway} -events 0 -runtime 20m
\"\"\"
"""


def names_gi(storage_gi: int) -> int:
    """Return the size of a filer's volume for a given size of a volume server's: names take far less than data."""
    return max(5, storage_gi // 20)


def _environment() -> dict[str, Any]:
    client = f"{_CERTIFICATES}/client"
    signing = {variable: from_secret(SIGNING, key) for variable, key in sorted(SIGNING_KEYS.items())}
    return {
        **signing,
        # Both or neither: with a lower bound alone the parts only warn, and go on without TLS.
        "WEED_TLS_MIN_VERSION": "TLS 1.2",
        "WEED_TLS_MAX_VERSION": "TLS 1.3",
        "WEED_GRPC_CA": f"{_CERTIFICATES}/ca/ca.crt",
        # The chart leaves the gateway's gRPC port, which can change identities, open and in the clear.
        "WEED_GRPC_S3_CERT": f"{client}/tls.crt",
        "WEED_GRPC_S3_KEY": f"{client}/tls.key",
        "WEED_FILER_EXPOSE_DIRECTORY_METADATA_ENABLED": "false",
    }


def _gateway(size: Workload) -> dict[str, Any]:
    over_tls = {"httpGet": {"path": "/status", "scheme": "HTTPS"}}
    return {
        **_part("s3", size),
        "enabled": True,
        "port": S3,
        "metricsPort": METRICS,
        "logs": {"type": ""},
        "serviceAccountName": RELEASE,
        "enableAuth": True,
        "existingConfigSecret": IDENTITIES,
        "tlsSecret": S3_CERTIFICATE,
        "readinessProbe": over_tls,
        "livenessProbe": over_tls,
        "extraArgs": [
            # With a certificate and without `-port.https` the one port speaks TLS; the chart's `httpsPort` adds a
            # second port and leaves the first in the clear.
            f"-cert.file={_CERTIFICATES}/s3/tls.crt",
            f"-key.file={_CERTIFICATES}/s3/tls.key",
            "-encryptVolumeData",
            # Both listen in the clear unless they are told not to.
            "-port.iceberg=0",
            "-port.lance=0",
            # Identities come from the Secret alone.
            "-iam=false",
            "-autoCreateBucket=false",
            "-allowDeleteBucketNotEmpty=false",
            "-allowedOrigins=",
        ],
    }


def seaweedfs_values(
    *, size: SeaweedFsSize, storage_gi: int, storage_class: str | None, namespace: str, sources: Sources
) -> dict[str, Any]:
    """Values of the chart.

    Its signing keys would be new at each rendering and stand in a ConfigMap, so they are off, and come from a Secret
    through the environment instead, which wins over the file.
    """
    two_copies = size.volume.replicas > 1
    return {
        "global": {
            "imageRegistry": sources.registry or "docker.io",
            "imagePullSecrets": [{"name": sources.pull_secret}] if sources.pull_secret else [],
            "seaweedfs": {
                "createClusterRole": False,
                "automountServiceAccountToken": False,
                "serviceAccountName": RELEASE,
                "enableSecurity": True,
                "securityConfig": {
                    "jwtSigning": {"volumeWrite": False, "volumeRead": False, "filerWrite": False, "filerRead": False}
                },
                "enableReplication": two_copies,
                "replicationPlacement": "001",
                "extraEnvironmentVars": _environment(),
            },
        },
        "certificates": {"externalCertificates": {"enabled": True}},
        "master": {
            **_part("master", size.master),
            "data": _claim(MASTER_GI, storage_class),
            "logs": {"type": ""},
            "config": maintenance(namespace),
            # Only the health check stays: the rest of its HTTP interface asks for no credentials.
            "disableHttp": True,
            # Without it statistics go to the makers of SeaweedFS every day.
            "extraArgs": ["-telemetry=false"],
            # One volume file at a time for each bucket: the default reserves seven, which small disks do not have.
            "extraEnvironmentVars": {
                f"WEED_MASTER_VOLUME_GROWTH_COPY_{copies}": "1" for copies in ("1", "2", "3", "OTHER")
            },
        },
        "volume": {
            **_part("volume", size.volume),
            "dataDirs": [{"name": "data", "maxVolumes": 0, **_claim(storage_gi, storage_class)}],
            "resizeHook": {"enabled": False},
        },
        "filer": {
            **_part("filer", size.filer),
            "data": _claim(names_gi(storage_gi), storage_class),
            "logs": {"type": ""},
            "encryptVolumeData": True,
            "disableHttp": True,
            "disableDirListing": True,
            "readinessProbe": {"tcpSocket": {"port": FILER}},
            "livenessProbe": {"tcpSocket": {"port": FILER}},
        },
        "s3": _gateway(size.gateway),
    }
