"""The component: operator, backup plugin and one database cluster, in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_random as random
from pulumi_kubernetes import apiextensions

from components.cluster.certificates import READY
from components.cluster.postgres import rights, spec
from components.cluster.postgres.operator import OPERATOR_LABELS, operator_release, plugin_release
from components.contracts import IssuerRef, PlatformAuthority, Pods, PostgresEndpoint, StaticKeys, WorkloadIdentity
from components.definitions import own_definitions
from components.trust import authority_secret
from components.workload import disruption_budget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.contracts import Bucket, PlacedIn
    from components.sources import Sources
    from components.workload import Workload

CERTIFICATES_READY = {"kubernetes:cert-manager.io/v1:Certificate": "condition=Ready"}


@dataclass(frozen=True, kw_only=True)
class PostgresArgs:
    """What Postgres is made with."""

    sources: Sources
    operator: PlacedIn
    """Namespace of the operator and its plugin."""
    placed: PlacedIn
    """Namespace of the database, and of nothing else."""
    authority: IssuerRef
    """Issues the server's certificate."""
    backups: Bucket
    backup_retention_days: int
    size: Workload
    """Of the instances."""
    operator_size: Workload
    """Of the operator; its plugin has the same resources and always one replica."""
    storage_gi: int
    """Volume per instance, in GiB."""
    storage_class: str | None
    """None takes the cluster's default class."""
    protect: bool = True
    """Whether the database and its resource types are protected from deletion."""
    depends_on: Sequence[pulumi.Resource] = ()


