"""The collector of application logs, as one component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pulumi
import pulumi_kubernetes.apps.v1 as appsv1
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

from components.cluster.applicationlogs import names
from components.cluster.applicationlogs.admission import narrow_namespace
from components.cluster.applicationlogs.config import configuration, written
from components.cluster.applicationlogs.pods import daemon_spec
from components.cluster.objectstore.keys import digest, opaque
from components.contracts import GivenAuthority
from components.revision import revision
from components.trust import authority_secret

if TYPE_CHECKING:
    from components.cluster.applicationlogs.args import ApplicationLogsArgs


class ApplicationLogs(pulumi.ComponentResource):
    """Fluent Bit on every node, and the policy that lets nothing wider into its namespace."""

    def __init__(self, name: str, args: ApplicationLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:ApplicationLogs", name, {}, opts)
        self._name = name
        self._args = args
        self._namespace = args.placed.namespace
        self._inside = pulumi.ResourceOptions(parent=self, depends_on=[*args.placed.ready, *args.depends_on])
        files = {names.CONFIGURATION_FILE: written(configuration(args))}
        held = self._held()
        secrets = [
            opaque(f"{name}-{way}", names.SECRETS[way], self._namespace, data, self._inside)
            for way, data in held.items()
        ]
        needs: list[pulumi.Resource] = [
            *narrow_namespace(name, self._namespace, pulumi.ResourceOptions(parent=self)),
            corev1.ConfigMap(f"{name}-files", metadata=self._metadata(), data=files, opts=self._inside),
            corev1.ServiceAccount(
                f"{name}-account",
                metadata=self._metadata(),
                automount_service_account_token=False,
                opts=self._inside,
            ),
            *secrets,
            *self._authorities(),
            *args.search.ready,
            *(args.access.audit.ready if args.access else []),
        ]
        spec = daemon_spec(args, files=digest(files), credentials=self._revision(held))
        appsv1.DaemonSet(
            f"{name}-collector",
            metadata=self._metadata(),
            spec=cast("Any", spec),
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs),
        )
        self.register_outputs({"namespace": self._namespace})

    def _metadata(self) -> metav1.ObjectMetaArgs:
        return metav1.ObjectMetaArgs(name=names.NAME, namespace=self._namespace, labels=names.LABELS)

    def _held(self) -> dict[str, dict[str, pulumi.Input[str]]]:
        """Return what each server is reached with, by the way that lines go."""
        search, access = self._args.search, self._args.access
        held: dict[str, dict[str, pulumi.Input[str]]] = {
            names.SEARCH: {"host": search.host, "username": search.username, "password": search.password}
        }
        if access:
            held[names.AUDIT] = {"shared_key": access.audit.shared_key}
        return held

    def _revision(self, held: dict[str, dict[str, pulumi.Input[str]]]) -> pulumi.Output[str]:
        given = {way: t.certificate for way, t in self._args.trusts.items() if isinstance(t, GivenAuthority)}
        values = {f"{way}-{key}": value for way, data in held.items() for key, value in data.items()}
        return revision(f"{self._name}-revision", {**values, **given}, self._inside)

    def _authorities(self) -> list[pulumi.Resource]:
        made = [
            authority_secret(
                f"{self._name}-{way}-authority",
                trust,
                namespace=self._namespace,
                secret_name=names.AUTHORITIES[way],
                dns_names=[f"{names.AUTHORITIES[way]}.{self._namespace}.svc"],
                opts=self._inside,
            )
            for way, trust in self._args.trusts.items()
        ]
        return [authority for authority in made if authority]
