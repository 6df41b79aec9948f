"""The custom resources of the database: instances, their certificate, and where their backups go. Pure functions.

Fields: CloudNativePG 1.30.0 (api/v1/cluster_types.go, scheduledbackup_types.go) and the plugin barman-cloud 0.13.0
(api/v1/objectstore_types.go).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.cluster.certificates import CertificateRequest, certificate_spec
from components.cluster.priority import DATA_PRIORITY
from components.contracts import StaticKeys
from components.trust import AUTHORITY_KEY
from components.workload import zone_spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.contracts import Bucket
    from components.workload import Workload

CLUSTER = "seldon-metadata"
DATABASE = "metadata"
OWNER = "seldon"
PORT = 5432
IMAGE = (
    "ghcr.io/cloudnative-pg/postgresql:15.19-202608170814-standard-trixie"
    "@sha256:613c7a0417887cd2626a2bfb31fa4e1d86c3088e575fd66bc227007dc69a5487"
)
"""The newest PostgreSQL that Seldon supports is 15, the operator's default is newer. The standard flavour has pgaudit.
Source: image-catalogs/catalog-standard-trixie.yaml of cloudnative-pg/artifacts, 2026-08-22."""

PLUGIN_NAME = "barman-cloud.cloudnative-pg.io"
OBJECT_STORE = "backups"
SERVER_TLS = "seldon-metadata-tls"
OWNER_SECRET = "seldon-metadata-owner"  # noqa: S105 (a name)
KEYS_SECRET = "seldon-metadata-backups"  # noqa: S105 (a name)
AUTHORITY_SECRET = "seldon-metadata-backups-authority"  # noqa: S105 (a name)
RELOAD = {"cnpg.io/reload": "true"}
"""Label of the Secrets whose change the instances take up without a restart."""

ACCESS_KEY_ID, SECRET_ACCESS_KEY = "ACCESS_KEY_ID", "ACCESS_SECRET_KEY"
"""Keys of the Secret with the keys of the backup bucket; the ObjectStore names them."""

INSTANCES = {"cnpg.io/cluster": CLUSTER, "cnpg.io/podRole": "instance"}
"""Labels of the pods that hold the data."""


@dataclass(frozen=True, kw_only=True)
class ClusterShape:
    """What the cluster is made with, all of it plain."""

    image: str
    size: Workload
    storage_gi: int
    """Volume per instance, in GiB."""
    storage_class: str | None
    pull_secret: str | None


def host(namespace: str) -> str:
    """Return the name under which clients reach the primary, as its certificate has it."""
    return f"{CLUSTER}-rw.{namespace}.svc.cluster.local"


def server_names(namespace: str) -> list[str]:
    """Return the names of the three Services: the primary (rw), any instance (r), a replica (ro)."""
    services = [f"{CLUSTER}-{role}" for role in ("rw", "r", "ro")]
    suffixes = ("", f".{namespace}", f".{namespace}.svc", f".{namespace}.svc.cluster.local")
    return [f"{service}{suffix}" for service in services for suffix in suffixes]


def server_certificate_spec(namespace: str, issuer: str) -> dict[str, Any]:
    """The server's certificate; the label makes the instances reload when it is renewed."""
    request = CertificateRequest(name=SERVER_TLS, dns_names=server_names(namespace))
    return {**certificate_spec(request, issuer, ("server auth",)), "secretTemplate": {"labels": RELOAD}}


def parameters(size: Workload) -> dict[str, str]:
    """Settings of the server that differ from the operator's own, or that must not follow a change of its defaults."""
    return {
        "max_connections": "100",
        "shared_buffers": f"{size.memory_mi // 4}MB",
        "password_encryption": "scram-sha-256",
        "ssl_min_protocol_version": "TLSv1.3",
        "log_connections": "on",
        "log_disconnections": "on",
        "log_lock_waits": "on",
        "pgaudit.log": "ddl, role",
        "pgaudit.log_catalog": "off",
    }


def client_rules() -> list[str]:
    """Who may connect: the owner, to its database, with TLS and a password.

    They follow the operator's fixed rules (local socket; replication with a client certificate) and precede its last
    one, which would let any role in without TLS; the second line leaves nothing for that.
    """
    return [f"hostssl {DATABASE} {OWNER} all scram-sha-256", "host all all all reject"]


def _replication(instances: int) -> dict[str, Any]:
    """A commit is on two instances before it is confirmed; with two instances in all, only while both live."""
    if instances == 1:
        return {}
    durability = "required" if instances > 2 else "preferred"  # noqa: PLR2004 (a majority needs three)
    return {"synchronous": {"method": "any", "number": 1, "dataDurability": durability}}


def _placement(instances: int) -> dict[str, Any]:
    """Never two instances on one node; over zones where there are several."""
    apart: dict[str, Any] = {"enablePodAntiAffinity": True, "topologyKey": "kubernetes.io/hostname"}
    return {
        "affinity": {**apart, "podAntiAffinityType": "required" if instances > 1 else "preferred"},
        "topologySpreadConstraints": zone_spread(INSTANCES),
    }


