"""What type tokens say: Kubernetes kinds, what runs something, and how readers know a resource."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from review.urns import name_of, type_of

if TYPE_CHECKING:
    from review.model import Snapshot, Value

CHART = "kubernetes:helm.sh/v4:Chart"
_KUBERNETES = re.compile(r"^kubernetes:([a-z0-9.-]+)/[^/:]+:(\w+)$")


class Kind(NamedTuple):
    """A kind of Kubernetes objects, whichever version of its API it is written in."""

    group: str
    """Empty for the core API."""
    kind: str


NAMESPACE = Kind("", "Namespace")
DEPLOYMENT = Kind("apps", "Deployment")
STATEFUL_SET = Kind("apps", "StatefulSet")
DAEMON_SET = Kind("apps", "DaemonSet")
JOB = Kind("batch", "Job")
CRON_JOB = Kind("batch", "CronJob")
POD = Kind("", "Pod")
SERVICE = Kind("", "Service")
SECRET = Kind("", "Secret")
CONFIG_MAP = Kind("", "ConfigMap")
CLAIM = Kind("", "PersistentVolumeClaim")
CRD = Kind("apiextensions.k8s.io", "CustomResourceDefinition")
NETWORK_POLICY = Kind("networking.k8s.io", "NetworkPolicy")
DISRUPTION_BUDGET = Kind("policy", "PodDisruptionBudget")
GATEWAY = Kind("networking.istio.io", "Gateway")
VIRTUAL_SERVICE = Kind("networking.istio.io", "VirtualService")
POSTGRES = Kind("postgresql.cnpg.io", "Cluster")
KAFKA = Kind("kafka.strimzi.io", "Kafka")
NODE_POOL = Kind("kafka.strimzi.io", "KafkaNodePool")
ELASTICSEARCH = Kind("elasticsearch.k8s.elastic.co", "Elasticsearch")
CERTIFICATE = Kind("cert-manager.io", "Certificate")

WITH_PODS = frozenset({DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB, CRON_JOB, POD})
"""Kinds that carry a pod's specification."""
SERVING = frozenset(
    {
        Kind("mlops.seldon.io", "SeldonRuntime"),
        Kind("mlops.seldon.io", "Server"),
        Kind("mlops.seldon.io", "Model"),
        Kind("mlops.seldon.io", "Pipeline"),
        Kind("mlops.seldon.io", "Experiment"),
        Kind("machinelearning.seldon.io", "SeldonDeployment"),
    }
)
STORES = frozenset(
    {
        POSTGRES,
        KAFKA,
        NODE_POOL,
        ELASTICSEARCH,
        Kind("kafka.strimzi.io", "KafkaConnect"),
        Kind("postgresql.cnpg.io", "Pooler"),
    }
)
_WORKLOADS = (
    WITH_PODS | SERVING | STORES | {Kind("monitoring.coreos.com", kind) for kind in ("Prometheus", "Alertmanager")}
)
_CLOUD_WORKLOADS = frozenset(
    {
        "aws:rds/instance:Instance",
        "aws:rds/cluster:Cluster",
        "aws:opensearch/domain:Domain",
        "aws:elasticsearch/domain:Domain",
        "aws:msk/cluster:Cluster",
        "aws:eks/cluster:Cluster",
        "aws:eks/nodeGroup:NodeGroup",
        "gcp:sql/databaseInstance:DatabaseInstance",
        "gcp:container/cluster:Cluster",
        "gcp:container/nodePool:NodePool",
    }
)


@cache
def kind_of(resource_type: str) -> Kind | None:
    """Return the Kubernetes kind that a type token stands for, or None; a chart is none."""
    found = _KUBERNETES.match(resource_type)
    if not found or found[1] == "helm.sh":
        return None
    group = "" if found[1] == "core" else found[1]
    return Kind(group, found[2].removesuffix("Patch"))


@cache
def is_workload(resource_type: str) -> bool:
    """Say whether a resource runs something whose users would notice."""
    kind = kind_of(resource_type)
    return kind in _WORKLOADS if kind else resource_type in _CLOUD_WORKLOADS


def identity(inputs: dict[str, Value]) -> tuple[str, str]:
    """Return namespace and name of a Kubernetes object; empty where they are not given or not known."""
    metadata = inputs.get("metadata")
    if not isinstance(metadata, dict):
        return "", ""
    namespace, name = metadata.get("namespace"), metadata.get("name")
    return namespace if isinstance(namespace, str) else "", name if isinstance(name, str) else ""


def label(urn: str, snapshot: Snapshot | None) -> str:
    """Return the resource as readers know it: `Deployment seldon-mesh/scheduler`, `RandomPassword db-password`."""
    token = type_of(urn)
    kind = kind_of(token)
    if kind and snapshot:
        namespace, name = identity(snapshot.inputs)
        if name:
            return f"{kind.kind} {namespace}/{name}" if namespace else f"{kind.kind} {name}"
    return f"{token.rpartition(':')[2]} {name_of(urn)}"
