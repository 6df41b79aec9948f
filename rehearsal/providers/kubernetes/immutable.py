"""Which fields cannot change on a living object, so that a change to them replaces it.

Paths are tuples of keys; `*` stands for every element of a list. The first table is what the official provider replaces
(its `provider/pkg/provider/diff.go`), the second what the API server refuses to change although that provider does not
know it (`ValidateUpdate` of the kinds): there the official provider stops with the server's error, and the rehearsal
says replacement.
"""

from typing import Final, TypeAlias

from .objects import group_of
from .values import KubeObject

Path: TypeAlias = tuple[str, ...]

_IDENTITY: Final[tuple[Path, ...]] = (("kind",), ("metadata", "name"), ("metadata", "namespace"))


def _paths(*dotted: str) -> tuple[Path, ...]:
    return tuple(tuple(path.split(".")) for path in dotted)


_VOLUME_SOURCES: Final = """
    awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk
    glusterfs hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos
    vsphereVolume
"""
_POD_FIELDS: Final = """
    affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC
    hostNetwork hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy
    priority priorityClassName readinessGates restartPolicy runtimeClassName schedulerName
    securityContext serviceAccount serviceAccountName shareProcessNamespace subdomain
    terminationGracePeriodSeconds volumes
"""
_CONTAINER_FIELDS: Final = """
    args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources
    securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices
    volumeMounts workingDir
"""
_UPSTREAM: Final[dict[tuple[str, str], tuple[Path, ...]]] = {
    ("apps", "DaemonSet"): _paths("spec.selector"),
    ("apps", "Deployment"): _paths("spec.selector"),
    ("apps", "StatefulSet"): _paths(
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    ("batch", "Job"): _paths("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("", "PersistentVolume"): _paths(*(f"spec.{source}" for source in _VOLUME_SOURCES.split())),
    ("", "PersistentVolumeClaim"): _paths(
        "spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"
    ),
    ("", "Pod"): _paths(
        *(f"spec.{field}" for field in _POD_FIELDS.split()),
        *(
            f"spec.{list_}.*.{field}"
            for list_ in ("containers", "initContainers")
            for field in _CONTAINER_FIELDS.split()
        ),
    ),
    ("", "ResourceQuota"): _paths("spec.scopes"),
    ("", "Secret"): _paths("type"),
    ("", "Service"): _paths("spec.clusterIP"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _paths("roleRef"),
    ("rbac.authorization.k8s.io", "RoleBinding"): _paths("roleRef"),
    ("storage.k8s.io", "StorageClass"): _paths("parameters", "provisioner"),
}

_API_SERVER: Final[dict[tuple[str, str], tuple[Path, ...]]] = {
    ("", "PersistentVolumeClaim"): _paths("spec.volumeMode", "spec.dataSource", "spec.dataSourceRef"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _paths(
        "spec.group", "spec.scope", "spec.names.kind", "spec.names.plural"
    ),
    ("batch", "Job"): _paths("spec.completionMode", "spec.podFailurePolicy", "spec.backoffLimitPerIndex"),
    ("scheduling.k8s.io", "PriorityClass"): _paths("value", "preemptionPolicy"),
    ("storage.k8s.io", "StorageClass"): _paths("reclaimPolicy", "volumeBindingMode"),
}

_DATA: Final[dict[tuple[str, str], tuple[Path, ...]]] = {
    ("", "ConfigMap"): _paths("data", "binaryData", "immutable"),
    ("", "Secret"): _paths("data", "stringData", "type", "immutable"),
}


def immutable_paths(old: KubeObject, new: KubeObject, mutable_kinds: frozenset[str]) -> tuple[Path, ...]:
    """Return the paths whose change replaces the object.

    The data of a ConfigMap or Secret counts unless its kind is in `mutable_kinds` (the provider settings
    `enableConfigMapMutable` and `enableSecretMutable`) and neither side says `immutable: true`.
    """
    key = (group_of(str(new.get("apiVersion", ""))), str(new.get("kind", "")))
    paths = _IDENTITY + _UPSTREAM.get(key, ()) + _API_SERVER.get(key, ())
    if key in _DATA:
        frozen = old.get("immutable") is True or new.get("immutable") is True
        if frozen and old.get("immutable") is True:
            return paths + _DATA[key]
        if frozen or key[1] not in mutable_kinds:
            return paths + tuple(path for path in _DATA[key] if path != ("immutable",))
    return paths
