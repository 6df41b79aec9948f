"""Where models come from: Core 2 reads one Secret per remote, in rclone's form, named in the runtime's settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_KEY = "rclone"  # noqa: S105 (a name)
"""The Secret must have exactly one key; its name is free."""


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
