"""For each rule of the policy pack: resources that it passes, and resources that it stops, with what it says."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policy.model import UNKNOWN, Exemption, Facts, Resource

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


def _pod(name: str, says: str, *path: str | int, to: Any, rule: str = "restricted-pods") -> Case:
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
ROUTE = "networking.istio.io/v1:VirtualService"
ELASTICSEARCH = "elasticsearch.k8s.elastic.co/v1:Elasticsearch"
CLASSES: dict[str, Callable[[str], Any]] = {
    "core/v1:PersistentVolumeClaim": lambda name: {"storageClassName": name},
    "apps/v1:StatefulSet": lambda name: {"volumeClaimTemplates": [{"spec": {"storageClassName": name}}]},
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


CASES = [
    *(
        Case(rule="restricted-pods", name=f"a {kind}", resources=[pods(SPEC, kind)])
        for kind in (
            "apps/v1:Deployment",
            "apps/v1:DaemonSet",
            "apps/v1:StatefulSet",
            "batch/v1:Job",
            "batch/v1:CronJob",
        )
    ),
    Case(rule="restricted-pods", name="exempted", resources=[HOST_FOLDER], facts=EXEMPT_PODS),
    Case(
        rule="restricted-pods", name="a folder of the node", resources=[HOST_FOLDER], says="volume logs is ['hostPath']"
    ),
    _pod("the node's network", "hostNetwork is true", "hostNetwork", to=True),
    _pod("root", "runAsUser is 0", "securityContext", "runAsUser", to=0),
    _pod("perhaps root", "runAsNonRoot is not true", "securityContext", "runAsNonRoot", to=None),
    _pod("no filter of calls", "seccompProfile.type is None", "securityContext", "seccompProfile", to=None),
    _pod("escalation", "allowPrivilegeEscalation is None", *CONTEXT, "allowPrivilegeEscalation", to=None),
    _pod("privileged", "privileged is true", *CONTEXT, "privileged", to=True),
    _pod("capabilities kept", "capabilities.drop is []", *CONTEXT, "capabilities", to={}),
    _pod("capabilities added", "capabilities.add is ['SYS_ADMIN']", *CONTEXT, "capabilities", "add", to=["SYS_ADMIN"]),
    _pod("a port of the node", "hostPort is set", *FIRST, "ports", to=[{"hostPort": 80}]),
    Case(rule="secrets-by-reference", name="a reference", resources=[pods(SPEC)]),
    _pod(
        "a password",
        "variable DB_PASSWORD has its value in the spec",
        *(*FIRST, "env"),
        to=[{"name": "DB_PASSWORD", "value": "plain"}],
        rule="secrets-by-reference",
    ),
    Case(rule="namespaces-restricted", name="restricted", resources=[kube(NAMESPACE, labels=ENFORCED)]),
    Case(rule="namespaces-restricted", name="exempted", resources=[kube(NAMESPACE)], facts=EXEMPT_PODS),
    Case(
        rule="namespaces-restricted",
        name="none",
        resources=[kube(NAMESPACE)],
        says="enforce is None, must be restricted",
    ),
    Case(
        rule="exempted-namespaces-narrowed",
        name="judged",
        resources=[kube(NAMESPACE), kube(BINDING, BOUND)],
        facts=EXEMPT_PODS,
    ),
    Case(
        rule="exempted-namespaces-narrowed",
        name="only audited",
        resources=[kube(NAMESPACE), kube(BINDING, {**BOUND, "validationActions": ["Audit"]})],
        facts=EXEMPT_PODS,
        says="no ValidatingAdmissionPolicyBinding denies",
    ),
    Case(rule="default-deny", name="closed", resources=[kube(NAMESPACE), kube(POLICY, DENY)]),
    Case(rule="default-deny", name="exempted", resources=[kube(NAMESPACE)], facts=EXEMPT_DENY),
    Case(
        rule="default-deny",
        name="open outwards",
        resources=[kube(NAMESPACE), kube(POLICY, {**DENY, "policyTypes": ["Ingress"]})],
        says="no NetworkPolicy denies Egress by default",
    ),
    Case(
        rule="narrow-network-policies",
        name="narrow",
        resources=[kube(POLICY, {"ingress": [{"from": PEERS, "ports": PORTS}]}), kube(POLICY, DENY)],
    ),
    Case(
        rule="narrow-network-policies",
        name="the world at the gateway",
        resources=[kube(POLICY, {"ingress": [{"from": WORLD, "ports": PORTS}]}, namespace="istio-system")],
    ),
    Case(
        rule="narrow-network-policies",
        name="every port",
        resources=[kube(POLICY, {"egress": [{"to": PEERS}]})],
        says="spec.egress has a rule for every port",
    ),
    Case(
        rule="narrow-network-policies",
        name="everyone",
        resources=[kube(POLICY, {"ingress": [{"ports": PORTS}]})],
        says="spec.ingress has a rule for everyone",
    ),
    Case(
        rule="narrow-network-policies",
        name="the world",
        resources=[kube(POLICY, {"ingress": [{"from": WORLD, "ports": PORTS}]})],
        says="spec.ingress is open to the world",
    ),
    Case(rule="closed-services", name="inside", resources=[kube(SERVICE, {"type": "ClusterIP"}), kube(SERVICE, {})]),
    Case(
        rule="closed-services",
        name="the gateway",
        resources=[kube(SERVICE, {"type": "LoadBalancer"}, namespace="istio-system")],
    ),
    *(
        Case(
            rule="closed-services",
            name=type_,
            resources=[kube(SERVICE, {"type": type_})],
            says=f"spec.type is {type_}, must be ClusterIP",
        )
        for type_ in ("LoadBalancer", "NodePort")
    ),
    Case(
        rule="closed-services",
        name="addresses",
        resources=[kube(SERVICE, {"externalIPs": ["192.0.2.1"]})],
        says="spec.externalIPs is ['192.0.2.1'], must be empty",
    ),
    Case(rule="one-load-balancer", name="one", resources=[kube(SERVICE, {"type": "LoadBalancer"}), kube(SERVICE, {})]),
    Case(
        rule="one-load-balancer",
        name="two",
        resources=[kube(SERVICE, {"type": "LoadBalancer"})] * 2,
        says="Services shop, shop are load balancers",
    ),
    Case(
        rule="prometheus-inside",
        name="named clients",
        resources=[
            kube(POLICY, {"ingress": [{"from": PEERS, "ports": PORTS}]}, namespace="seldon-monitoring"),
            kube(ROUTE, {"http": [{"route": [{"destination": {"host": "mesh.fraud.svc.cluster.local"}}]}]}),
        ],
    ),
    Case(
        rule="prometheus-inside",
        name="a route",
        resources=[kube(ROUTE, {"http": [{"route": [{"destination": {"host": "prometheus.seldon-monitoring.svc"}}]}]})],
        says="a VirtualService leads to seldon-monitoring",
    ),
    Case(
        rule="prometheus-inside",
        name="an Ingress",
        resources=[kube("networking.k8s.io/v1:Ingress", {}, namespace="seldon-monitoring")],
        says="a Ingress leads to seldon-monitoring",
    ),
    Case(
        rule="prometheus-inside",
        name="addresses",
        resources=[kube(POLICY, {"ingress": [{"from": WORLD}]}, namespace="seldon-monitoring")],
        says="spec.ingress lets in more than named pods",
    ),
    *(
        Case(rule="tls-floor", name=f"a good {kind}", resources=[kube(kind, spec)])
        for kind, spec in (
            ("networking.istio.io/v1:Gateway", GATEWAY),
            ("kafka.strimzi.io/v1:Kafka", KAFKA),
            ("security.istio.io/v1:PeerAuthentication", {"mtls": {"mode": "STRICT"}}),
            ("cert-manager.io/v1:Certificate", {"privateKey": {"algorithm": "ECDSA", "size": 256}}),
            (
                "elasticsearch.k8s.elastic.co/v1:Elasticsearch",
                {"http": {"tls": {"certificate": {"secretName": "http"}}}},
            ),
            ("networking.istio.io/v1:DestinationRule", {"trafficPolicy": {"tls": {"mode": "SIMPLE"}}}),
        )
    ),
    *(
        Case(rule="tls-floor", name=says, resources=[kube(kind, spec)], says=says)
        for kind, spec, says in (
            (
                "networking.istio.io/v1:Gateway",
                changed(GATEWAY, "servers", 0, "tls", "minProtocolVersion", to="TLSV1_1"),
                "minProtocolVersion is TLSV1_1",
            ),
            (
                "networking.istio.io/v1:Gateway",
                changed(GATEWAY, "servers", 1, "tls", to={}),
                "httpsRedirect of a server for HTTP is None",
            ),
            ("kafka.strimzi.io/v1:Kafka", changed(KAFKA, "kafka", "listeners", 0, "tls", to=False), "tls is False"),
            (
                "kafka.strimzi.io/v1:Kafka",
                changed(KAFKA, "kafka", "listeners", 0, "authentication", to=None),
                "no authentication",
            ),
            (
                "security.istio.io/v1:PeerAuthentication",
                {"mtls": {"mode": "PERMISSIVE"}},
                "spec.mtls.mode is PERMISSIVE, must be STRICT",
            ),
            (
                "cert-manager.io/v1:Certificate",
                {"privateKey": {"algorithm": "RSA", "size": 1024}},
                "spec.privateKey.size is 1024, must be at least 2048",
            ),
            (
                "elasticsearch.k8s.elastic.co/v1:Elasticsearch",
                {"http": {"tls": {"selfSignedCertificate": {"disabled": True}}}},
                "plain HTTP",
            ),
            (
                "networking.istio.io/v1:DestinationRule",
                {"trafficPolicy": {"tls": {"mode": "DISABLE"}}},
                "spec.trafficPolicy.tls.mode is DISABLE",
            ),
        )
    ),
    *(
        Case(
            rule="storage-class",
            name=f"{kind} of {class_}",
            resources=[kube(kind, spec(class_))],
            says="" if class_ == "encrypted" else f"storageClassName is {class_}, must be encrypted",
        )
        for kind, spec in CLASSES.items()
        for class_ in ("encrypted", "plain")
    ),
    Case(rule="encryption-at-rest", name="a key", resources=[made("aws:rds/instance:Instance", RDS)]),
    Case(
        rule="encryption-at-rest",
        name="no key",
        resources=[made("aws:rds/instance:Instance", changed(RDS, "kmsKeyId", to=None))],
        says="kmsKeyId is None, must be given",
    ),
    Case(
        rule="encryption-at-rest",
        name="a bucket without",
        resources=[made("gcp:storage/bucket:Bucket", {})],
        says="encryption.defaultKmsKeyName is None, must be given",
    ),
    Case(rule="no-public-access", name="private", resources=[made("aws:rds/instance:Instance", RDS)]),
    Case(
        rule="no-public-access",
        name="public",
        resources=[made("aws:rds/instance:Instance", changed(RDS, "publiclyAccessible", to=True))],
        says="publiclyAccessible is True, must be False",
    ),
    Case(
        rule="protected",
        name="protected",
        resources=[made("kubernetes:elasticsearch.k8s.elastic.co/v1:Elasticsearch", protect=True)],
    ),
    Case(
        rule="protected",
        name="exempted",
        resources=[made("kubernetes:elasticsearch.k8s.elastic.co/v1:Elasticsearch")],
        facts=EXEMPT_SEARCH,
    ),
    Case(
        rule="protected",
        name="not protected",
        resources=[made("kubernetes:postgresql.cnpg.io/v1:Cluster")],
        facts=EXEMPT_SEARCH,
        says="protect is false, must be true",
    ),
    Case(
        rule="protected",
        name="an authority",
        resources=[kube("cert-manager.io/v1:Certificate", {"isCA": True}, namespace="cert-manager")],
        says="it holds the key of an authority",
    ),
    Case(rule="mirrored-images", name="mirrored", resources=[pods(SPEC)]),
    Case(
        rule="mirrored-images",
        name="no mirror",
        resources=[pods(changed(SPEC, *FIRST, "image", to="docker.io/shop:1"))],
        facts=Facts(),
    ),
    _pod(
        "from elsewhere",
        f"image is docker.io/shop:1, must be below {REGISTRY}",
        *(*FIRST, "image"),
        to="docker.io/shop:1",
        rule="mirrored-images",
    ),
    Case(
        rule="mirrored-images",
        name="a database from elsewhere",
        resources=[kube("postgresql.cnpg.io/v1:Cluster", {"imageName": "ghcr.io/postgresql:15"})],
        says="image is ghcr.io/postgresql:15",
    ),
    Case(
        rule="no-master-keys",
        name="named",
        resources=[
            made(
                "kubernetes:rbac.authorization.k8s.io/v1:Role",
                {"rules": [{"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get"]}]},
            )
        ],
    ),
    Case(
        rule="no-master-keys",
        name="everything",
        resources=[
            made(
                "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
                {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get"]}]},
            )
        ],
        says="a rule is for every resource of every API group",
    ),
    Case(
        rule="no-master-keys",
        name="bound",
        resources=[
            made("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", {"roleRef": {"name": "cluster-admin"}})
        ],
        says="roleRef.name is cluster-admin",
    ),
    Case(rule="exemptions-valid", name="in force", resources=[], facts=exempted()),
    *(
        Case(rule="exemptions-valid", name=says, resources=[], facts=exempted(**changes), says=says)
        for changes, says in (
            ({"control": "firewall"}, "no such control"),
            ({"reason": " "}, "no reason"),
            ({"expires": "soon"}, "expires is soon, must be a date"),
            ({"expires": "2026-11-23"}, "expires on 2026-11-23, must be today or later"),
            ({"expires": "2028-01-01"}, "at most 366 days ahead"),
        )
    ),
]
