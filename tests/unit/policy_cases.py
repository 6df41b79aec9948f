"""For each rule of the policy pack: resources that it passes, and resources that it stops, with what it says."""

from __future__ import annotations

from policy_objects import (
    BINDING,
    BOUND,
    BROKERS,
    CLASSES,
    CONTEXT,
    DENY,
    ELASTICSEARCH,
    ENFORCED,
    EXEMPT_DENY,
    EXEMPT_PODS,
    EXEMPT_SEARCH,
    FIRST,
    FROM_ANYWHERE,
    GATEWAY,
    HOST_FOLDER,
    KAFKA,
    NAMESPACE,
    PEERS,
    POLICY,
    PORTS,
    RDS,
    REGISTRY,
    ROUTE,
    SERVICE,
    SPEC,
    WORLD,
    Case,
    changed,
    exempted,
    kube,
    made,
    pod,
    pods,
)

from policy.model import Facts

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
    *(
        Case(rule="tls-floor", name=f"a good {kind}", resources=[kube(kind, spec)])
        for kind, spec in (
            ("networking.istio.io/v1:Gateway", GATEWAY),
            (BROKERS, KAFKA),
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
            (BROKERS, changed(KAFKA, "kafka", "listeners", 0, "tls", to=False), "tls is False"),
            (
                BROKERS,
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
                "tls.mode is DISABLE",
            ),
            (
                "networking.istio.io/v1:DestinationRule",
                {"trafficPolicy": {"tls": {"mode": "SIMPLE", "insecureSkipVerify": True}}},
                "tls.insecureSkipVerify is true",
            ),
            (
                "networking.istio.io/v1:DestinationRule",
                {"trafficPolicy": {"tls": {"mode": "SIMPLE"}, "portLevelSettings": [{"tls": {"mode": "DISABLE"}}]}},
                "tls.mode is DISABLE, must",
            ),
            (
                "networking.istio.io/v1:Gateway",
                {"servers": [{"port": {"protocol": "TCP"}}]},
                "port.protocol is TCP",
            ),
            (
                "security.istio.io/v1:PeerAuthentication",
                {"mtls": {"mode": "STRICT"}, "portLevelMtls": {"8080": {"mode": "DISABLE"}}},
                "spec.portLevelMtls.8080.mode is DISABLE",
            ),
            (
                "postgresql.cnpg.io/v1:Cluster",
                {"postgresql": {"pg_hba": ["host all all all scram-sha-256"]}},
                "lets in without TLS",
            ),
            (
                "postgresql.cnpg.io/v1:Cluster",
                {"postgresql": {"parameters": {"ssl_min_protocol_version": "TLSv1"}}},
                "ssl_min_protocol_version is TLSv1, must",
            ),
        )
    ),
    *(
        Case(
            rule="storage-class",
            name=f"{kind} of {class_}",
            resources=[kube(kind, spec(class_))],
            says="" if class_ == "encrypted" else f"is {class_}, must be encrypted",
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
    pod(
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
        name="every Secret",
        resources=[
            made(
                "kubernetes:rbac.authorization.k8s.io/v1:Role",
                {"rules": [{"apiGroups": [""], "resources": ["*"], "verbs": ["get"]}]},
            )
        ],
        says="every resource of the core group",
    ),
    Case(
        rule="mirrored-images",
        name="Kafka from elsewhere",
        resources=[kube(BROKERS, {"kafka": {"image": "quay.io/kafka:4"}})],
        says="image is quay.io/kafka:4",
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
