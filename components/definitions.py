"""A chart's resource types: they belong to the program, though charts mark them to outlive their release."""

from __future__ import annotations

from typing import Any, cast

import pulumi

_DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
_POLICY = "helm.sh/resource-policy"


def own_definitions(*, protect: bool) -> pulumi.ResourceTransform:
    """Make the transform by which a chart's resource types belong to this program, `protect` from deletion or not.

    With the mark they would be kept when the chart goes. Here they go last, after every object of their kind; nothing
    else of the chart is protected, so that its next version may leave objects out.
    """

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != _DEFINITION:
            return None
        metadata = dict(cast("dict[str, Any]", args.props["metadata"]))
        annotations = cast("dict[str, Any]", metadata.get("annotations") or {})
        metadata["annotations"] = {k: v for k, v in annotations.items() if k != _POLICY}
        ours = pulumi.ResourceOptions(protect=protect, retain_on_delete=False)
        opts = pulumi.ResourceOptions.merge(args.opts, ours)
        return pulumi.ResourceTransformResult(props={**args.props, "metadata": metadata}, opts=opts)

    return transform
