"""The objects of a rendered chart, turned into the resources that it registers.

Pure: plain data in, frozen data out. Names, scopes and order follow the official provider (pulumi-kubernetes 4.32,
`provider/pkg/provider/yaml/v2`), so that a stack which was rehearsed keeps its resource names on a real cluster.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, cast

from rehearsal.providers.kubernetes.manifests import Manifest, RenderingError

DEPENDS_ON = "config.kubernetes.io/depends-on"
RESOURCE_POLICY = "helm.sh/resource-policy"
SKIP_AWAIT = "pulumi.com/skipAwait"

# Kinds of Kubernetes itself that have no namespace, by API group (Kubernetes 1.33 API reference).
_CLUSTER_SCOPED: Mapping[str, frozenset[str]] = {
    "": frozenset({"ComponentStatus", "Namespace", "Node", "PersistentVolume"}),
    "admissionregistration.k8s.io": frozenset(
        {
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        }
    ),
    "apiextensions.k8s.io": frozenset({"CustomResourceDefinition"}),
    "apiregistration.k8s.io": frozenset({"APIService"}),
    "authentication.k8s.io": frozenset({"SelfSubjectReview", "TokenReview"}),
    "authorization.k8s.io": frozenset({"SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"}),
    "certificates.k8s.io": frozenset({"CertificateSigningRequest", "ClusterTrustBundle"}),
    "flowcontrol.apiserver.k8s.io": frozenset({"FlowSchema", "PriorityLevelConfiguration"}),
    "internal.apiserver.k8s.io": frozenset({"StorageVersion"}),
    "networking.k8s.io": frozenset({"IPAddress", "IngressClass", "ServiceCIDR"}),
    "node.k8s.io": frozenset({"RuntimeClass"}),
    "rbac.authorization.k8s.io": frozenset({"ClusterRole", "ClusterRoleBinding"}),
    "resource.k8s.io": frozenset({"DeviceClass", "DeviceTaintRule", "ResourceSlice"}),
    "scheduling.k8s.io": frozenset({"PriorityClass"}),
    "storage.k8s.io": frozenset({"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"}),
    "storagemigration.k8s.io": frozenset({"StorageVersionMigration"}),
}


@dataclass(frozen=True, kw_only=True)
class ObjectKey:
    """What makes an object one and the same on an API server: group, kind, namespace ("" for none) and name."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Child:
    """One resource of a chart.

    `type` is the Pulumi type token, `name` the logical name, `manifest` the whole object, `depends_on` the logical
    positions (indices into the list that `children` returns) of what has to stand before, `keep` whether the chart
    wants the object to outlive it (annotation `helm.sh/resource-policy: keep`).
    """

    type: str
    name: str
    key: ObjectKey
    manifest: Manifest
    depends_on: tuple[int, ...] = ()
    keep: bool = False


def children(
    manifests: Sequence[Manifest],
    *,
    prefix: str,
    namespace: str,
    skip_await: bool = False,
    kinds: Mapping[tuple[str, str], bool] | None = None,
) -> list[Child]:
    """Name the objects of a chart and order them: what others depend on comes first.

    `prefix` goes before every logical name (none when empty), `namespace` is where namespaced objects without one go,
    `kinds` says for (apiVersion, kind) of what the API server knows whether it is namespaced.

    Custom resources depend on their definition, and objects on their Namespace, when the chart brings these; the
    annotation `config.kubernetes.io/depends-on` adds to that. Raises RenderingError for two objects of one identity,
    a dependency outside the chart and a circle of dependencies.
    """
    known = {**(kinds or {}), **defined_kinds(manifests)}
    placed: list[Manifest] = [_placed(manifest, namespace, known, skip_await=skip_await) for manifest in manifests]
    positions = {_identity(manifest): position for position, manifest in enumerate(placed)}
    if len(positions) < len(placed):
        counts = Counter(_identity(manifest) for manifest in placed)
        twice = sorted(str(key) for key, count in counts.items() if count > 1)
        raise RenderingError(f"the chart renders more than once: {', '.join(twice)}")
    graph = _dependencies(placed, positions)
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(str(_identity(placed[at])) for at in cast("list[int]", error.args[1]))
        raise RenderingError(f"objects of the chart depend on each other in a circle: {circle}") from error
    rank = {position: index for index, position in enumerate(order)}
    return [
        _child(placed[position], prefix, tuple(sorted(rank[dependency] for dependency in graph[position])))
        for position in order
    ]


