"""What a program gives for an object, made ready to be applied, or refused."""

from .objects import metadata_of
from .values import KubeObject, Unknown

CHART = "kubernetes:helm.sh/v4:Chart"
_NO_OBJECTS = ("helm.sh/", "yaml", "kustomize")
_READ_ONLY = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)


class UnsupportedError(ValueError):
    """Something that the official provider has and a rehearsal does not."""

    def __init__(self, token: str) -> None:
        super().__init__(
            f"{token} is not available in a rehearsal; it has ordinary Kubernetes resources and the component {CHART}"
        )


def split_token(token: str) -> tuple[str, str]:
    """Return module and kind of a type: `kubernetes:apps/v1:Deployment` is `apps/v1` and `Deployment`.

    A component's child has its parents' types before its own in its URN, joined by `$`: they are left out.
    """
    module, _, kind = token.rpartition("$")[2].removeprefix("kubernetes:").rpartition(":")
    return module, kind


def refuse_unusable(token: str, inputs: KubeObject) -> None:
    """Raise ValueError for a type that is no ordinary object, and for an object that does not say what it is."""
    module, kind = split_token(token)
    if module.startswith(_NO_OBJECTS):
        raise UnsupportedError(token)
    if kind.endswith("Patch") and inputs.get("kind") != kind:
        msg = f"{token}: Patch resources are not available in a rehearsal; manage the object itself, or leave it alone"
        raise ValueError(msg)
    if kind.endswith("List") and "items" in inputs:
        msg = f"{token}: a list cannot be created; create its items"
        raise ValueError(msg)
    for field in ("apiVersion", "kind"):
        if not isinstance(inputs.get(field), str):
            msg = f"{token}: .{field} must be a text that is known before the update"
            raise ValueError(msg)  # noqa: TRY004  a wrong input, not a wrong call
    if not isinstance(inputs.get("metadata"), (dict, Unknown, type(None))):
        msg = f"{token}: .metadata must be an object"
        raise ValueError(msg)  # noqa: TRY004  a wrong input, not a wrong call


def without_read_only(inputs: KubeObject) -> KubeObject:
    """Return inputs without the metadata that only the server writes; rendered manifests often carry some of it."""
    metadata = metadata_of(inputs)
    if not any(key in metadata for key in _READ_ONLY):
        return inputs
    return {**inputs, "metadata": {key: value for key, value in metadata.items() if key not in _READ_ONLY}}


def in_namespace(inputs: KubeObject, live: str) -> KubeObject:
    """Return inputs with the namespace they amount to, given the living object's ("" when its kind has none)."""
    metadata = metadata_of(inputs)
    if not metadata:
        return inputs
    rest = {key: value for key, value in metadata.items() if key != "namespace"}
    return {**inputs, "metadata": {**rest, "namespace": metadata.get("namespace") or "default"} if live else rest}
