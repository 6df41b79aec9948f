"""For each rule of the policy pack: resources that it passes, and resources that it stops, with what it says."""

from __future__ import annotations

from policy_objects import (
    BINDING,
    BOUND,
    BROKERS,
    CONTEXT,
    DENY,
    ELASTICSEARCH,
    ENFORCED,
    EXEMPT_DENY,
    EXEMPT_PODS,
    FIRST,
    FROM_ANYWHERE,
    HOST_FOLDER,
    NAMESPACE,
    PEERS,
    POLICY,
    PORTS,
    ROUTE,
    SERVICE,
    SPEC,
    WORLD,
    Case,
    kube,
    pod,
    pods,
)
from policy_store_cases import STORE_CASES

CASES = [
    *STORE_CASES,
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
    pod("the node's network", "hostNetwork is true", "hostNetwork", to=True),
    pod("root", "runAsUser is 0", "securityContext", "runAsUser", to=0),
    pod("perhaps root", "runAsNonRoot is not true", "securityContext", "runAsNonRoot", to=None),
    pod("no filter of calls", "seccompProfile.type is None", "securityContext", "seccompProfile", to=None),
    pod("escalation", "allowPrivilegeEscalation is None", *CONTEXT, "allowPrivilegeEscalation", to=None),
    pod("privileged", "privileged is true", *CONTEXT, "privileged", to=True),
    pod("capabilities kept", "capabilities.drop is []", *CONTEXT, "capabilities", to={}),
    pod("capabilities added", "capabilities.add is ['SYS_ADMIN']", *CONTEXT, "capabilities", "add", to=["SYS_ADMIN"]),
    pod("settings of the kernel", "sysctl x is set", "securityContext", "sysctls", to=[{"name": "x", "value": "1"}]),
    pod("another /proc", "procMount is Unmasked", *CONTEXT, "procMount", to="Unmasked"),
    pod("the node itself", "hostProcess is true", *CONTEXT, "windowsOptions", to={"hostProcess": True}),
    pod("a user of SELinux", "seLinuxOptions has a user", *CONTEXT, "seLinuxOptions", to={"user": "root"}),
    pod("no confinement", "appArmorProfile.type is Unconfined", *CONTEXT, "appArmorProfile", to={"type": "Unconfined"}),
    pod("a port of the node", "hostPort is set", *FIRST, "ports", to=[{"hostPort": 80}]),
    Case(rule="secrets-by-reference", name="a reference", resources=[pods(SPEC)]),
    pod(
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
    Case(
        rule="closed-listeners",
        name="inside",
        resources=[
            kube(BROKERS, {"kafka": {"listeners": [{"name": "tls", "type": "internal"}]}}),
            kube(ELASTICSEARCH, {}),
        ],
    ),
    Case(
        rule="closed-listeners",
        name="Kafka outside",
        resources=[kube(BROKERS, {"kafka": {"listeners": [{"name": "tls", "type": "loadbalancer"}]}})],
        says="listener tls: type is loadbalancer, must be internal",
    ),
    Case(
        rule="closed-listeners",
        name="Elasticsearch outside",
        resources=[kube(ELASTICSEARCH, {"http": {"service": {"spec": {"type": "NodePort"}}}})],
        says="spec.http.service.spec.type is NodePort",
    ),
    Case(
        rule="closed-services",
        name="an alias",
        resources=[kube(SERVICE, {"type": "ExternalName"}, namespace="istio-system")],
        says="spec.type is ExternalName",
    ),
    Case(
        rule="narrow-network-policies",
        name="half the world",
        resources=[kube(POLICY, {"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/1"}}], "ports": PORTS}]})],
        says="spec.ingress is open to the world",
    ),
    Case(
        rule="narrow-network-policies",
        name="every port of a protocol",
        resources=[kube(POLICY, {"egress": [{"to": PEERS, "ports": [{"protocol": "TCP"}]}]})],
        says="spec.egress has a rule for every port",
    ),
    *(
        Case(
            rule=rule,
            name="any namespace",
            resources=[kube(POLICY, FROM_ANYWHERE, namespace="seldon-monitoring")],
            says=says,
        )
        for rule, says in (
            ("narrow-network-policies", "a rule for everyone"),
            ("prometheus-inside", "lets in more than named pods"),
        )
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
]