def _child(manifest: Manifest, prefix: str, depends_on: tuple[int, ...]) -> Child:
    key = _identity(manifest)
    api_version = manifest["apiVersion"]
    name = f"{key.namespace}/{key.name}" if key.namespace else key.name
    return Child(
        type=f"kubernetes:{'core/v1' if api_version == 'v1' else api_version}:{key.kind}",
        name=f"{prefix}:{name}" if prefix else name,
        key=key,
        manifest=manifest,
        depends_on=depends_on,
        keep=_annotations(manifest).get(RESOURCE_POLICY) == "keep",
    )


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def _identity(manifest: Manifest) -> ObjectKey:
    metadata = manifest["metadata"]
    return ObjectKey(
        group=_group(manifest["apiVersion"]),
        kind=manifest["kind"],
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
    )


def _annotations(manifest: Manifest) -> dict[str, str]:
    return manifest["metadata"].get("annotations", {})


def _placed(manifest: Manifest, namespace: str, kinds: Mapping[tuple[str, str], bool], *, skip_await: bool) -> Manifest:
    api_version = manifest["apiVersion"].removeprefix("core/")
    metadata = dict(manifest["metadata"])
    if not metadata.get("namespace"):
        metadata.pop("namespace", None)
        if _is_namespaced(api_version, manifest["kind"], kinds):
            metadata["namespace"] = namespace
    if skip_await:
        metadata["annotations"] = {**_annotations(manifest), SKIP_AWAIT: "true"}
    return {**manifest, "apiVersion": api_version, "metadata": metadata}


def _is_namespaced(api_version: str, kind: str, kinds: Mapping[tuple[str, str], bool]) -> bool:
    return kinds.get((api_version, kind), kind not in _CLUSTER_SCOPED.get(_group(api_version), ()))


def defined_kinds(manifests: Sequence[Manifest]) -> dict[tuple[str, str], bool]:
    """Say for (apiVersion, kind) of each definition in the chart whether it is namespaced."""
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): spec.get("scope") != "Cluster"
        for spec in map(_definition, manifests)
        if spec
        for version in spec.get("versions", ())
    }


def _definition(manifest: Manifest) -> dict[str, Any] | None:
    is_definition = manifest["kind"] == "CustomResourceDefinition"
    return manifest.get("spec") if is_definition and _group(manifest["apiVersion"]) == "apiextensions.k8s.io" else None


def _dependencies(manifests: Sequence[Manifest], positions: Mapping[ObjectKey, int]) -> dict[int, set[int]]:
    definitions = {
        (spec["group"], spec["names"]["kind"]): position
        for position, spec in enumerate(map(_definition, manifests))
        if spec
    }
    namespaces = {key.name: at for key, at in positions.items() if (key.group, key.kind) == ("", "Namespace")}
    graph: dict[int, set[int]] = {}
    for position, manifest in enumerate(manifests):
        key = _identity(manifest)
        implied = (definitions.get((key.group, key.kind)), namespaces.get(key.namespace))
        graph[position] = {dependency for dependency in implied if dependency is not None}
        for dependency in _declared_dependencies(manifest):
            if dependency not in positions:
                raise RenderingError(f"{key}: {DEPENDS_ON} names {dependency}, which the chart does not render")
            graph[position].add(positions[dependency])
    return graph


def _declared_dependencies(manifest: Manifest) -> Iterator[ObjectKey]:
    """Read `group/kind/name` and `group/namespaces/namespace/kind/name` between commas (sigs.k8s.io/cli-utils)."""
    annotation = _annotations(manifest).get(DEPENDS_ON)
    for reference in annotation.split(",") if annotation else ():
        match reference.strip().split("/"):
            case [group, kind, name]:
                yield ObjectKey(group=group, kind=kind, namespace="", name=name)
            case [group, "namespaces", namespace, kind, name]:
                yield ObjectKey(group=group, kind=kind, namespace=namespace, name=name)
            case _:
                raise RenderingError(
                    f"{_identity(manifest)}: {DEPENDS_ON} has {reference.strip()!r}; "
                    "allowed are group/kind/name and group/namespaces/namespace/kind/name"
                )
