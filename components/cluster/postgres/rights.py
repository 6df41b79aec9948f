"""Rights of CloudNativePG and of its backup plugin: in two namespaces, in place of the charts' cluster-wide ones.

The charts would let the operator and the plugin read every Secret of the cluster. Sources of what each needs: the rules
of the charts cloudnative-pg 0.29.0 and plugin-barman-cloud 0.7.0, and the code of the operator 1.30.0 and of the plugin
0.13.0 (internal/controller, internal/cnpgi/operator).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.rbac.v1 as rbacv1

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

Rule: TypeAlias = dict[str, Any]

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
_CNPG, _BARMAN, _RBAC = "postgresql.cnpg.io", "barmancloud.cnpg.io", "rbac.authorization.k8s.io"


def _rule(group: str, resources: Sequence[str], verbs: Sequence[str], names: Sequence[str] = ()) -> Rule:
    rule: Rule = {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
    return {**rule, "resourceNames": list(names)} if names else rule


def _watched() -> list[Rule]:
    """What the operator's caches follow in every namespace that it watches; without one of them it does not start."""
    core = ("configmaps", "persistentvolumeclaims", "pods", "secrets", "serviceaccounts", "services")
    kinds = ("backups", "clusters", "databaseroles", "databases", "failoverquorums", "imagecatalogs", "poolers")
    return [
        _rule("", core, _READ),
        _rule("apps", ("deployments",), _READ),
        _rule("batch", ("jobs",), _READ),
        _rule("coordination.k8s.io", ("leases",), _READ),
        _rule("discovery.k8s.io", ("endpointslices",), _READ),
        _rule("monitoring.coreos.com", ("podmonitors",), _READ),
        _rule("policy", ("poddisruptionbudgets",), _READ),
        _rule(_CNPG, (*kinds, "publications", "scheduledbackups", "subscriptions"), _READ),
        _rule(_RBAC, ("rolebindings", "roles"), _READ),
        _rule("snapshot.storage.k8s.io", ("volumesnapshots",), _READ),
    ]


def operator_cluster_rules() -> list[Rule]:
    """What the operator needs of objects that are in no namespace: to see nodes, and to trust its own webhooks."""
    return [
        _rule("", ("nodes",), _READ),
        _rule(_CNPG, ("clusterimagecatalogs",), _READ),
        _rule(
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
        _rule("", ("secrets",), ("create",)),
        _rule("", ("secrets",), ("patch", "update"), OPERATOR_SECRETS),
        _rule("", ("services",), ("update",), (PLUGIN_SERVICE,)),
        _rule("", ("events",), ("create", "patch")),
        _rule("coordination.k8s.io", ("leases",), ("create",)),
        _rule("coordination.k8s.io", ("leases",), ("update",), (LEASE,)),
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
        _rule("", ("configmaps", "secrets", "services"), ("create", "delete", "patch", "update")),
        _rule("", ("persistentvolumeclaims", "pods"), ("create", "delete", "patch")),
        _rule("", ("pods/exec",), ("create", "get")),
        _rule("", ("pods/status",), ("get",)),
        _rule("", ("serviceaccounts",), ("create", "patch", "update")),
        _rule("", ("events",), ("create", "patch")),
        _rule("batch", ("jobs",), ("create", "delete", "patch")),
        _rule("coordination.k8s.io", ("leases",), ("create", "update")),
        _rule("policy", ("poddisruptionbudgets",), ("create", "delete", "patch", "update")),
        _rule(_CNPG, ("backups",), ("create", "delete", "patch", "update")),
        _rule(_CNPG, ("failoverquorums",), ("create", "delete")),
        _rule(
            _CNPG,
            ("clusters", "databaseroles", "databases", "publications", "scheduledbackups", "subscriptions"),
            ("patch", "update"),
        ),
        _rule(_CNPG, finalizers, ("update",)),
        _rule(
            _CNPG,
            tuple(f"{kind}/status" for kind in (*states, "scheduledbackups", "subscriptions")),
            ("get", "patch", "update", "watch"),
        ),
        _rule(_RBAC, ("rolebindings", "roles"), ("create", "patch", "update")),
    ]


def plugin_cluster_rules() -> list[Rule]:
    """What the plugin follows in the whole cluster: it cannot be told to watch one namespace."""
    return [_rule(_BARMAN, ("objectstores",), _READ), _rule(_RBAC, ("rolebindings", "roles"), _READ)]


def plugin_data_rules(secrets: Sequence[str]) -> list[Rule]:
    """What the plugin does where the database runs: lets the instances read the store's keys, and holds that right.

    `secrets` are the Secrets with keys. Without any, the plugin's Role for the instances names none, which Kubernetes
    reads as all of the namespace (internal/cnpgi/operator/specs/role.go), and the plugin must hold no less.
    """
    return [
        _rule("", ("secrets",), _READ, secrets),
        _rule(_BARMAN, ("objectstores/status",), ("get", "patch", "update")),
        _rule(_BARMAN, ("objectstores/finalizers",), ("update",)),
        _rule(_CNPG, ("backups",), _READ),
        _rule(_CNPG, ("clusters/finalizers",), ("update",)),
        _rule(_RBAC, ("rolebindings", "roles"), ("create", "patch", "update")),
    ]


@dataclass(frozen=True, kw_only=True)
class Rights:
    """Grants rights to one ServiceAccount."""

    name: str
    """Prefix of the resources' names."""
    account: str
    namespace: str
    """Of the account."""
    opts: pulumi.ResourceOptions

    def _subject(self) -> rbacv1.SubjectArgs:
        return rbacv1.SubjectArgs(kind="ServiceAccount", name=self.account, namespace=self.namespace)

    def in_cluster(self, rules: Sequence[Rule]) -> list[pulumi.Resource]:
        """Grant rules in the whole cluster."""
        role = f"seldon-{self.account}"
        metadata = metav1.ObjectMetaArgs(name=role)
        return [
            rbacv1.ClusterRole(f"{self.name}-role", metadata=metadata, rules=_args(rules), opts=self.opts),
            rbacv1.ClusterRoleBinding(
                f"{self.name}-binding",
                metadata=metadata,
                role_ref=rbacv1.RoleRefArgs(api_group=_RBAC, kind="ClusterRole", name=role),
                subjects=[self._subject()],
                opts=self.opts,
            ),
        ]

    def inside(self, namespace: str, rules: Sequence[Rule]) -> list[pulumi.Resource]:
        """Grant rules in one namespace."""
        role = f"seldon-{self.account}"
        metadata = metav1.ObjectMetaArgs(name=role, namespace=namespace)
        return [
            rbacv1.Role(f"{self.name}-{namespace}-role", metadata=metadata, rules=_args(rules), opts=self.opts),
            rbacv1.RoleBinding(
                f"{self.name}-{namespace}-binding",
                metadata=metadata,
                role_ref=rbacv1.RoleRefArgs(api_group=_RBAC, kind="Role", name=role),
                subjects=[self._subject()],
                opts=self.opts,
            ),
        ]


def _args(rules: Sequence[Rule]) -> list[rbacv1.PolicyRuleArgs]:
    return [
        rbacv1.PolicyRuleArgs(
            api_groups=rule["apiGroups"],
            resources=rule["resources"],
            verbs=rule["verbs"],
            resource_names=rule.get("resourceNames"),
        )
        for rule in rules
    ]
