"""The keys of an object store's users, made by the program, so that nothing has to be read back from the store."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_random as random

from components.contracts import StaticKeys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEY_LENGTH = 40
"""Letters and digits, so that a key needs no quoting in a URL, a shell or JSON; about 238 bits."""


def generated(name: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Make one key. Replacing its resource rotates it."""
    return random.RandomPassword(name, length=KEY_LENGTH, special=False, opts=opts).result


def user_keys(name: str, users: Sequence[str], opts: pulumi.ResourceOptions) -> dict[str, StaticKeys]:
    """Make a secret key for each user; the user's name is its access key id."""
    return {
        user: StaticKeys(access_key_id=user, secret_access_key=generated(f"{name}-key-{user}", opts)) for user in users
    }


def digest(values: Mapping[str, str]) -> str:
    """Return a short digest of values by name."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def keys_fingerprint(keys: Mapping[str, pulumi.Input[str]], *, plan: str = "") -> pulumi.Output[str]:
    """Return a digest that changes with any of the keys; it shows in annotations.

    It tells nothing about keys of `generated`: 64 bits of a digest of more than 200 random ones. Never for passwords
    that somebody chose.
    """
    return pulumi.Output.unsecret(pulumi.Output.all(**keys, plan=plan).apply(digest))


def opaque(
    name: str, object_name: str, namespace: str, data: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> corev1.Secret:
    """Make a Secret, all of it secret in the state too."""
    return corev1.Secret(
        name,
        metadata=metav1.ObjectMetaArgs(name=object_name, namespace=namespace),
        string_data=pulumi.Output.secret(dict(data)),
        opts=opts,
    )
