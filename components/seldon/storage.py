"""Where models come from: Core 2 reads one Secret per remote, in rclone's form, named in the runtime's settings.

Batch jobs read theirs from the environment. Both are made from a store of one runtime, or from the platform's buckets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

from components.cluster.flows import to_bucket
from components.contracts import Pods, PublicAuthorities, StaticKeys
from components.trust import authority_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.cluster.network import Flow
    from components.contracts import Bucket

SECRET_KEY = "rclone"  # noqa: S105 (a name)
"""The Secret must have exactly one key; its name is free."""


STORE_AUTHORITY = "storage-authority"
"""Secret in a runtime namespace with what the platform's store is verified against."""

BATCH_LABELS = {"secret-type": "bucket", "seldon-deploy": "true"}
"""How the Enterprise Platform finds the Secrets of batch jobs
(https://docs.seldon.ai/seldon-enterprise-platform, operations, storage initializers)."""

_REMOTE = re.compile(r"[a-z][a-z0-9]{0,29}")


@dataclass(frozen=True, kw_only=True)
class StorageRemote:
    """An rclone remote (https://rclone.org/rc/, config/create)."""

    scheme: str
    """The remote's name; it must equal the scheme of the storageUri of the models that use it."""
    type: str
    """rclone backend, such as `s3` or `gcs`."""
    parameters: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Parameters of the backend; every value is a string, booleans too."""


def secret_name(remote: StorageRemote) -> str:
    """Name of the Secret that holds a remote."""
    return f"storage-{remote.scheme}"


def remote_document(remote: StorageRemote) -> pulumi.Output[str]:
    """The JSON that Core 2 hands to rclone; secret, whether or not a parameter is."""
    document = {"type": remote.type, "name": remote.scheme, "parameters": dict(remote.parameters)}
    return pulumi.Output.secret(pulumi.Output.json_dumps(document, sort_keys=True))


def storage_secret(name: str, remote: StorageRemote, namespace: str, opts: pulumi.ResourceOptions) -> corev1.Secret:
    """Create the Secret of a remote in a runtime namespace."""
    return corev1.Secret(
        name,
        metadata=metav1.ObjectMetaArgs(name=secret_name(remote), namespace=namespace),
        string_data={SECRET_KEY: remote_document(remote)},
        opts=opts,
    )


@dataclass(frozen=True, kw_only=True)
class PlatformStore:
    """The platform's own buckets, as one runtime uses them."""

    scheme: str
    """Of the model URIs that are read from it."""
    models: Bucket
    batch: Bucket

    def __post_init__(self) -> None:
        for wanted, bucket in (("models", self.models), ("batch", self.batch)):
            if bucket.purpose != wanted:
                raise ValueError(f"bucket {bucket.name} is for {bucket.purpose}, not for {wanted}")

    @property
    def remote(self) -> StorageRemote:
        """The remote that models are loaded from."""
        return bucket_remote(self.scheme, self.models)

    @property
    def authority(self) -> str | None:
        """Secret that rclone verifies the store by; None when it does so anyway."""
        return None if isinstance(self.models.trust, PublicAuthorities) else STORE_AUTHORITY

    @property
    def annotations(self) -> Mapping[str, pulumi.Input[str]]:
        """Of the account that servers run under: the identity that may read models, where there are no keys."""
        return {} if isinstance(self.models.access, StaticKeys) else self.models.access.annotations


def bucket_remote(scheme: str, bucket: Bucket) -> StorageRemote:
    """Make the remote of a bucket; parameters as of rclone 1.71 (backend/s3, backend/googlecloudstorage).

    Without keys rclone takes what the pod's identity gives it (`env_auth`).

    Raises:
        ValueError: keys for a bucket of GCS, which the platform enters by identity alone.
    """
    keys = bucket.access if isinstance(bucket.access, StaticKeys) else None
    if bucket.provider == "GCS":
        if keys:
            raise ValueError(f"bucket {bucket.name}: GCS is entered by a workload's identity, not by keys")
        return StorageRemote(
            scheme=scheme, type="google cloud storage", parameters={"env_auth": "true", "bucket_policy_only": "true"}
        )
    parameters: dict[str, pulumi.Input[str]] = {
        "provider": bucket.provider,
        "env_auth": "false" if keys else "true",
        "endpoint": bucket.endpoint,
        "region": bucket.region,
        # Its user may not make buckets, and rclone would try before it writes.
        "no_check_bucket": "true",
    }
    if keys:
        parameters |= {
            "access_key_id": keys.access_key_id,
            "secret_access_key": pulumi.Output.secret(keys.secret_access_key),
        }
    return StorageRemote(scheme=scheme, type="s3", parameters=parameters)


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


def batch_secret(name: str, remote: StorageRemote, namespace: str, opts: pulumi.ResourceOptions) -> corev1.Secret:
    """Create the Secret that batch jobs take their environment from, under the name and labels that Seldon expects."""
    return corev1.Secret(
        name,
        metadata=metav1.ObjectMetaArgs(
            name=f"{remote.scheme}-bucket-envvars", namespace=namespace, labels=BATCH_LABELS
        ),
        string_data=pulumi.Output.secret(batch_environment(remote)),
        opts=opts,
    )


def platform_store_secrets(
    name: str, store: PlatformStore, namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Create what a runtime needs for the platform's buckets beside the Secret of `store.remote`."""
    after = pulumi.ResourceOptions.merge(
        opts, pulumi.ResourceOptions(depends_on=[*store.models.ready, *store.batch.ready])
    )
    authority = authority_secret(
        f"{name}-{STORE_AUTHORITY}",
        store.models.trust,
        namespace=namespace,
        secret_name=STORE_AUTHORITY,
        dns_names=[f"seldon-server.{namespace}.svc.cluster.local"],
        opts=after,
    )
    batch = batch_secret(f"{name}-batch", bucket_remote(store.scheme, store.batch), namespace, after)
    return [batch, *([authority] if authority else [])]


def models_flow(namespace: str, store: PlatformStore) -> Flow:
    """Return the flow of a runtime's servers to the platform's bucket of models."""
    servers = Pods(namespace=namespace, labels={"app.kubernetes.io/name": "seldon-server"})
    return to_bucket(f"models-{namespace}", servers, store.models, "downloads of models from the platform's store, TLS")
