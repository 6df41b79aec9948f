"""Elasticsearch with its operator, as one component."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

from components.cluster.certificates import CertificateRequest, certificate
from components.cluster.search import names
from components.cluster.search.nodes import elasticsearch_spec
from components.cluster.search.operator import install_operator
from components.cluster.search.snapshots import keys_secret, registration
from components.cluster.search.users import (
    LOG_WRITER_ROLE,
    SELDON_ROLE,
    SNAPSHOT_ROLE,
    roles_secret,
    search_user,
)
from components.contracts import PlatformAuthority, Pods, SearchEndpoint
from components.trust import authority_secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.cluster.search.args import SearchArgs
    from components.cluster.search.users import SearchUser

READY = {"pulumi.com/waitFor": "jsonpath={.status.phase}=Ready"}


class Search(pulumi.ComponentResource):
    """ECK's operator, an Elasticsearch for request logs, its users, and nightly snapshots to the object store."""

    endpoint: SearchEndpoint
    log_writer: SearchEndpoint | None
    """With a user that adds the logs of applications; None when nothing does."""

    def __init__(self, name: str, args: SearchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:Search", name, {}, opts)
        self._name = name
        self._args = args
        namespace = args.placed.namespace
        placed = [*args.operator.ready, *args.placed.ready, *args.depends_on]
        self._inside = pulumi.ResourceOptions(parent=self, depends_on=[*args.placed.ready, *args.depends_on])
        operator = install_operator(f"{name}-operator", args, pulumi.ResourceOptions(parent=self, depends_on=placed))
        seldon = self._user("seldon", SELDON_ROLE, names.SELDON_USER)
        snapshots = self._user("snapshots", SNAPSHOT_ROLE, names.SNAPSHOT_USER)
        writer = self._user("log-writer", LOG_WRITER_ROLE, names.LOG_WRITER_USER) if args.log_writer else None
        users = [seldon.secret, snapshots.secret, *([writer.secret] if writer else [])]
        cluster = self._cluster([operator, *users, *self._given()])
        registration(f"{name}-registration", args, pulumi.ResourceOptions(parent=self, depends_on=[cluster]))
        self.endpoint = SearchEndpoint(
            host=names.service_host(namespace),
            port=names.HTTP,
            username=seldon.username,
            password=seldon.password,
            trust=PlatformAuthority(issuer=args.authority),
            reached_at=Pods(namespace=namespace, labels=names.POD_LABELS),
            ready=[cluster],
        )
        self.log_writer = None
        if writer:
            self.log_writer = replace(self.endpoint, username=writer.username, password=writer.password)
        self.register_outputs({"host": self.endpoint.host})

    def _user(self, part: str, role: str, secret_name: str) -> SearchUser:
        return search_user(
            f"{self._name}-{part}",
            role,
            secret_name=secret_name,
            namespace=self._args.placed.namespace,
            opts=self._inside,
        )

    def _given(self) -> Sequence[pulumi.Resource]:
        """What the custom resource refers to beside the users: roles, certificate, keys and authority of the store."""
        args, namespace = self._args, self._args.placed.namespace
        given = [
            roles_secret(f"{self._name}-roles", namespace, self._inside, log_writer=args.log_writer),
            certificate(
                f"{self._name}-http",
                CertificateRequest(name=names.HTTP_CERTIFICATE, dns_names=names.dns_names(namespace)),
                namespace=namespace,
                issuer=args.authority,
                opts=self._inside,
            ),
            keys_secret(f"{self._name}-snapshot-keys", args.backups, namespace, self._inside),
        ]
        authority = authority_secret(
            f"{self._name}-snapshot-authority",
            args.backups.trust,
            namespace=namespace,
            secret_name=names.SNAPSHOT_AUTHORITY,
            dns_names=[f"{names.SNAPSHOT_AUTHORITY}.{namespace}.svc"],
            opts=self._inside,
        )
        return [*given, *([authority] if authority else []), *args.backups.ready]

    def _cluster(self, needs: Sequence[pulumi.Resource]) -> pulumi.Resource:
        return apiextensions.CustomResource(
            f"{self._name}-elasticsearch",
            api_version="elasticsearch.k8s.elastic.co/v1",
            kind="Elasticsearch",
            metadata=metav1.ObjectMetaArgs(
                name=names.CLUSTER, namespace=self._args.placed.namespace, annotations=READY
            ),
            spec=elasticsearch_spec(self._args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(needs), protect=self._args.protect),
        )
