"""What the operator may do, in place of the chart's roles: one namespace, and nothing that opens Kafka outwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.kafka.names import OPERATOR
from components.rights import Account, Rule, rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

_LOOK = ("get", "list", "watch")
_ALL = ("create", "delete", *_LOOK, "patch", "update")
_OWN = ("kafkanodepools", "kafkarebalances", "kafkas")
_WATCHED = ("kafkabridges", "kafkaconnectors", "kafkaconnects", "kafkamirrormaker2s", *_OWN)
"""The operator watches every kind that it knows, and ends when it may not."""


def _of_kinds(group: str, kinds: Sequence[str], verbs: Sequence[str]) -> list[Rule]:
    return [
        rule(group, kinds, verbs),
        rule(group, [f"{kind}/status" for kind in kinds], ("get", "patch", "update")),
        rule(group, [f"{kind}/finalizers" for kind in kinds], ("update",)),
    ]


def watch_rules() -> list[Rule]:
    """Reading in a watched namespace; the chart always has the operator watch its own, too."""
    return [
        rule("", ("pods",), _LOOK),
        rule("core.strimzi.io", ("strimzipodsets",), _LOOK),
        rule("kafka.strimzi.io", _WATCHED, _LOOK),
    ]


def operator_rules() -> list[Rule]:
    """What Strimzi 1.2.0 does for one Kafka cluster in its namespace.

    Upstream's role has more (install/cluster-operator/020 and 023): builds, Kafka Connect, NetworkPolicies, and writing
    Ingresses and routes. It hands rights over users and Secrets on to the user operator, so it must hold them.
    """
    return [
        *watch_rules(),
        *_of_kinds("kafka.strimzi.io", _OWN, ("patch", "update")),
        *_of_kinds("core.strimzi.io", ("strimzipodsets",), _ALL),
        *_of_kinds("kafka.strimzi.io", ("kafkausers",), ("create", *_LOOK, "patch", "update")),
        rule("", ("configmaps", "persistentvolumeclaims", "pods", "secrets", "serviceaccounts", "services"), _ALL),
        rule("", ("pods/resize",), ("patch", "update")),
        rule("", ("endpoints",), _LOOK),
        rule("apps", ("deployments",), _ALL),
        rule("apps", ("replicasets",), _LOOK),
        rule("events.k8s.io", ("events",), ("create",)),
        rule("gateway.networking.k8s.io", ("tlsroutes",), _LOOK),
        rule("networking.k8s.io", ("ingresses",), _LOOK),
        rule("policy", ("poddisruptionbudgets",), _ALL),
        rule("rbac.authorization.k8s.io", ("rolebindings", "roles"), _ALL),
        rule("route.openshift.io", ("routes",), _LOOK),
    ]


def leader_rules() -> list[Rule]:
    """Agreeing on the one replica that works; a name cannot limit creation."""
    return [
        rule("coordination.k8s.io", ("leases",), ("create",)),
        rule("coordination.k8s.io", ("leases",), (*_LOOK, "patch", "update"), [OPERATOR]),
    ]


def operator_rights(
    name: str, *, operator_namespace: str, namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let the operator work in the namespace of Kafka and know its leader; in the cluster it reads storage classes.

    A volume grows only when its class allows that, which the operator looks up first.
    """
    home, classes = operator_namespace, [rule("storage.k8s.io", ("storageclasses",), ("get",))]
    operator = Account(name=OPERATOR, namespace=home)
    return [
        *operator.grant(f"{name}-operator", "strimzi-operator", operator_rules(), namespace=namespace, opts=opts),
        *operator.grant(f"{name}-watch", "strimzi-watch", watch_rules(), namespace=home, opts=opts),
        *operator.grant(f"{name}-leader", "strimzi-leader", leader_rules(), namespace=home, opts=opts),
        *operator.grant_in_cluster(f"{name}-classes", "strimzi-storage-classes", classes, opts=opts),
    ]
