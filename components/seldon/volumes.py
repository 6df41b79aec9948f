"""The storage class of Core 2's volumes, for which its charts have no value."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, cast

import pulumi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SELDON_CONFIG = "kubernetes:mlops.seldon.io/v1alpha1:SeldonConfig"
SERVER_CONFIG = "kubernetes:mlops.seldon.io/v1alpha1:ServerConfig"


def with_storage_class(type_: str, props: Mapping[str, Any], storage_class: str) -> dict[str, Any]:
    """Set the class of every volume claim template that the controller makes pods from."""
    changed = deepcopy(dict(props))
    spec = cast("dict[str, Any]", changed.get("spec", {}))
    holders: list[dict[str, Any]] = []
    if type_ == SELDON_CONFIG:
        holders = spec.get("components", [])
    elif type_ == SERVER_CONFIG:
        holders = [spec]
    for holder in holders:
        for claim in holder.get("volumeClaimTemplates", []):
            claim["spec"]["storageClassName"] = storage_class
    return changed


def storage_class_transform(
    storage_class: str,
) -> Callable[[pulumi.ResourceTransformArgs], pulumi.ResourceTransformResult | None]:
    """Make the transform of the setup chart."""

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        props = with_storage_class(args.type_, cast("Mapping[str, Any]", args.props), storage_class)
        return pulumi.ResourceTransformResult(props=props, opts=args.opts)

    return transform
