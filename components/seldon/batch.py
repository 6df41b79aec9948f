"""Batch jobs in one runtime: who they run as, what that may do, and the bucket that they read from and write to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

from components.cluster.flows import ENVOY, to_api_server, to_bucket
from components.cluster.network import Flow
from components.cluster.workflows.names import ACCOUNT, API, BATCH_LABELS
from components.contracts import Pods, PublicAuthorities, StaticKeys
from components.rights import Account, rule
from components.seldon.storage import SECRET_KEY, StorageRemote, bucket_remote, remote_document
from components.trust import authority_secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.cluster.flows import PlatformMap
    from components.contracts import Bucket, PlacedIn

REMOTE = "batch"
"""Name of the bucket for rclone; jobs say `batch://<bucket>/<path>`."""
BATCH_AUTHORITY = "batch-authority"
"""Secret that jobs verify the bucket by, where they would not anyway."""

BUCKET_LABELS = {"secret-type": "bucket", "seldon-deploy": "true"}
"""How Seldon's platform finds the Secrets of buckets
(https://docs.seldon.ai/seldon-enterprise-platform, operations, storage initializers)."""

STORAGE_IMAGE = "docker.io/seldonio/rclone-storage-initializer:1.18.2"
"""Copies from and to the bucket; the default of chart seldon-deploy 2.4.0 (`batchjobs.storageInitializer`)."""
STORAGE_COMMAND = ("rclone", "copy")
"""Its entry point (components/rclone-storage-initializer/Dockerfile of seldon-core at v1.18.2)."""

_REMOTE = re.compile(r"[a-z][a-z0-9]{0,29}")


def batch_environment(remote: StorageRemote) -> dict[str, pulumi.Input[str]]:
    """Return a remote as environment variables (https://rclone.org/docs/, config file, environment variables).

    Raises:
        ValueError: its name does not make a variable's name, or is longer than the 30 letters that Seldon allows.
    """
    if not _REMOTE.fullmatch(remote.scheme):
        raise ValueError(f"remote {remote.scheme}: allowed: at most 30 lowercase letters and digits, a letter first")
    prefix = f"RCLONE_CONFIG_{remote.scheme.upper()}"
    return {
        f"{prefix}_TYPE": remote.type,
        **{f"{prefix}_{parameter.upper()}": value for parameter, value in remote.parameters.items()},
    }


def batch_authority(bucket: Bucket) -> str | None:
    """Name of the Secret that jobs verify the bucket by; None when they do so anyway."""
    return None if isinstance(bucket.trust, PublicAuthorities) else BATCH_AUTHORITY


def batch_flows(place: PlatformMap, namespace: str, bucket: Bucket) -> list[Flow]:
    """Flows of the jobs of one runtime."""
    jobs = Pods(namespace=namespace, labels=BATCH_LABELS)
    envoy = Pods(namespace=namespace, labels={"app.kubernetes.io/name": "seldon-envoy"})
    return [
        to_api_server(place, f"batch-{namespace}", jobs, "reports what became of a step"),
        to_bucket(f"batch-bucket-{namespace}", jobs, bucket, "input and output of batch jobs, TLS"),
        Flow(name=f"batch-envoy-{namespace}", source=jobs, target=envoy, ports=[ENVOY], why="asks the models, TLS"),
    ]


@dataclass(frozen=True, kw_only=True)
class BatchArgs:
    """What batch jobs in a runtime are made with."""

    placed: PlacedIn
    """Namespace of the runtime."""
    bucket: Bucket
    pull_secret: str | None
    depends_on: Sequence[pulumi.Resource] = ()


class Batch(pulumi.ComponentResource):
    """What batch jobs need in the namespace of one runtime.

    Raises:
        ValueError: the bucket is for something else.
    """

    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: BatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:seldon:Batch", name, {}, opts)
        bucket, namespace = args.bucket, args.placed.namespace
        if bucket.purpose != "batch":
            raise ValueError(f"bucket {bucket.name} is for {bucket.purpose}, not for batch")
        self._name, self._namespace = name, namespace
        before = [*args.placed.ready, *bucket.ready, *args.depends_on]
        inside = pulumi.ResourceOptions(parent=self, depends_on=before)
        remote = bucket_remote(REMOTE, bucket)
        self.ready = [
            self._account(args, inside),
            *self._rights(inside),
            self._secret("envvars", batch_environment(remote), inside),
            self._secret("params", {SECRET_KEY: remote_document(remote)}, inside),
        ]
        authority = authority_secret(
            f"{name}-authority",
            bucket.trust,
            namespace=namespace,
            secret_name=BATCH_AUTHORITY,
            dns_names=[f"batch.{namespace}.svc.cluster.local"],
            opts=inside,
        )
        self.ready += [authority] if authority else []
        self.register_outputs({"namespace": namespace})

    def _account(self, args: BatchArgs, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        access = args.bucket.access
        return corev1.ServiceAccount(
            f"{self._name}-account",
            metadata=metav1.ObjectMetaArgs(
                name=ACCOUNT,
                namespace=self._namespace,
                annotations={} if isinstance(access, StaticKeys) else access.annotations,
            ),
            automount_service_account_token=False,
            image_pull_secrets=[corev1.LocalObjectReferenceArgs(name=args.pull_secret)] if args.pull_secret else None,
            opts=opts,
        )

    def _rights(self, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        """Let Argo's executor report results, which is all that it needs (docs/workflow-rbac.md at v3.5.15).

        Seldon's documentation grants every right over pods, Deployments and Core 1's resources instead, to the token in
        the pod of every job.
        """
        rules = [rule(API, ("workflowtaskresults",), ("create", "patch"))]
        account = Account(name=ACCOUNT, namespace=self._namespace)
        return account.grant(self._name, ACCOUNT, rules, namespace=self._namespace, opts=opts)

    def _secret(
        self, form: str, content: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Create the Secret of the bucket in one of the two forms that Seldon's platform reads, as it names them."""
        return corev1.Secret(
            f"{self._name}-{form}",
            metadata=metav1.ObjectMetaArgs(
                name=f"{REMOTE}-bucket-{form}", namespace=self._namespace, labels=BUCKET_LABELS
            ),
            string_data=pulumi.Output.secret(content),
            opts=opts,
        )
