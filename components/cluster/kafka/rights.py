"""What the operator may do, in place of the chart's roles: one namespace, and nothing that opens Kafka outwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.rbac.v1 as rbacv1

from components.cluster.kafka.names import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

_LOOK = ("get", "list", "watch")
_ALL = ("create", "delete", *_LOOK, "patch", "update")
_OWN = ("kafkanodepools", "kafkarebalances", "kafkas")
_WATCHED = ("kafkabridges", "kafkaconnectors", "kafkaconnects", "kafkamirrormaker2s", *_OWN)
"""The operator watches every kind that it knows, and ends when it may not."""


def _rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def _of_kinds(group: str, kinds: Sequence[str], verbs: Sequence[str]) -> list[dict[str, Any]]:
    return [
        _rule(group, kinds, verbs),
        _rule(group, [f"{kind}/status" for kind in kinds], ("get", "patch", "update")),
        _rule(group, [f"{kind}/finalizers" for kind in kinds], ("update",)),
    ]


def watch_rules() -> list[dict[str, Any]]:
    """Reading in a watched namespace; the chart always has the operator watch its own, too."""
    return [
        _rule("", ("pods",), _LOOK),
        _rule("core.strimzi.io", ("strimzipodsets",), _LOOK),
        _rule("kafka.strimzi.io", _WATCHED, _LOOK),
    ]


def operator_rules() -> list[dict[str, Any]]:
    """What Strimzi 1.2.0 does for one Kafka cluster in its namespace.

    Upstream's role has more (install/cluster-operator/020 and 023): builds, Kafka Connect, NetworkPolicies, and writing
    Ingresses and routes. It hands rights over users and Secrets on to the user operator, so it must hold them.
    """
    return [
        *watch_rules(),
        *_of_kinds("kafka.strimzi.io", _OWN, ("patch", "update")),
        *_of_kinds("core.strimzi.io", ("strimzipodsets",), _ALL),
        *_of_kinds("kafka.strimzi.io", ("kafkausers",), ("create", *_LOOK, "patch", "update")),
        _rule("", ("configmaps", "persistentvolumeclaims", "pods", "secrets", "serviceaccounts", "services"), _ALL),
        _rule("", ("pods/resize",), ("patch", "update")),
        _rule("", ("endpoints",), _LOOK),
        _rule("apps", ("deployments",), _ALL),
        _rule("apps", ("replicasets",), _LOOK),
        _rule("events.k8s.io", ("events",), ("create",)),
        _rule("gateway.networking.k8s.io", ("tlsroutes",), _LOOK),
        _rule("networking.k8s.io", ("ingresses",), _LOOK),
        _rule("policy", ("poddisruptionbudgets",), _ALL),
        _rule("rbac.authorization.k8s.io", ("rolebindings", "roles"), _ALL),
        _rule("route.openshift.io", ("routes",), _LOOK),
    ]


def leader_rules() -> list[dict[str, Any]]:
    """Agreeing on the one replica that works; a name cannot limit creation."""
    of_ours = {**_rule("coordination.k8s.io", ("leases",), (*_LOOK, "patch", "update")), "resourceNames": [OPERATOR]}
    return [_rule("coordination.k8s.io", ("leases",), ("create",)), of_ours]


def operator_rights(
    name: str, *, operator_namespace: str, namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let the operator work in the namespace of Kafka and know its leader; in the cluster it reads storage classes.

    A volume grows only when its class allows that, which the operator looks up first.
    """
    home, classes = operator_namespace, [_rule("storage.k8s.io", ("storageclasses",), ("get",))]
    return [
        *_grant(f"{name}-operator", "strimzi-operator", namespace, operator_rules(), home, opts),
        *_grant(f"{name}-watch", "strimzi-watch", home, watch_rules(), home, opts),
        *_grant(f"{name}-leader", "strimzi-leader", home, leader_rules(), home, opts),
        *_grant_in_cluster(f"{name}-classes", "strimzi-storage-classes", classes, home, opts),
    ]


def _rules(rules: Sequence[dict[str, Any]]) -> list[rbacv1.PolicyRuleArgs]:
    return [
        rbacv1.PolicyRuleArgs(
            api_groups=rule["apiGroups"],
            resources=rule["resources"],
            verbs=rule["verbs"],
            resource_names=rule.get("resourceNames"),
        )
        for rule in rules
    ]


def _operator(home: str) -> list[rbacv1.SubjectArgs]:
    return [rbacv1.SubjectArgs(kind="ServiceAccount", name=OPERATOR, namespace=home)]


def _reference(kind: str, object_name: str) -> rbacv1.RoleRefArgs:
    return rbacv1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind=kind, name=object_name)


def _grant(
    name: str,
    object_name: str,
    namespace: str,
    rules: Sequence[dict[str, Any]],
    home: str,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    metadata = metav1.ObjectMetaArgs(name=object_name, namespace=namespace)
    role = rbacv1.Role(f"{name}-role", metadata=metadata, rules=_rules(rules), opts=opts)
    binding = rbacv1.RoleBinding(
        f"{name}-binding",
        metadata=metadata,
        role_ref=_reference("Role", object_name),
        subjects=_operator(home),
        opts=opts,
    )
    return [role, binding]


def _grant_in_cluster(
    name: str, object_name: str, rules: Sequence[dict[str, Any]], home: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    metadata = metav1.ObjectMetaArgs(name=object_name)
    role = rbacv1.ClusterRole(f"{name}-role", metadata=metadata, rules=_rules(rules), opts=opts)
    binding = rbacv1.ClusterRoleBinding(
        f"{name}-binding",
        metadata=metadata,
        role_ref=_reference("ClusterRole", object_name),
        subjects=_operator(home),
        opts=opts,
    )
    return [role, binding]
