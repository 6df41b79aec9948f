"""For the rules about stores, TLS, images and rights: resources that each passes, and resources that it stops."""

from __future__ import annotations

from policy_objects import (
    BROKERS,
    CLASSES,
    EXEMPT_SEARCH,
    FIRST,
    GATEWAY,
    KAFKA,
    RDS,
    REGISTRY,
    SPEC,
    Case,
    changed,
    exempted,
    kube,
    made,
    pod,
    pods,
)

from policy.model import Facts

STORE_CASES = [
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
