"""Rights of the controller, in place of the chart's cluster-wide ones, which read every Secret.

The chart's own Role (ConfigMaps, pods, Secrets, Services, its lease) stays: it holds in the controller's namespace.
What is watched in each namespace: internal/k8s/controller.go at tag v5.5.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.rbac.v1 as rbacv1

from components.cluster.nginx.values import RELEASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

_READ = ("get", "list", "watch")
_ROUTES = ("policies", "transportservers", "virtualserverroutes", "virtualservers")
RBAC = "rbac.authorization.k8s.io"
ROLE_OF_ROUTES = "nginx-ingress-routes"


def _rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def _watching() -> list[dict[str, Any]]:
    """Everything that must be listed before the controller calls itself ready, whether or not it is used."""
    return [
        _rule("discovery.k8s.io", ("endpointslices",), _READ),
        _rule("networking.k8s.io", ("ingresses",), _READ),
        _rule("k8s.nginx.org", _ROUTES, _READ),
    ]


def cluster_rules() -> list[dict[str, Any]]:
    """What has no namespace: its class, and whether the namespaces that it is told to watch exist."""
    return [
        _rule("networking.k8s.io", ("ingressclasses",), ("get", "list")),
        _rule("", ("namespaces",), ("get",)),
    ]


def own_rules() -> list[dict[str, Any]]:
    """What it needs beyond the chart's Role where its routes are."""
    status = _rule("k8s.nginx.org", [f"{kind}/status" for kind in _ROUTES], ("update",))
    return [*_watching(), status]


def upstream_rules() -> list[dict[str, Any]]:
    """Where models are served: to find their addresses, and nothing else."""
    return [_rule("", ("pods", "services"), _READ), *_watching()]


def _rules(rules: Sequence[dict[str, Any]]) -> list[rbacv1.PolicyRuleArgs]:
    return [
        rbacv1.PolicyRuleArgs(api_groups=rule["apiGroups"], resources=rule["resources"], verbs=rule["verbs"])
        for rule in rules
    ]


def cluster_rights(name: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    """Make the ClusterRole that the chart binds without making it itself."""
    return rbacv1.ClusterRole(
        f"{name}-cluster-role",
        metadata=metav1.ObjectMetaArgs(name=RELEASE),
        rules=_rules(cluster_rules()),
        opts=opts,
    )


def rights_in(
    name: str, namespace: str, *, controller_namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let the controller watch one namespace, and write what became of its routes if it is the controller's own."""
    rules = own_rules() if namespace == controller_namespace else upstream_rules()
    role = rbacv1.Role(
        f"{name}-role-{namespace}",
        metadata=metav1.ObjectMetaArgs(name=ROLE_OF_ROUTES, namespace=namespace),
        rules=_rules(rules),
        opts=opts,
    )
    binding = rbacv1.RoleBinding(
        f"{name}-binding-{namespace}",
        metadata=metav1.ObjectMetaArgs(name=ROLE_OF_ROUTES, namespace=namespace),
        role_ref=rbacv1.RoleRefArgs(api_group=RBAC, kind="Role", name=ROLE_OF_ROUTES),
        subjects=[rbacv1.SubjectArgs(kind="ServiceAccount", name=RELEASE, namespace=controller_namespace)],
        opts=opts,
    )
    return [role, binding]