class Postgres(pulumi.ComponentResource):
    """PostgreSQL 15 with replicas, TLS, continuous backups and one role that owns one database."""

    endpoint: PostgresEndpoint

    def __init__(self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:Postgres", name, {}, opts)
        self._name = name
        self._args = args
        self._namespace = args.placed.namespace
        self._inside = pulumi.ResourceOptions(
            parent=self, depends_on=[*args.placed.ready, *args.operator.ready, *args.depends_on]
        )
        password = random.RandomPassword(
            f"{name}-password",
            length=40,
            # Letters and digits are the same in every connection string, file and shell.
            special=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        operators = self._operators()
        cluster = self._cluster(password.result, operators)
        self.endpoint = PostgresEndpoint(
            host=spec.host(self._namespace),
            port=spec.PORT,
            database=spec.DATABASE,
            username=spec.OWNER,
            password=password.result,
            ssl_mode="verify-full",
            trust=PlatformAuthority(issuer=args.authority),
            reached_at=Pods(namespace=self._namespace, labels=spec.INSTANCES),
            ready=[cluster],
        )
        self.register_outputs({"host": self.endpoint.host})

    def _operators(self) -> list[pulumi.Resource]:
        """Make the operator, then the plugin: on removal the operator takes its finalizer off the plugin's Service."""
        args, home = self._args, self._args.operator.namespace
        install = args.sources.install
        transforms = [own_definitions(protect=args.protect)]
        operator_rights, plugin_rights = self._rights()
        operator = install(
            f"{self._name}-operator",
            operator_release(args.sources, args.operator_size, home=home, watched=self._namespace),
            opts=_after(self._inside, operator_rights),
            transforms=transforms,
        )
        if args.operator_size.replicas > 1:
            disruption_budget(
                f"{self._name}-operator-budget",
                object_name="cloudnative-pg",
                namespace=home,
                labels=OPERATOR_LABELS,
                opts=self._inside,
            )
        plugin = install(
            f"{self._name}-backup-plugin",
            plugin_release(args.sources, args.operator_size, home=home),
            opts=_after(self._inside, [operator, *plugin_rights]),
            wait_for=CERTIFICATES_READY,
            transforms=transforms,
        )
        return [operator, plugin]

    def _rights(self) -> tuple[list[pulumi.Resource], list[pulumi.Resource]]:
        home = self._args.operator.namespace
        operator = rights.operator_rights(
            f"{self._name}-operator", home=home, namespace=self._namespace, opts=self._inside
        )
        plugin = rights.plugin_rights(
            f"{self._name}-backup-plugin",
            home=home,
            namespace=self._namespace,
            secrets=spec.backup_secrets(self._args.backups),
            opts=self._inside,
        )
        return operator, plugin

    def _cluster(self, password: pulumi.Output[str], operators: Sequence[pulumi.Resource]) -> pulumi.Resource:
        """Make the database and its schedule of backups, after everything that it names."""
        args = self._args
        store = self._object_store(operators)
        before = [
            *operators,
            store,
            self._secret(
                spec.OWNER_SECRET,
                {"username": spec.OWNER, "password": password},
                labels=spec.RELOAD,
                type_="kubernetes.io/basic-auth",
            ),
            self._custom(
                spec.SERVER_TLS,
                "cert-manager.io/v1",
                "Certificate",
                spec.server_certificate_spec(self._namespace, args.authority.name),
                opts=_after(self._inside, args.authority.ready),
            ),
        ]
        shape = spec.ClusterShape(
            image=args.sources.image(spec.IMAGE),
            size=args.size,
            storage_gi=args.storage_gi,
            storage_class=args.storage_class,
            pull_secret=args.sources.pull_secret,
        )
        access = args.backups.access
        annotations = access.annotations if isinstance(access, WorkloadIdentity) else None
        cluster = self._custom(
            spec.CLUSTER,
            "postgresql.cnpg.io/v1",
            "Cluster",
            spec.cluster_spec(shape, account_annotations=annotations),
            opts=_after(self._inside, before, pulumi.ResourceOptions(protect=args.protect)),
        )
        self._custom(
            "nightly",
            "postgresql.cnpg.io/v1",
            "ScheduledBackup",
            spec.scheduled_backup_spec(),
            opts=_after(self._inside, [cluster]),
            wait=False,
        )
        return cluster

    def _object_store(self, operators: Sequence[pulumi.Resource]) -> pulumi.Resource:
        args, bucket = self._args, self._args.backups
        before: list[pulumi.Resource] = [*operators, *bucket.ready]
        if isinstance(bucket.access, StaticKeys):
            keys = {
                spec.ACCESS_KEY_ID: bucket.access.access_key_id,
                spec.SECRET_ACCESS_KEY: bucket.access.secret_access_key,
            }
            before.append(self._secret(spec.KEYS_SECRET, keys))
        authority = authority_secret(
            f"{self._name}-{spec.AUTHORITY_SECRET}",
            bucket.trust,
            namespace=self._namespace,
            secret_name=spec.AUTHORITY_SECRET,
            dns_names=[f"{spec.CLUSTER}.{self._namespace}"],
            opts=self._inside,
        )
        if authority:
            before.append(authority)
        return self._custom(
            spec.OBJECT_STORE,
            "barmancloud.cnpg.io/v1",
            "ObjectStore",
            spec.object_store_spec(
                bucket,
                retention_days=args.backup_retention_days,
                authority=spec.AUTHORITY_SECRET if authority else None,
            ),
            opts=_after(self._inside, before),
            wait=False,
        )

    def _secret(
        self,
        secret: str,
        data: Mapping[str, pulumi.Input[str]],
        *,
        labels: Mapping[str, str] | None = None,
        type_: str = "Opaque",
    ) -> pulumi.Resource:
        return corev1.Secret(
            f"{self._name}-{secret}",
            metadata=metav1.ObjectMetaArgs(
                name=secret, namespace=self._namespace, labels=dict(labels) if labels else None
            ),
            type=type_,
            string_data=pulumi.Output.secret(dict(data)),
            opts=self._inside,
        )

    def _custom(
        self,
        object_name: str,
        api_version: str,
        kind: str,
        body: dict[str, Any],
        *,
        opts: pulumi.ResourceOptions,
        wait: bool = True,
    ) -> pulumi.Resource:
        return apiextensions.CustomResource(
            f"{self._name}-{object_name}",
            api_version=api_version,
            kind=kind,
            metadata=metav1.ObjectMetaArgs(
                name=object_name, namespace=self._namespace, annotations=READY if wait else None
            ),
            spec=body,
            opts=opts,
        )


def _after(
    opts: pulumi.ResourceOptions, before: Sequence[pulumi.Resource], more: pulumi.ResourceOptions | None = None
) -> pulumi.ResourceOptions:
    waiting = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(before)))
    return pulumi.ResourceOptions.merge(waiting, more) if more else waiting
