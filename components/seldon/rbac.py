"""Rights of the Core 2 controller in one runtime namespace, in place of the chart's cluster-wide ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.rbac.v1 as rbacv1

if TYPE_CHECKING:
    import pulumi

CONTROLLER = "seldon-v2-controller-manager"
"""ServiceAccount of the controller, as its chart names it."""

_KINDS = ("experiments", "models", "pipelines", "seldonconfigs", "seldonruntimes", "serverconfigs", "servers")
_ALL = ("create", "delete", "get", "list", "patch", "update", "watch")


def controller_rules() -> list[dict[str, Any]]:
    """What the controller of Core 2 2.10 does in a namespace that it watches.

    It makes Roles that read Secrets and ConfigMaps for the scheduler and the agents, so it must hold those rights.
    """

    def rule(group: str, resources: tuple[str, ...], verbs: tuple[str, ...]) -> dict[str, Any]:
        return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}

    return [
        rule("", ("configmaps", "secrets", "serviceaccounts", "services"), _ALL),
        rule("", ("events",), ("create", "patch")),
        rule("apps", ("deployments", "statefulsets"), _ALL),
        rule("apps", ("deployments/status", "statefulsets/status"), ("get",)),
        rule("discovery.k8s.io", ("endpointslices",), ("list", "watch")),
        rule("mlops.seldon.io", _KINDS, _ALL),
        rule("mlops.seldon.io", tuple(f"{kind}/finalizers" for kind in _KINDS), ("update",)),
        rule("mlops.seldon.io", tuple(f"{kind}/status" for kind in _KINDS), ("get", "patch", "update")),
        rule("rbac.authorization.k8s.io", ("rolebindings", "roles"), _ALL),
    ]


def controller_rights(
    name: str, *, namespace: str, controller_namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let the controller work in one namespace."""
    role = rbacv1.Role(
        f"{name}-controller-role",
        metadata=metav1.ObjectMetaArgs(name="seldon-controller", namespace=namespace),
        rules=[
            rbacv1.PolicyRuleArgs(api_groups=rule["apiGroups"], resources=rule["resources"], verbs=rule["verbs"])
            for rule in controller_rules()
        ],
        opts=opts,
    )
    binding = rbacv1.RoleBinding(
        f"{name}-controller-binding",
        metadata=metav1.ObjectMetaArgs(name="seldon-controller", namespace=namespace),
        role_ref=rbacv1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name="seldon-controller"),
        subjects=[rbacv1.SubjectArgs(kind="ServiceAccount", name=CONTROLLER, namespace=controller_namespace)],
        opts=opts,
    )
    return [role, binding]
