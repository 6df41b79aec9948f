"""Rights of the controller, in place of the chart's cluster-wide ones, which read every Secret.

The chart's own Role (ConfigMaps, pods, Secrets, Services, its lease) stays: it holds in the controller's namespace.
What is watched in each namespace: internal/k8s/controller.go at tag v5.5.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.rbac.v1 as rbacv1

from components.cluster.nginx.values import RELEASE
from components.rights import Account, Rule, rule, rule_args

if TYPE_CHECKING:
    import pulumi

_READ = ("get", "list", "watch")
_ROUTES = ("policies", "transportservers", "virtualserverroutes", "virtualservers")
ROLE_OF_ROUTES = "nginx-ingress-routes"


def _watching() -> list[Rule]:
    """Everything that must be listed before the controller calls itself ready, whether or not it is used."""
    return [
        rule("discovery.k8s.io", ("endpointslices",), _READ),
        rule("networking.k8s.io", ("ingresses",), _READ),
        rule("k8s.nginx.org", _ROUTES, _READ),
    ]


def cluster_rules() -> list[Rule]:
    """What has no namespace: its class, and whether the namespaces that it is told to watch exist."""
    return [
        rule("networking.k8s.io", ("ingressclasses",), ("get", "list")),
        rule("", ("namespaces",), ("get",)),
    ]


def own_rules() -> list[Rule]:
    """What it needs beyond the chart's Role where its routes are."""
    status = rule("k8s.nginx.org", [f"{kind}/status" for kind in _ROUTES], ("update",))
    return [*_watching(), status]


def upstream_rules() -> list[Rule]:
    """Where models are served: to find their addresses, and nothing else."""
    return [rule("", ("pods", "services"), _READ), *_watching()]


def cluster_rights(name: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    """Make the ClusterRole that the chart binds without making it itself."""
    return rbacv1.ClusterRole(
        f"{name}-cluster-role",
        metadata=metav1.ObjectMetaArgs(name=RELEASE),
        rules=rule_args(cluster_rules()),
        opts=opts,
    )


def rights_in(
    name: str, namespace: str, *, controller_namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let the controller watch one namespace, and write what became of its routes if it is the controller's own."""
    rules = own_rules() if namespace == controller_namespace else upstream_rules()
    account = Account(name=RELEASE, namespace=controller_namespace)
    return account.grant(f"{name}-{namespace}", ROLE_OF_ROUTES, rules, namespace=namespace, opts=opts)
