"""Names: those the user gives, and those made up from the logical name as upstream makes them."""

import copy
import hashlib
import os
from typing import Final

from .objects import AUTONAMED, FIELD_MANAGER, annotation, is_annotated, is_given, metadata_text
from .values import KubeObject, Unknown

_SUFFIX_DIGITS: Final = 8


def suffix(seed: bytes) -> str:
    """Return 8 hex digits derived from the engine's seed, so that one plan always proposes the same name."""
    digest = hashlib.sha256(seed or os.urandom(32)).hexdigest()
    return digest[:_SUFFIX_DIGITS]


def named(inputs: KubeObject, old_inputs: KubeObject, logical_name: str, seed: bytes) -> KubeObject:
    """Return `inputs` with a name: their own, else that of an autonamed predecessor, else `<logical name>-<8 digits>`.

    A made-up name is marked with the annotation `pulumi.com/autonamed`, as upstream does, so that a later run keeps it
    and knows that a replacement may stand beside the old object.
    Raises ValueError for `generateName`, which server-side apply does not have; upstream refuses it in the same words.
    """
    if is_given(inputs, "name"):
        return inputs
    old_name = metadata_text(old_inputs, "name")
    if old_name and is_annotated(old_inputs, AUTONAMED):
        return _autonamed(inputs, old_name)
    if is_given(inputs, "generateName"):
        msg = (
            "the `.metadata.generateName` field is not supported in Server-Side Apply mode: "
            "give `.metadata.name`, or leave both out"
        )
        raise ValueError(msg)
    return _autonamed(inputs, f"{logical_name}-{suffix(seed)}")


def _autonamed(inputs: KubeObject, name: str) -> KubeObject:
    if isinstance(inputs.get("metadata"), Unknown):
        return inputs
    result = copy.copy(inputs)
    metadata = dict(inputs.get("metadata") or {})
    metadata["name"] = name
    annotations = metadata.get("annotations")
    if not isinstance(annotations, Unknown):
        metadata["annotations"] = {**(annotations or {}), AUTONAMED: "true"}
    result["metadata"] = metadata
    return result


def field_manager(urn: str, inputs: KubeObject, remembered: str = "") -> str:
    """Return the field manager that owns a resource's fields, one per resource.

    In this order, as upstream: the annotation `pulumi.com/patchFieldManager`; the one in the state; a new one. Upstream
    makes the new one at random. Here it is derived from the URN (which names project, stack and resource), so that a
    run that continues an interrupted one recognises the objects which that one had created and could not record.
    """
    digest = hashlib.sha256(urn.encode()).hexdigest()[:_SUFFIX_DIGITS]
    return annotation(inputs, FIELD_MANAGER) or remembered or f"pulumi-kubernetes-{digest}"
