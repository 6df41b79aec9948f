"""What operators make in a cluster, from upstream facts: the one table to extend when a new kind of resource appears.

A chart or the program creates a custom resource; its operator makes pods and Services from it, which no recording and
no rendering shows. For every kind of custom resource on a platform there is an entry here, or the tests of the network
fail and name the kind:

- in `MADE`, a function of operators.py from the resource to the objects that its operator makes: pods with their labels
  and ports, Services with their types;
- or in `PODLESS`, when nothing runs because of it.

Workloads of charts (Deployment, StatefulSet, Job ...) and of the program itself need no entry. Further tables are for
the cases around them: `ALSO_LISTENING`, ports that a pod does not declare; `IN_FRONT`, what clients reach; `WEBHOOKS`,
what the API server calls; `NOT_YET`, clients that flows name before anything makes them; and `SERVED_TO`, who may talk
to what holds data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import operators
from operators import NAME

from components.contracts import Pods

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from operators import Object

Maker: TypeAlias = "Callable[[Object, Sequence[Object]], list[Object]]"
"""From a custom resource, and all objects of the platform, to what its operator makes."""

MADE: dict[str, Maker] = {
    "cert-manager.io/ClusterIssuer": operators.cluster_issuer,
    "elasticsearch.k8s.elastic.co/Elasticsearch": operators.elasticsearch,
    "kafka.strimzi.io/Kafka": operators.kafka,
    "kafka.strimzi.io/KafkaNodePool": operators.kafka_nodes,
    "mlops.seldon.io/SeldonRuntime": operators.seldon_runtime,
    "mlops.seldon.io/Server": operators.server,
    "monitoring.coreos.com/Alertmanager": operators.alertmanager,
    "monitoring.coreos.com/Prometheus": operators.prometheus,
    "postgresql.cnpg.io/Cluster": operators.postgres,
}
"""By `<group>/<kind>`."""

PODLESS = {
    "barmancloud.cnpg.io/ObjectStore",
    "cert-manager.io/Certificate",
    "cert-manager.io/Issuer",
    "k8s.nginx.org/Policy",
    "k8s.nginx.org/VirtualServer",
    "kafka.strimzi.io/KafkaUser",
    "mlops.seldon.io/Model",
    "mlops.seldon.io/SeldonConfig",
    "mlops.seldon.io/ServerConfig",
    "monitoring.coreos.com/PodMonitor",
    "monitoring.coreos.com/PrometheusRule",
    "monitoring.coreos.com/ServiceMonitor",
    "networking.istio.io/DestinationRule",
    "networking.istio.io/Gateway",
    "networking.istio.io/VirtualService",
    "postgresql.cnpg.io/ScheduledBackup",
    "security.istio.io/AuthorizationPolicy",
    "security.istio.io/PeerAuthentication",
    "security.istio.io/RequestAuthentication",
}
"""Kinds because of which nothing runs: configuration of something that runs anyway."""

ALSO_LISTENING: dict[tuple[str, str], tuple[int, ...]] = {
    ("app", "istio-ingressgateway"): (80, 443, 15020, 15021),
    ("control-plane", "v2-controller-manager"): (8081,),
    (NAME, "plugin-barman-cloud"): (8081,),
    ("app.kubernetes.io/component", "s3"): (18333,),
    (NAME, "seldon-envoy"): (9001,),
    (NAME, "seldon-server"): (9007,),
}
"""Ports on which pods with a label listen although no container declares them."""

IN_FRONT: dict[tuple[str, str], set[int]] = {
    ("app", "istio-ingressgateway"): {80, 443, 15021},
    (NAME, "nginx-ingress"): {80, 443},
}
"""Ports on which clients outside reach pods with a label."""

WEBHOOKS: dict[str, int] = {"cloudnative-pg": 9443, "istiod": 15017, "webhook": 10250}
"""Ports on which the API server calls pods, by their name label; the last is cert-manager's."""

NOT_YET = (
    Pods(namespace="seldon-system", labels={NAME: "seldon-deploy"}),
    Pods(namespace="seldon-logs", labels={"app": "seldon-request-logger"}),
    Pods(namespace="seldon-callers"),
    *(Pods(namespace=runtime, labels={NAME: "seldon-batch"}) for runtime in ("churn", "fraud", "pricing", "vision")),
)
"""Pods that flows name and the program does not make in every stack: those of the Enterprise Platform, with the labels
of its chart (seldon-deploy 2.4.0), what the customer runs to check callers, and batch jobs, which people start."""

ENTERPRISE, LOGGER = (NAME, "seldon-deploy"), ("app", "seldon-request-logger")
AUDIT, ALERTMANAGER = (NAME, "audit-fluentd-aggregator"), (NAME, "alertmanager")
COLLECTOR = (NAME, "node-logs")
POSTGRES, SEARCH = (NAME, "postgresql"), ("common.k8s.elastic.co/type", "elasticsearch")
SETUP, SERVERS, JOBS = (NAME, "object-store-setup"), (NAME, "seldon-server"), (NAME, "seldon-batch")
PART = "app.kubernetes.io/component"
SERVED_TO: dict[tuple[tuple[str, str], int], set[tuple[str, str]]] = {
    ((NAME, "prometheus"), 9090): {(NAME, "prometheus"), ENTERPRISE},
    (ALERTMANAGER, 9093): {(NAME, "prometheus"), ENTERPRISE},
    (ENTERPRISE, 8000): {("app", "istio-ingressgateway"), ALERTMANAGER, LOGGER},
    (AUDIT, 24224): {COLLECTOR},
    (AUDIT, 24225): {ENTERPRISE},
    ((NAME, "seldon-scheduler"), 9008): {(NAME, "seldon-dataflow-engine")},
    (POSTGRES, 5432): {POSTGRES, ENTERPRISE},
    (SEARCH, 9200): {SEARCH, (NAME, "elastic-operator"), (NAME, "search-snapshots"), ENTERPRISE, LOGGER, COLLECTOR},
    ((PART, "s3"), 8333): {SETUP, SERVERS, JOBS, POSTGRES, SEARCH, AUDIT},
    ((PART, "s3"), 18333): {(PART, "master")},
    ((PART, "filer"), 18888): {(PART, "master"), (PART, "filer"), (PART, "s3")},
    ((PART, "filer"), 8888): set(),
    ((PART, "master"), 9333): set(),
    ((PART, "volume"), 8080): {(PART, "volume"), (PART, "filer"), (PART, "s3")},
    ((NAME, "minio"), 9000): {(NAME, "minio"), SETUP, SERVERS, JOBS, POSTGRES, SEARCH, AUDIT},
    (("strimzi.io/broker-role", "true"), 9093): {
        (NAME, "seldon-dataflow-engine"),
        (NAME, "seldon-modelgateway"),
        (NAME, "seldon-pipelinegateway"),
        LOGGER,
    },
}
"""Who may reach a port that holds data or does not encrypt, by a label of either side."""
