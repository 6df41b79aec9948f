"""What every pod of a chart must have, filled in where the chart leaves it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pulumi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CONTAINER_SECURITY: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
"""The part of Pod Security `restricted` that has to stand on each container."""

POD_SECURITY: dict[str, Any] = {
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""The part of Pod Security `restricted` that stands once on the pod."""

_TEMPLATES = {
    "kubernetes:apps/v1:DaemonSet": ("spec", "template", "spec"),
    "kubernetes:apps/v1:Deployment": ("spec", "template", "spec"),
    "kubernetes:apps/v1:StatefulSet": ("spec", "template", "spec"),
    "kubernetes:batch/v1:CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "kubernetes:batch/v1:Job": ("spec", "template", "spec"),
}


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    security: dict[str, Any] = {**CONTAINER_SECURITY, **container.get("securityContext", {})}
    capabilities: dict[str, Any] = {**CONTAINER_SECURITY["capabilities"], **security.get("capabilities", {})}
    return {**container, "securityContext": {**security, "capabilities": capabilities}}


def harden_pod(spec: Mapping[str, Any], *, pull_secret: str | None = None) -> dict[str, Any]:
    """Fill in what `restricted` asks for; what the chart set itself stays.

    A container that needs more than the standard grants therefore still fails admission, where a reviewer sees it.
    """
    hardened: dict[str, Any] = {**spec, "enableServiceLinks": spec.get("enableServiceLinks", False)}
    hardened["securityContext"] = {**POD_SECURITY, **spec.get("securityContext", {})}
    for containers in ("initContainers", "containers"):
        if spec.get(containers):
            hardened[containers] = [_container(container) for container in spec[containers]]
    if pull_secret and not spec.get("imagePullSecrets"):
        hardened["imagePullSecrets"] = [{"name": pull_secret}]
    return hardened


def _replaced(tree: Mapping[str, Any], path: Sequence[str], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Copy a tree along one path and change what is at its end; everything beside the path is shared, not copied."""
    key, *rest = path
    below = tree.get(key, {})
    return {**tree, key: _replaced(below, rest, change) if rest else change(below)}


def harden_object(type_: str, props: Mapping[str, Any], *, pull_secret: str | None = None) -> dict[str, Any]:
    """Harden the pod template of a workload; any other object is returned as it is."""
    path = _TEMPLATES.get(type_)
    if path is None:
        return dict(props)
    return _replaced(props, path, lambda pod: harden_pod(pod, pull_secret=pull_secret))


def wait_for_ready(type_: str, props: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """Annotate the custom resources of `kinds` (type token to `pulumi.com/waitFor` expression) so that `up` waits."""
    if type_ not in kinds:
        return dict(props)

    def annotate(annotations: dict[str, Any] | None) -> dict[str, Any]:
        return {**(annotations or {}), "pulumi.com/waitFor": kinds[type_]}

    return _replaced(props, ("metadata", "annotations"), annotate)


def chart_transform(
    *, pull_secret: str | None, wait_for: Mapping[str, str] | None = None
) -> Callable[[pulumi.ResourceTransformArgs], pulumi.ResourceTransformResult | None]:
    """Make the transform that every chart is installed with; the engine applies it to each object of the chart."""

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        props = harden_object(args.type_, cast("Mapping[str, Any]", args.props), pull_secret=pull_secret)
        props = wait_for_ready(args.type_, props, wait_for or {})
        return pulumi.ResourceTransformResult(props=props, opts=args.opts)

    return transform
