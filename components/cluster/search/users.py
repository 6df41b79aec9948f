"""Who may do what in Elasticsearch: users with generated passwords, and roles that grant what each needs.

ECK reads users and roles from Secrets (https://www.elastic.co/guide/en/cloud-on-k8s/2.16/k8s-users-and-roles.html);
privileges: https://www.elastic.co/guide/en/elasticsearch/reference/7.17/security-privileges.html.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_random as random

from components.cluster.search import names

if TYPE_CHECKING:
    import pulumi

SELDON_ROLE, SNAPSHOT_ROLE, LOG_WRITER_ROLE = "seldon", "snapshots", "application-logs"
REQUEST_LOGS = "*-log-*"
"""Indices that request logging makes: `inference-log-…`, and beside them those of drift and of reference data."""
APPLICATION_LOGS = "kubernetes_cluster-*"
"""Indices of container logs (`applicationLogs.elasticIndexPattern` of the chart seldon-deploy 2.4.0)."""

_PASSWORD_LENGTH = 40


def roles(*, log_writer: bool) -> dict[str, dict[str, Any]]:
    """Return every role by name.

    Seldon makes request-log indices, fills and searches them, and cannot delete one. `write` lets 7.17 update mappings
    too. Snapshots are taken with the rights of whoever wrote the policy, so the role needs to create them; it can
    neither delete nor restore one. The collector of application logs makes their indices, lets a document add fields,
    and puts documents; it can neither read nor delete one, nor see which there are.
    """
    reading = ["monitor", "read", "view_index_metadata"]
    adding = {"indices": [{"names": [APPLICATION_LOGS], "privileges": ["auto_configure", "create"]}]}
    return {
        SELDON_ROLE: {
            "cluster": ["monitor"],
            "indices": [
                {"names": [REQUEST_LOGS], "privileges": ["create_index", "write", *reading]},
                {"names": [APPLICATION_LOGS], "privileges": reading},
            ],
        },
        SNAPSHOT_ROLE: {"cluster": ["cluster:admin/repository/put", "cluster:admin/slm/put", "create_snapshot"]},
        **({LOG_WRITER_ROLE: adding} if log_writer else {}),
    }


@dataclass(frozen=True, kw_only=True)
class SearchUser:
    """A user with a generated password."""

    username: str
    password: pulumi.Output[str]
    """Secret."""
    secret: pulumi.Resource
    """Where ECK reads the user from."""


def roles_secret(name: str, namespace: str, opts: pulumi.ResourceOptions, *, log_writer: bool) -> pulumi.Resource:
    """Make the Secret with `roles.yml`; JSON is YAML."""
    return corev1.Secret(
        name,
        metadata=metav1.ObjectMetaArgs(name=names.ROLES, namespace=namespace),
        string_data={"roles.yml": json.dumps(roles(log_writer=log_writer), indent=2)},
        opts=opts,
    )


def search_user(name: str, role: str, *, secret_name: str, namespace: str, opts: pulumi.ResourceOptions) -> SearchUser:
    """Make a user, named like its one role."""
    password = random.RandomPassword(f"{name}-password", length=_PASSWORD_LENGTH, special=False, opts=opts)
    secret = corev1.Secret(
        f"{name}-user",
        metadata=metav1.ObjectMetaArgs(name=secret_name, namespace=namespace),
        type="kubernetes.io/basic-auth",
        string_data={"username": role, "password": password.result, "roles": role},
        opts=opts,
    )
    return SearchUser(username=role, password=password.result, secret=secret)
