"""Rights of CloudNativePG and of its backup plugin: in two namespaces, in place of the charts' cluster-wide ones.

The charts would let the operator and the plugin read every Secret of the cluster. Sources of what each needs: the rules
of the charts cloudnative-pg 0.29.0 and plugin-barman-cloud 0.7.0, and the code of the operator 1.30.0 and of the plugin
0.13.0 (internal/controller, internal/cnpgi/operator).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.rights import RBAC, Account, Rule, rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

OPERATOR = "cloudnative-pg"
"""ServiceAccount of the operator; its chart names it after the release."""
PLUGIN = "plugin-barman-cloud"
"""ServiceAccount of the plugin; its chart names it after the release."""

WEBHOOKS = ("cnpg-mutating-webhook-configuration", "cnpg-validating-webhook-configuration")
OPERATOR_SECRETS = ("cnpg-ca-secret", "cnpg-webhook-cert")
"""Authority and certificate of the operator's own webhooks; it makes and renews them itself."""
LEASE = "db9c8771.cnpg.io"
PLUGIN_SERVICE = "barman-cloud"

_READ = ("get", "list", "watch")
_CNPG, _BARMAN = "postgresql.cnpg.io", "barmancloud.cnpg.io"


def _watched() -> list[Rule]:
    """What the operator's caches follow in every namespace that it watches; without one of them it does not start."""
    core = ("configmaps", "persistentvolumeclaims", "pods", "secrets", "serviceaccounts", "services")
    kinds = ("backups", "clusters", "databaseroles", "databases", "failoverquorums", "imagecatalogs", "poolers")
    return [
        rule("", core, _READ),
        rule("apps", ("deployments",), _READ),
        rule("batch", ("jobs",), _READ),
        rule("coordination.k8s.io", ("leases",), _READ),
        rule("discovery.k8s.io", ("endpointslices",), _READ),
        rule("monitoring.coreos.com", ("podmonitors",), _READ),
        rule("policy", ("poddisruptionbudgets",), _READ),
        rule(_CNPG, (*kinds, "publications", "scheduledbackups", "subscriptions"), _READ),
        rule(RBAC, ("rolebindings", "roles"), _READ),
        rule("snapshot.storage.k8s.io", ("volumesnapshots",), _READ),
    ]


def operator_cluster_rules() -> list[Rule]:
    """What the operator needs of objects that are in no namespace: to see nodes, and to trust its own webhooks."""
    return [
        rule("", ("nodes",), _READ),
        rule(_CNPG, ("clusterimagecatalogs",), _READ),
        rule(
            "admissionregistration.k8s.io",
            ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
            ("get", "patch"),
            WEBHOOKS,
        ),
    ]


def operator_home_rules() -> list[Rule]:
    """What the operator does where it runs: its webhook certificate, its lease, and finding the plugin."""
    return [
        *_watched(),
        rule("", ("secrets",), ("create",)),
        rule("", ("secrets",), ("patch", "update"), OPERATOR_SECRETS),
        rule("", ("services",), ("update",), (PLUGIN_SERVICE,)),
        rule("", ("events",), ("create", "patch")),
        rule("coordination.k8s.io", ("leases",), ("create",)),
        rule("coordination.k8s.io", ("leases",), ("update",), (LEASE,)),
    ]


def operator_data_rules() -> list[Rule]:
    """What the operator does where the database runs.

    It makes a Role for the instances, so it must hold what that Role grants (pkg/specs/roles.go). Poolers, volume
    snapshots and PodMonitors are not used, so it may only look at them.
    """
    finalizers = ("clusters/finalizers", "databaseroles/finalizers")
    states = ("backups", "clusters", "databaseroles", "databases", "failoverquorums", "publications")
    return [
        *_watched(),
        rule("", ("configmaps", "secrets", "services"), ("create", "delete", "patch", "update")),
        rule("", ("persistentvolumeclaims", "pods"), ("create", "delete", "patch")),
        rule("", ("pods/exec",), ("create", "get")),
        rule("", ("pods/status",), ("get",)),
        rule("", ("serviceaccounts",), ("create", "patch", "update")),
        rule("", ("events",), ("create", "patch")),
        rule("batch", ("jobs",), ("create", "delete", "patch")),
        rule("coordination.k8s.io", ("leases",), ("create", "update")),
        rule("policy", ("poddisruptionbudgets",), ("create", "delete", "patch", "update")),
        rule(_CNPG, ("backups",), ("create", "delete", "patch", "update")),
        rule(_CNPG, ("failoverquorums",), ("create", "delete")),
        rule(
            _CNPG,
            ("clusters", "databaseroles", "databases", "publications", "scheduledbackups", "subscriptions"),
            ("patch", "update"),
        ),
        rule(_CNPG, finalizers, ("update",)),
        rule(
            _CNPG,
            tuple(f"{kind}/status" for kind in (*states, "scheduledbackups", "subscriptions")),
            ("get", "patch", "update", "watch"),
        ),
        rule(RBAC, ("rolebindings", "roles"), ("create", "patch", "update")),
    ]


def plugin_cluster_rules() -> list[Rule]:
    """What the plugin follows in the whole cluster: it cannot be told to watch one namespace."""
    return [rule(_BARMAN, ("objectstores",), _READ), rule(RBAC, ("rolebindings", "roles"), _READ)]


def plugin_data_rules(secrets: Sequence[str]) -> list[Rule]:
    """What the plugin does where the database runs: lets the instances read the store's keys, and holds that right.

    `secrets` are the Secrets with keys. Without any, the plugin's Role for the instances names none, which Kubernetes
    reads as all of the namespace (internal/cnpgi/operator/specs/role.go), and the plugin must hold no less.
    """
    return [
        rule("", ("secrets",), _READ, secrets),
        rule(_BARMAN, ("objectstores/status",), ("get", "patch", "update")),
        rule(_BARMAN, ("objectstores/finalizers",), ("update",)),
        rule(_CNPG, ("backups",), _READ),
        rule(_CNPG, ("clusters/finalizers",), ("update",)),
        rule(RBAC, ("rolebindings", "roles"), ("create", "patch", "update")),
    ]


def operator_rights(name: str, *, home: str, namespace: str, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Let the operator work where it runs and where the database runs."""
    account, role = Account(name=OPERATOR, namespace=home), f"seldon-{OPERATOR}"
    return [
        *account.grant_in_cluster(name, role, operator_cluster_rules(), opts=opts),
        *account.grant(f"{name}-{home}", role, operator_home_rules(), namespace=home, opts=opts),
        *account.grant(f"{name}-{namespace}", role, operator_data_rules(), namespace=namespace, opts=opts),
    ]


def plugin_rights(
    name: str, *, home: str, namespace: str, secrets: Sequence[str], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let the plugin give the instances what they need to reach their backups."""
    account, role = Account(name=PLUGIN, namespace=home), f"seldon-{PLUGIN}"
    return [
        *account.grant_in_cluster(name, role, plugin_cluster_rules(), opts=opts),
        *account.grant(f"{name}-{namespace}", role, plugin_data_rules(secrets), namespace=namespace, opts=opts),
    ]
