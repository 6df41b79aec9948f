"""Where models come from: Core 2 reads one Secret per remote, in rclone's form, named in the runtime's settings.

A remote is made from a store of one runtime, or from the platform's bucket of models.
"""

from __future__ import annotations

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
    """The platform's own bucket of models, as one runtime uses it."""

    scheme: str
    """Of the model URIs that are read from it."""
    models: Bucket

    def __post_init__(self) -> None:
        if self.models.purpose != "models":
            raise ValueError(f"bucket {self.models.name} is for {self.models.purpose}, not for models")

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


def platform_store_authority(
    name: str, store: PlatformStore, namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Create what a runtime verifies the platform's store by; nothing where that is public."""
    authority = authority_secret(
        f"{name}-{STORE_AUTHORITY}",
        store.models.trust,
        namespace=namespace,
        secret_name=STORE_AUTHORITY,
        dns_names=[f"seldon-server.{namespace}.svc.cluster.local"],
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*store.models.ready])),
    )
    return [authority] if authority else []


def models_flow(namespace: str, store: PlatformStore) -> Flow:
    """Return the flow of a runtime's servers to the platform's bucket of models."""
    servers = Pods(namespace=namespace, labels={"app.kubernetes.io/name": "seldon-server"})
    return to_bucket(f"models-{namespace}", servers, store.models, "downloads of models from the platform's store, TLS")
