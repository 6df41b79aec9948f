"""What a controller may do, in place of the chart's roles: run workflows in one namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.workflows.names import API, config_map, controller
from components.rights import Account, Rule, rule

if TYPE_CHECKING:
    import pulumi

    from components.contracts import PlacedIn

_LOOK = ("get", "list", "watch")


def controller_rules() -> list[Rule]:
    """What the controller of v3.5.15 does in the namespace of one runtime.

    Upstream's role (manifests/namespace-install at v3.5.15) has more, and what is left out does not work: entering
    pods, with which a controller stops steps and ends sidecars, and which is a shell in every model server; Secrets and
    ServiceAccounts, for steps that name no command and for tokens that never end; writing schedules, HTTP and plugin
    steps, clean-up of artifacts, and disruption budgets of workflows. It ends when it may not watch each kind it knows.
    """
    return [
        rule("", ("pods",), ("create", "delete", *_LOOK, "patch")),
        rule("", ("persistentvolumeclaims",), ("create", "delete", "get")),
        rule("", ("configmaps",), _LOOK),
        rule("", ("events",), ("create", "patch")),
        rule(API, ("workflows",), ("delete", *_LOOK, "patch", "update")),
        # Pods and claims of a workflow are owned by it, which a cluster may let only those set who may finalize it.
        rule(API, ("workflows/finalizers",), ("update",)),
        rule(API, ("workflowtaskresults",), ("deletecollection", "list", "watch")),
        rule(API, ("cronworkflows", "workflowartifactgctasks", "workflowtasksets", "workflowtemplates"), _LOOK),
    ]


def controller_rights(
    name: str, *, home: PlacedIn, namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let the controller of a runtime work there, and read its configuration at home."""
    own = controller(namespace)
    account = Account(name=own, namespace=home.namespace)
    read = [rule("", ("configmaps",), ("get",), [config_map(namespace)])]
    return [
        *account.grant(f"{name}-work", "workflow-controller", controller_rules(), namespace=namespace, opts=opts),
        *account.grant(f"{name}-read", own, read, namespace=home.namespace, opts=opts),
    ]
