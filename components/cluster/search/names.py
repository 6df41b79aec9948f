"""Names that ECK derives from those of the custom resource, and those of the objects that it is given.

Sources, at tag v3.2.0 of elastic/cloud-on-k8s: deploy/eck-operator/templates, pkg/apis/elasticsearch/v1/name.go,
pkg/controller/elasticsearch/label and pkg/controller/elasticsearch/nodespec.
"""

from __future__ import annotations

import re

OPERATOR = "elastic-operator"
"""Release of the chart, and so the name of the operator, of its account and of its roles."""
CLUSTER = "seldon"
NODE_SET = "default"
SERVICE = f"{CLUSTER}-es-http"
NODES = f"{CLUSTER}-es-{NODE_SET}"
"""StatefulSet of the nodes, and the headless Service that names each of them."""

OPERATOR_LABELS = {"app.kubernetes.io/name": OPERATOR}
POD_LABELS = {"common.k8s.elastic.co/type": "elasticsearch", "elasticsearch.k8s.elastic.co/cluster-name": CLUSTER}
SETUP_LABELS = {"app.kubernetes.io/name": "search-snapshots"}
"""Of the pod that registers where snapshots go."""

HTTP, TRANSPORT = 9200, 9300
OPERATOR_METRICS = 8080

HTTP_CERTIFICATE = "search-http"
ROLES = "search-roles"
SELDON_USER = "search-user-seldon"
SNAPSHOT_USER = "search-user-snapshots"
LOG_WRITER_USER = "search-user-application-logs"
SNAPSHOT_KEYS = "search-snapshot-keys"
SNAPSHOT_AUTHORITY = "search-snapshot-authority"
"""Secrets of ours beside the custom resource; ECK's own all start with `seldon-es-`."""

_VERSION = re.compile(r"7\.17\.[0-9]+")


def service_host(namespace: str) -> str:
    """Return the name that clients use, which the server's certificate carries."""
    return f"{SERVICE}.{namespace}.svc.cluster.local"


def dns_names(namespace: str) -> list[str]:
    """Names of the Service, of the one that ECK uses itself, and of each node (its `http.publish_host`)."""
    services = (SERVICE, f"{CLUSTER}-es-internal-http")
    return [
        *(f"{service}.{namespace}.{suffix}" for service in services for suffix in ("svc", "svc.cluster.local")),
        f"*.{NODES}.{namespace}.svc",
    ]


def image_version(image: str) -> str:
    """Return the Elasticsearch version that an image's tag starts with: ECK has to be told which one it runs.

    Raises:
        ValueError: the tag does not start with a version of the 7.17 line.
    """
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    found = _VERSION.match(tag)
    if found is None or tag[found.end() : found.end() + 1].isalnum():
        raise ValueError(f"search image {image}: its tag must start with the version, such as 7.17.29 or 7.17.29-s3")
    return found.group()
