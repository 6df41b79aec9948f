"""Rights of a ServiceAccount: rules as plain data, and the roles that grant them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.rbac.v1 as rbacv1

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

Rule: TypeAlias = dict[str, Any]
"""A PolicyRule of Kubernetes, in its own spelling."""

RBAC = "rbac.authorization.k8s.io"


def rule(group: str, resources: Sequence[str], verbs: Sequence[str], names: Sequence[str] = ()) -> Rule:
    """Make a rule; `names` limits it to objects of these names, which no `create` can be limited to."""
    made: Rule = {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
    return {**made, "resourceNames": list(names)} if names else made


def rule_args(rules: Sequence[Rule]) -> list[rbacv1.PolicyRuleArgs]:
    """Return rules as arguments of a role."""
    return [
        rbacv1.PolicyRuleArgs(
            api_groups=each["apiGroups"],
            resources=each["resources"],
            verbs=each["verbs"],
            resource_names=each.get("resourceNames"),
        )
        for each in rules
    ]


@dataclass(frozen=True, kw_only=True)
class Account:
    """A ServiceAccount that rights are granted to."""

    name: str
    namespace: str

    def grant(
        self, name: str, role: str, rules: Sequence[Rule], *, namespace: str, opts: pulumi.ResourceOptions
    ) -> list[pulumi.Resource]:
        """Grant rules in one namespace, by a Role and a RoleBinding that are both called `role`."""
        metadata = metav1.ObjectMetaArgs(name=role, namespace=namespace)
        return [
            rbacv1.Role(f"{name}-role", metadata=metadata, rules=rule_args(rules), opts=opts),
            rbacv1.RoleBinding(
                f"{name}-binding",
                metadata=metadata,
                role_ref=rbacv1.RoleRefArgs(api_group=RBAC, kind="Role", name=role),
                subjects=[self._subject()],
                opts=opts,
            ),
        ]

    def grant_in_cluster(
        self, name: str, role: str, rules: Sequence[Rule], *, opts: pulumi.ResourceOptions
    ) -> list[pulumi.Resource]:
        """Grant rules in the whole cluster, by a ClusterRole and its binding."""
        metadata = metav1.ObjectMetaArgs(name=role)
        return [
            rbacv1.ClusterRole(f"{name}-role", metadata=metadata, rules=rule_args(rules), opts=opts),
            rbacv1.ClusterRoleBinding(
                f"{name}-binding",
                metadata=metadata,
                role_ref=rbacv1.RoleRefArgs(api_group=RBAC, kind="ClusterRole", name=role),
                subjects=[self._subject()],
                opts=opts,
            ),
        ]

    def _subject(self) -> rbacv1.SubjectArgs:
        return rbacv1.SubjectArgs(kind="ServiceAccount", name=self.name, namespace=self.namespace)
