"""Snapshots: how Elasticsearch reaches the bucket, and the Job that tells it where they go and how long they stay.

Settings of the S3 client: https://www.elastic.co/guide/en/elasticsearch/plugins/7.17/repository-s3-client.html; of
policies: https://www.elastic.co/guide/en/elasticsearch/reference/7.17/slm-api-put-policy.html.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import pulumi_kubernetes.batch.v1 as batchv1
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

from components.cluster.search import names
from components.contracts import StaticKeys
from components.hardening import harden_pod
from components.trust import AUTHORITY_KEY
from components.urls import https_port

if TYPE_CHECKING:
    import pulumi

    from components.cluster.search.args import SearchArgs
    from components.contracts import Bucket

_SCRIPTS = Path(__file__).with_name("scripts")
TRUST_AUTHORITY = (_SCRIPTS / "trust-authority.sh").read_text(encoding="utf-8")
REGISTER = (_SCRIPTS / "register-snapshots.sh").read_text(encoding="utf-8")

REPOSITORY, POLICY = "object-store", "nightly"
BASE_PATH = "elasticsearch"
"""Directory in the bucket, which other backups share."""
_KEPT_ANYWAY = 3
"""Snapshots that stay however old they are, so that a policy which fails unseen deletes not the last good one."""


def client_settings(bucket: Bucket) -> dict[str, Any]:
    """Return what `elasticsearch.yml` says of the store; before version 8 the endpoint has no scheme."""
    url = urlsplit(bucket.endpoint)
    return {
        "s3.client.default.protocol": url.scheme,
        "s3.client.default.endpoint": f"{url.hostname}:{https_port(bucket.endpoint)}",
        "s3.client.default.region": bucket.region,
        "s3.client.default.path_style_access": bucket.provider != "AWS",
    }


def keys_secret(name: str, bucket: Bucket, namespace: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    """Make the Secret that ECK puts into the keystore of each node.

    Raises:
        ValueError: the bucket is entered without keys, which Elasticsearch 7.17 beside the platform cannot do.
    """
    if not isinstance(bucket.access, StaticKeys):
        raise ValueError(f"bucket {bucket.name}: snapshots of Elasticsearch 7.17 in the cluster need static keys")  # noqa: TRY004
    return corev1.Secret(
        name,
        metadata=metav1.ObjectMetaArgs(name=names.SNAPSHOT_KEYS, namespace=namespace),
        string_data={
            "s3.client.default.access_key": bucket.access.access_key_id,
            "s3.client.default.secret_key": bucket.access.secret_access_key,
        },
        opts=opts,
    )


def repository(bucket: Bucket) -> dict[str, Any]:
    """Return the body that registers the bucket."""
    return {"type": "s3", "settings": {"bucket": bucket.name, "base_path": BASE_PATH, "client": "default"}}


def policy(retention_days: int) -> dict[str, Any]:
    """Return the body of the nightly policy: all data, with templates and settings, without Elasticsearch's own users.

    It runs an hour before Elasticsearch deletes what has expired (`slm.retention_schedule`, 01:30 UTC by default).
    """
    return {
        "schedule": "0 30 0 * * ?",
        "name": "<seldon-{now/d}>",
        "repository": REPOSITORY,
        "config": {"indices": ["*"], "include_global_state": True, "feature_states": ["none"]},
        "retention": {"expire_after": f"{retention_days}d", "min_count": _KEPT_ANYWAY},
    }


def job_pod(args: SearchArgs) -> dict[str, Any]:
    """Return the pod that registers repository and policy, with the image of the nodes, which has curl."""
    mounts = {"/credentials": "credentials", "/authority": "authority"}
    environment = {
        "ELASTICSEARCH": f"https://{names.service_host(args.placed.namespace)}:{names.HTTP}",
        "AUTHORITY": f"/authority/{AUTHORITY_KEY}",
        "CREDENTIALS": "/credentials",
        "REPOSITORY_NAME": REPOSITORY,
        "REPOSITORY": json.dumps(repository(args.backups)),
        "POLICY_NAME": POLICY,
        "POLICY": json.dumps(policy(args.snapshot_retention_days)),
        "RETRIES": "12",
        "RETRY_SECONDS": "10",
    }
    container = {
        "name": "register",
        "image": args.image,
        "command": ["bash", "-c", REGISTER],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "volumeMounts": [{"name": name, "mountPath": path, "readOnly": True} for path, name in mounts.items()],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": {"readOnlyRootFilesystem": True},
    }
    user_files = [{"key": key, "path": key} for key in ("username", "password")]
    authority_file = [{"key": AUTHORITY_KEY, "path": AUTHORITY_KEY}]
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsUser": 1000, "fsGroup": 1000},
        "containers": [container],
        "volumes": [
            {"name": "credentials", "secret": {"secretName": names.SNAPSHOT_USER, "items": user_files}},
            {"name": "authority", "secret": {"secretName": names.HTTP_CERTIFICATE, "items": authority_file}},
        ],
    }
    return harden_pod(spec, pull_secret=args.sources.pull_secret)


def registration(name: str, args: SearchArgs, opts: pulumi.ResourceOptions) -> batchv1.Job:
    """Run the registration; script and requests stand in the pod, so a change of either runs it again."""
    template: dict[str, Any] = {"metadata": {"labels": names.SETUP_LABELS}, "spec": job_pod(args)}
    return batchv1.Job(
        name,
        metadata=metav1.ObjectMetaArgs(name="search-snapshots", namespace=args.placed.namespace),
        spec=batchv1.JobSpecArgs(backoff_limit=3, template=cast("corev1.PodTemplateSpecArgs", template)),
        opts=opts,
    )