def cluster_spec(shape: ClusterShape, *, account_annotations: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The database cluster. `account_annotations` are of the instances' ServiceAccount, for a cloud identity.

    Instances run as user 26 with a read-only root, no capability and the runtime's seccomp profile: the operator's
    defaults, which `restricted` admits (pkg/specs/pods.go). The authority of clients stays the operator's own, so that
    no other certificate of the platform lets anybody replicate.
    """
    spec: dict[str, Any] = {
        "description": "Model catalogue of the Seldon platform",
        "imageName": shape.image,
        "imagePullPolicy": "IfNotPresent",
        "instances": shape.size.replicas,
        "enableSuperuserAccess": False,
        "enablePDB": True,
        "priorityClassName": DATA_PRIORITY,
        "primaryUpdateStrategy": "unsupervised",
        # With `switchover` the operator refuses an update of both the image and a parameter.
        "primaryUpdateMethod": "restart",
        "certificates": {"serverTLSSecret": SERVER_TLS, "serverCASecret": SERVER_TLS},
        "bootstrap": {
            "initdb": {
                "database": DATABASE,
                "owner": OWNER,
                "secret": {"name": OWNER_SECRET},
                "encoding": "UTF8",
                "dataChecksums": True,
            }
        },
        "postgresql": {
            "parameters": parameters(shape.size),
            "pg_hba": client_rules(),
            **_replication(shape.size.replicas),
        },
        "plugins": [
            {"name": PLUGIN_NAME, "isWALArchiver": True, "parameters": {"barmanObjectName": OBJECT_STORE}},
        ],
        "storage": {
            "size": f"{shape.storage_gi}Gi",
            "resizeInUseVolumes": True,
            **({"storageClass": shape.storage_class} if shape.storage_class else {}),
        },
        "resources": shape.size.resources,
        "seccompProfile": {"type": "RuntimeDefault"},
        **_placement(shape.size.replicas),
    }
    if shape.pull_secret:
        spec["imagePullSecrets"] = [{"name": shape.pull_secret}]
    if account_annotations:
        spec["serviceAccountTemplate"] = {"metadata": {"annotations": dict(account_annotations)}}
    return spec


def _credentials(bucket: Bucket) -> dict[str, Any]:
    if isinstance(bucket.access, StaticKeys):
        return {
            "accessKeyId": {"name": KEYS_SECRET, "key": ACCESS_KEY_ID},
            "secretAccessKey": {"name": KEYS_SECRET, "key": SECRET_ACCESS_KEY},
        }
    return {"inheritFromIAMRole": True}


def _environment(bucket: Bucket) -> list[dict[str, str]]:
    """The region; and, for stores that are not AWS, only the checksums that the S3 API always had."""
    environment = [{"name": "AWS_DEFAULT_REGION", "value": bucket.region}]
    if bucket.provider != "AWS":
        checksums = ("AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION")
        environment += [{"name": name, "value": "when_required"} for name in checksums]
    return environment


def object_store_spec(bucket: Bucket, *, retention_days: int, authority: str | None) -> dict[str, Any]:
    """Where backups and WAL go, and how long they stay. `authority` is the Secret with the store's authority.

    Encryption on the store's side is asked for where every store of the kind has it (AWS); elsewhere it is a setting
    of the bucket, and asking would fail.
    """
    encryption = {"encryption": "AES256"} if bucket.provider == "AWS" else {}
    configuration: dict[str, Any] = {
        "destinationPath": f"s3://{bucket.name}/postgres",
        "endpointURL": bucket.endpoint,
        "s3Credentials": _credentials(bucket),
        "wal": {"compression": "gzip", "maxParallel": 2, **encryption},
        "data": {"compression": "gzip", "immediateCheckpoint": True, **encryption},
    }
    if authority:
        configuration["endpointCA"] = {"name": authority, "key": AUTHORITY_KEY}
    return {
        "configuration": configuration,
        "retentionPolicy": f"{retention_days}d",
        "instanceSidecarConfiguration": {
            "env": _environment(bucket),
            "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        },
    }


def scheduled_backup_spec() -> dict[str, Any]:
    """A backup every night at two, from a replica where there is one; the first at once."""
    return {
        "schedule": "0 0 2 * * *",
        "immediate": True,
        "backupOwnerReference": "self",
        "cluster": {"name": CLUSTER},
        "target": "prefer-standby",
        "method": "plugin",
        "pluginConfiguration": {"name": PLUGIN_NAME},
    }


def backup_secrets(bucket: Bucket) -> Sequence[str]:
    """Return the Secrets whose content the instances read to reach the store."""
    return [KEYS_SECRET] if isinstance(bucket.access, StaticKeys) else []
