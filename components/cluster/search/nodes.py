"""The Elasticsearch custom resource: what ECK is told about the nodes.

Fields: https://www.elastic.co/guide/en/cloud-on-k8s/2.16/k8s-api-elasticsearch-k8s-elastic-co-v1.html. ECK merges the
pod template over its own by the names of containers and volumes (pkg/controller/common/defaults at tag v3.2.0), and
adds the disruption budget, which follows the health of the cluster, and the wish to be on different hosts.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from components.cluster.priority import DATA_PRIORITY
from components.cluster.search import names
from components.cluster.search.snapshots import TRUST_AUTHORITY, client_settings
from components.contracts import GivenAuthority, PublicAuthorities
from components.hardening import CONTAINER_SECURITY, POD_SECURITY
from components.trust import AUTHORITY_KEY
from components.workload import zone_spread

if TYPE_CHECKING:
    from components.cluster.search.args import SearchArgs

_TLS = ["TLSv1.3", "TLSv1.2"]
_USER = 1000
"""Of the image; below version 8 it would start as root and change to it."""
_READ_ONLY: dict[str, Any] = {**CONTAINER_SECURITY, "readOnlyRootFilesystem": True}
_HELPER = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "256Mi"}}

_TRUST_DIRECTORY = "/usr/share/elasticsearch/config/object-store"
"""Below the configuration, where Elasticsearch lets its plugins read."""
_TRUST_STORE = f"{_TRUST_DIRECTORY}/authorities.p12"
_TRUST_PASSWORD = "changeit"  # noqa: S105 (Java asks for one; what it opens is public)


def node_settings(args: SearchArgs) -> dict[str, Any]:
    """Return `elasticsearch.yml` beyond what ECK writes itself.

    Memory is not mapped, so nodes need no higher `vm.max_map_count` and so no privileged container; GeoIP databases
    would be fetched from the internet; TLS 1.1 would be accepted.
    """
    return {
        "node.roles": ["master", "data", "ingest"],
        "node.store.allow_mmap": False,
        "ingest.geoip.downloader.enabled": False,
        "action.destructive_requires_name": True,
        "xpack.security.http.ssl.supported_protocols": _TLS,
        "xpack.security.transport.ssl.supported_protocols": _TLS,
        "xpack.security.audit.enabled": args.audit,
        **client_settings(args.backups),
    }


def _trusts_public(args: SearchArgs) -> bool:
    return isinstance(args.backups.trust, PublicAuthorities)


def _trust_container() -> dict[str, Any]:
    environment = {
        "AUTHORITY": f"/authority/{AUTHORITY_KEY}",
        "TRUST_STORE": _TRUST_STORE,
        "TRUST_STORE_PASSWORD": _TRUST_PASSWORD,
        "KEYTOOL": "/usr/share/elasticsearch/jdk/bin/keytool",
    }
    return {
        "name": "trust-object-store",
        "command": ["bash", "-c", TRUST_AUTHORITY],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "resources": _HELPER,
        "securityContext": _READ_ONLY,
        "volumeMounts": [
            {"name": "object-store-authority", "mountPath": "/authority", "readOnly": True},
            {"name": "object-store-trust", "mountPath": _TRUST_DIRECTORY},
        ],
    }


def _init_containers(args: SearchArgs) -> list[dict[str, Any]]:
    """ECK's own, which for this version are not restricted enough by themselves, and ours after them."""
    own: list[dict[str, Any]] = [
        {"name": "elastic-internal-init-filesystem", "securityContext": _READ_ONLY},
        # Upstream leaves its root file system writable.
        {"name": "elastic-internal-init-keystore", "securityContext": CONTAINER_SECURITY},
        {"name": "elastic-internal-suspend", "securityContext": _READ_ONLY, "resources": _HELPER},
    ]
    return own if _trusts_public(args) else [*own, _trust_container()]


def _main_container(args: SearchArgs) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": "elasticsearch",
        "resources": args.size.resources,
        "securityContext": _READ_ONLY,
    }
    if _trusts_public(args):
        return container
    options = {"trustStore": _TRUST_STORE, "trustStorePassword": _TRUST_PASSWORD, "trustStoreType": "PKCS12"}
    java = " ".join(f"-Djavax.net.ssl.{key}={value}" for key, value in options.items())
    return {
        **container,
        "env": [{"name": "ES_JAVA_OPTS", "value": java}],
        "volumeMounts": [{"name": "object-store-trust", "mountPath": _TRUST_DIRECTORY, "readOnly": True}],
    }


def _volumes(args: SearchArgs) -> list[dict[str, Any]]:
    if _trusts_public(args):
        return []
    files = [{"key": AUTHORITY_KEY, "path": AUTHORITY_KEY}]
    return [
        {"name": "object-store-authority", "secret": {"secretName": names.SNAPSHOT_AUTHORITY, "items": files}},
        {"name": "object-store-trust", "emptyDir": {"sizeLimit": "1Mi"}},
    ]


def _annotations(args: SearchArgs) -> dict[str, str]:
    """Restart the nodes when the customer gives another authority: they read it only when they start."""
    trust = args.backups.trust
    if not isinstance(trust, GivenAuthority):
        return {}
    return {"seldon-platform/object-store-authority": hashlib.sha256(trust.certificate.encode()).hexdigest()}


def pod_template(args: SearchArgs) -> dict[str, Any]:
    """Return the pod template of every node: restricted, and without the API server's token."""
    spec: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": DATA_PRIORITY,
        "securityContext": {**POD_SECURITY, "runAsUser": _USER, "fsGroup": _USER},
        "topologySpreadConstraints": zone_spread(names.POD_LABELS),
        "initContainers": _init_containers(args),
        "containers": [_main_container(args)],
        "volumes": _volumes(args),
    }
    if args.sources.pull_secret:
        spec["imagePullSecrets"] = [{"name": args.sources.pull_secret}]
    return {"metadata": {"annotations": _annotations(args)}, "spec": spec}


def _claim(args: SearchArgs) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{args.storage_gi}Gi"}},
    }
    if args.storage_class:
        spec["storageClassName"] = args.storage_class
    return {"metadata": {"name": "elasticsearch-data"}, "spec": spec}


def elasticsearch_spec(args: SearchArgs) -> dict[str, Any]:
    """Return the spec of the custom resource; volumes outlive it.

    Raises:
        ValueError: the tag of the image does not start with its version.
    """
    users = [names.SELDON_USER, names.SNAPSHOT_USER, *([names.LOG_WRITER_USER] if args.log_writer else [])]
    return {
        "version": names.image_version(args.image),
        "image": args.image,
        "volumeClaimDeletePolicy": "DeleteOnScaledownOnly",
        "http": {
            "service": {"spec": {"type": "ClusterIP"}},
            "tls": {"certificate": {"secretName": names.HTTP_CERTIFICATE}},
        },
        "auth": {
            "disableElasticUser": True,
            "roles": [{"secretName": names.ROLES}],
            "fileRealm": [{"secretName": user} for user in users],
        },
        "secureSettings": [{"secretName": names.SNAPSHOT_KEYS}],
        "nodeSets": [
            {
                "name": names.NODE_SET,
                "count": args.size.replicas,
                "config": node_settings(args),
                "podTemplate": pod_template(args),
                "volumeClaimTemplates": [_claim(args)],
            }
        ],
    }
