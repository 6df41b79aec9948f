"""Resources for the rules of the policy pack."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policy.model import Exemption, Facts, Resource
from policy.tree import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

REGISTRY = "registry.acme.example/mirror"
FACTS = Facts(registry=REGISTRY, storage_class="encrypted")
SPEC: dict[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "shop",
            "image": f"{REGISTRY}/shop:1",
            "env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "shop", "key": "password"}}}],
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    ],
    "volumes": [{"name": "files", "emptyDir": {}}],
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """Resources before a rule; `says` is empty where it passes them."""

    rule: str
    name: str
    resources: list[Resource]
    says: str = ""
    facts: Facts = FACTS


def made(type_: str, props: dict[str, Any] | None = None, *, protect: bool = False, **metadata: Any) -> Resource:
    """Make an object of the cluster, or with `props` alone anything else."""
    named = {"metadata": {"name": "shop", "namespace": "shop", **metadata}} if type_.startswith("kubernetes:") else {}
    return Resource(type=type_, name="shop", props={**named, **(props or {})}, protect=protect)


def kube(kind: str, spec: Any = None, **more: Any) -> Resource:
    """Make an object of the cluster by `<group>/<version>:<kind>`."""
    return made(f"kubernetes:{kind}", {"spec": spec}, **more)


def changed(tree: Any, *path: str | int, to: Any) -> Any:
    """Return a copy in which the value at a path is another."""
    copy = deepcopy(tree)
    inner = copy
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = to
    return copy


def pods(spec: Any, kind: str = "apps/v1:Deployment", **more: Any) -> Resource:
    """Make a workload."""
    template = {"template": {"spec": spec}}
    return kube(kind, {"jobTemplate": {"spec": template}} if kind.endswith("CronJob") else template, **more)


def pod(name: str, says: str, *path: str | int, to: Any, rule: str = "restricted-pods") -> Case:
    return Case(rule=rule, name=name, resources=[pods(changed(SPEC, *path, to=to))], says=says)


FIRST = ("containers", 0)
CONTEXT = (*FIRST, "securityContext")


def exempted(**changes: str) -> Facts:
    """Make a stack file with one exemption."""
    entry = {"control": "default-deny", "resource": "shop", "reason": "Old", "expires": "2026-12-31", **changes}
    return Facts(exemptions=(Exemption(**entry),))


EXEMPT_PODS = exempted(control="pod-security")
EXEMPT_DENY = exempted()
EXEMPT_SEARCH = exempted(control="deletion-protection", resource="search")
HOST_FOLDER = pods(changed(SPEC, "volumes", to=[{"name": "logs", "hostPath": {"path": "/var/log"}}]))
NAMESPACE = "core/v1:Namespace"
ENFORCED = {"pod-security.kubernetes.io/enforce": "restricted"}
POLICY = "networking.k8s.io/v1:NetworkPolicy"
DENY: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
PEERS: list[Any] = [{"podSelector": {}}]
PORTS = [{"port": 443}]
WORLD = [{"ipBlock": {"cidr": "0.0.0.0/0"}}]
BINDING = "admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding"
BOUND = {
    "validationActions": ["Deny"],
    "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}},
}
SERVICE = "core/v1:Service"
BROKERS = "kafka.strimzi.io/v1:Kafka"
FROM_ANYWHERE: dict[str, Any] = {"ingress": [{"from": [{"namespaceSelector": {}}], "ports": [{"port": 443}]}]}
ROUTE = "networking.istio.io/v1:VirtualService"
ELASTICSEARCH = "elasticsearch.k8s.elastic.co/v1:Elasticsearch"
CLASSES: dict[str, Callable[[str], Any]] = {
    "core/v1:PersistentVolumeClaim": lambda name: {"storageClassName": name},
    "apps/v1:StatefulSet": lambda name: {"volumeClaimTemplates": [{"spec": {"storageClassName": name}}]},
    "postgresql.cnpg.io/v1:Cluster": lambda name: {"storage": {"storageClass": name}},
    "kafka.strimzi.io/v1:KafkaNodePool": lambda name: {"storage": {"type": "persistent-claim", "class": name}},
    ELASTICSEARCH: lambda name: {"nodeSets": [{"volumeClaimTemplates": [{"spec": {"storageClassName": name}}]}]},
}
"""Specs with a volume of a class, by what has them."""
RDS = {"storageEncrypted": True, "kmsKeyId": UNKNOWN, "publiclyAccessible": False}
KAFKA = {"kafka": {"listeners": [{"name": "tls", "tls": True, "authentication": {"type": "tls"}}]}}
GATEWAY = {
    "servers": [
        {"port": {"protocol": "HTTPS"}, "tls": {"minProtocolVersion": "TLSV1_2"}},
        {"port": {"protocol": "HTTP"}, "tls": {"httpsRedirect": True}},
    ]
}
