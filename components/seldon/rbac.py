"""Rights of the Core 2 controller in one runtime namespace, in place of the chart's cluster-wide ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.rights import Account, Rule, rule

if TYPE_CHECKING:
    import pulumi

CONTROLLER = "seldon-v2-controller-manager"
"""ServiceAccount of the controller, as its chart names it."""

_KINDS = ("experiments", "models", "pipelines", "seldonconfigs", "seldonruntimes", "serverconfigs", "servers")
_ALL = ("create", "delete", "get", "list", "patch", "update", "watch")


def controller_rules() -> list[Rule]:
    """What the controller of Core 2 2.10 does in a namespace that it watches.

    It makes Roles that read Secrets and ConfigMaps for the scheduler and the agents, so it must hold those rights.
    """
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
    controller = Account(name=CONTROLLER, namespace=controller_namespace)
    return controller.grant(
        f"{name}-controller", "seldon-controller", controller_rules(), namespace=namespace, opts=opts
    )
