"""The storage class of Core 2's volumes, for which its charts have no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pulumi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SELDON_CONFIG = "kubernetes:mlops.seldon.io/v1alpha1:SeldonConfig"
SERVER_CONFIG = "kubernetes:mlops.seldon.io/v1alpha1:ServerConfig"


def _in_class(holder: Mapping[str, Any], storage_class: str) -> dict[str, Any]:
    claims = [
        {**claim, "spec": {**claim["spec"], "storageClassName": storage_class}}
        for claim in holder.get("volumeClaimTemplates", [])
    ]
    return {**holder, "volumeClaimTemplates": claims} if claims else dict(holder)


def with_storage_class(type_: str, props: Mapping[str, Any], storage_class: str) -> dict[str, Any]:
    """Set the class of every volume claim template that the controller makes pods from."""
    if type_ == SERVER_CONFIG:
        return {**props, "spec": _in_class(props["spec"], storage_class)}
    if type_ == SELDON_CONFIG:
        components = [_in_class(component, storage_class) for component in props["spec"]["components"]]
        return {**props, "spec": {**props["spec"], "components": components}}
    return dict(props)


def storage_class_transform(
    storage_class: str,
) -> Callable[[pulumi.ResourceTransformArgs], pulumi.ResourceTransformResult | None]:
    """Make the transform of the setup chart."""

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        props = with_storage_class(args.type_, cast("Mapping[str, Any]", args.props), storage_class)
        return pulumi.ResourceTransformResult(props=props, opts=args.opts)

    return transform
