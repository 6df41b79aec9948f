"""Small questions about Kubernetes objects: who they are, what they are annotated with, what in them is noise."""

import copy
from dataclasses import dataclass
from typing import Any, Final, cast

from .values import Json, KubeObject, Unknown

AUTONAMED: Final = "pulumi.com/autonamed"
SKIP_AWAIT: Final = "pulumi.com/skipAwait"
WAIT_FOR: Final = "pulumi.com/waitFor"
TIMEOUT_SECONDS: Final = "pulumi.com/timeoutSeconds"
PATCH_FORCE: Final = "pulumi.com/patchForce"
FIELD_MANAGER: Final = "pulumi.com/patchFieldManager"
DELETION_PROPAGATION: Final = "pulumi.com/deletionPropagationPolicy"


@dataclass(frozen=True, kw_only=True)
class ObjectId:
    """Which object of a cluster: its kind, its namespace ("" for cluster-scoped kinds) and its name."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.api_version}/{self.kind} {self.resource_id}"

    @property
    def resource_id(self) -> str:
        """The Pulumi id: `<namespace>/<name>`, or `<name>` for what has no namespace."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def identify(obj: KubeObject) -> ObjectId:
    """Return the identity that an object states of itself."""
    return ObjectId(
        api_version=str(obj.get("apiVersion", "")),
        kind=str(obj.get("kind", "")),
        namespace=metadata_text(obj, "namespace"),
        name=metadata_text(obj, "name"),
    )


def split_id(resource_id: str) -> tuple[str, str]:
    """Split a Pulumi id into namespace ("" when there is none) and name."""
    namespace, _, name = resource_id.rpartition("/")
    return namespace, name


def group_of(api_version: str) -> str:
    """Return the API group of an apiVersion; "" is the core group."""
    group, slash, _ = api_version.rpartition("/")
    return group if slash else ""


def dig(obj: Json, *path: str) -> Any:  # noqa: ANN401  a field of an object of any kind
    """Return the field at `path`, or None when any step of it is missing or is not an object."""
    for key in path:
        if not isinstance(obj, dict):
            return None
        obj = obj.get(key)
    return obj


def metadata_of(obj: KubeObject) -> KubeObject:
    """Return `metadata`, empty when it is missing or not known yet."""
    return cast(KubeObject, obj["metadata"]) if isinstance(obj.get("metadata"), dict) else {}


def metadata_text(obj: KubeObject, key: str) -> str:
    """Return a text of `metadata`, "" when it is missing or not known yet."""
    value = dig(obj, "metadata", key)
    return value if isinstance(value, str) else ""


def is_given(obj: KubeObject, key: str) -> bool:
    """Say whether `metadata` has `key`, known or not known yet."""
    value = dig(obj, "metadata", key)
    return isinstance(value, Unknown) or bool(value)


def annotation(obj: KubeObject, name: str) -> str:
    """Return an annotation, "" when it is missing or not known yet."""
    value = dig(obj, "metadata", "annotations", name)
    return value if isinstance(value, str) else ""


def is_annotated(obj: KubeObject, name: str) -> bool:
    """Say whether an annotation is "true"."""
    return annotation(obj, name).lower() == "true"


def items(obj: Json, *path: str) -> list[KubeObject]:
    """Return the objects in the list at `path`; an absent list is empty."""
    found = dig(obj, *path)
    entries = cast(list[KubeObject], found) if isinstance(found, list) else []
    return [entry for entry in entries if isinstance(entry, dict)]  # pyright: ignore[reportUnnecessaryIsInstance]


def without_noise(live: KubeObject) -> KubeObject:
    """Return a live object as the state keeps it: without managedFields, which are large and of no use to a program."""
    metadata = {key: value for key, value in live.get("metadata", {}).items() if key != "managedFields"}
    return {**live, "metadata": metadata}


_SERVER_METADATA: Final = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid", "selfLink")
_SERVER_ANNOTATIONS: Final = (
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
)


def as_inputs(live: KubeObject) -> KubeObject:
    """Return what a program would say to make `live`: everything but status and what only the server writes."""
    obj = copy.deepcopy({key: value for key, value in live.items() if key != "status"})
    metadata = obj.get("metadata", {})
    for key in _SERVER_METADATA:
        metadata.pop(key, None)
    annotations = metadata.get("annotations", {})
    for key in _SERVER_ANNOTATIONS:
        annotations.pop(key, None)
    if not annotations:
        metadata.pop("annotations", None)
    return obj
