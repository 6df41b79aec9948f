"""The Enterprise Platform as one component: what it reads, what it may do, the chart, and the way to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

from components.charts import Release
from components.cluster.flows import ENTERPRISE_LABELS, REQUEST_LOGGER_LABELS
from components.contracts import (
    GivenCertificate,
    OAuthBearer,
    PlatformAuthority,
    Sasl,
    Trust,
)
from components.revision import revision
from components.seldon.enterprise import names
from components.seldon.enterprise.authorities import trusted
from components.seldon.enterprise.changes import Change, changes, login_env, search_env, without_authority
from components.seldon.enterprise.rights import grant_rights
from components.seldon.enterprise.routing import enterprise_route
from components.seldon.enterprise.values import enterprise_values
from components.workload import disruption_budget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.contracts import KafkaEndpoint
    from components.seldon.enterprise.args import EnterpriseArgs, RequestLogging
    from components.workload import Workload


def _proof(kafka: KafkaEndpoint) -> pulumi.Input[str]:
    """What a client of Kafka proves itself with, where a change of it must reach pods that run."""
    who = kafka.authentication
    if isinstance(who, Sasl):
        return who.password
    if isinstance(who, OAuthBearer):
        return who.client_secret
    return who.private_key if isinstance(who, GivenCertificate) else who.common_name


class Enterprise(pulumi.ComponentResource):
    """Seldon Enterprise Platform, and the logger of requests where there is one."""

    url: str
    """Where people find it."""
    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: EnterpriseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:seldon:Enterprise", name, {}, opts)
        self._name = name
        self._args = args
        runtimes = [resource for place in args.runtimes for resource in place.ready]
        self._before: list[pulumi.Resource] = [*args.placed.ready, *runtimes, *args.depends_on]
        self._needs: list[pulumi.Resource] = [*self._given(), *args.audit.ready, *args.prometheus.ready]
        self._needs += [*args.postgres.ready, *args.search.ready]
        made = [self._server()]
        if args.logging:
            made.append(self._logger(args.logging))
        chart = args.sources.install(
            f"{name}-chart",
            Release(
                chart="seldon-deploy",
                name=names.RELEASE,
                namespace=args.placed.namespace,
                values=enterprise_values(args),
            ),
            transforms=[changes(made, args.search)],
            opts=self._after(*self._needs),
        )
        self._budget("server", names.RELEASE, args.placed.namespace, ENTERPRISE_LABELS, args.size)
        route = enterprise_route(
            f"{name}-route", namespace=args.placed.namespace, gateway=args.gateway, opts=self._after(chart)
        )
        self.url = f"https://{args.gateway.host}{names.PREFIX}"
        self.ready = [chart, route]
        self.register_outputs({"url": self.url})

    def _after(self, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=[*self._before, *resources])

    def _given(self) -> list[pulumi.Resource]:
        """What the server reads under names that it expects, and what it may do."""
        args, namespace = self._args, self._args.placed.namespace
        # A ConfigMap is what the product reads; marked secret, the licence shows in no preview and no plain state.
        licence = corev1.ConfigMap(
            f"{self._name}-license",
            metadata=metav1.ObjectMetaArgs(name=names.LICENSE, namespace=namespace),
            data={"license": pulumi.Output.secret(args.license)},
            opts=self._after(),
        )
        policies = corev1.ConfigMap(
            f"{self._name}-policies",
            metadata=metav1.ObjectMetaArgs(name=names.POLICIES, namespace=namespace),
            data={names.POLICIES_KEY: self._policy},
            opts=self._after(),
        )
        login = corev1.Secret(
            f"{self._name}-login",
            metadata=metav1.ObjectMetaArgs(name=names.LOGIN_SECRET, namespace=namespace),
            string_data={names.LOGIN_KEY: pulumi.Output.secret(args.login.client_secret)},
            opts=self._after(),
        )
        rights = grant_rights(
            f"{self._name}-rights",
            namespace=namespace,
            runtimes=[place.namespace for place in args.runtimes],
            batch=args.batch,
            opts=self._after(),
        )
        return [licence, policies, login, *rights]

    @property
    def _policy(self) -> str:
        return json.dumps(self._args.policy, sort_keys=True)

    def _revision(self, role: str, read: Mapping[str, pulumi.Input[str]]) -> pulumi.Output[str]:
        return revision(f"{self._name}-{role}-revision", read, pulumi.ResourceOptions(parent=self))

    def _server(self) -> Change:
        args = self._args
        models = PlatformAuthority(issuer=args.authority)
        authorities, made = trusted(
            f"{self._name}-server",
            names.RELEASE,
            {"models": models, "search": args.search.trust, "login": args.login.trust},
            namespace=args.placed.namespace,
            opts=self._after(*args.authority.ready),
        )
        self._needs += made
        read: dict[str, pulumi.Input[str]] = {
            "license": args.license,
            "login": args.login.client_secret,
            "policy": self._policy,
            "postgres": args.postgres.password,
            "search": args.search.password,
        }
        return Change(
            deployment=names.RELEASE,
            token=True,
            spread=ENTERPRISE_LABELS,
            authorities=authorities,
            revision=self._revision("server", read),
            env=[login_env()],
        )

    def _logger(self, logging: RequestLogging) -> Change:
        args, namespace = self._args, logging.placed.namespace
        read: dict[str, pulumi.Input[str]] = {"search": args.search.password, "kafka": _proof(logging.kafka)}
        self._needs += [*logging.placed.ready, *logging.kafka.ready]
        trusts: dict[str, Trust] = {"search": args.search.trust}
        if logging.client:
            read["login"] = logging.client.client_secret
            trusts["login"] = args.login.trust
            # Variables of that name are what Seldon's loggers read; each key becomes one.
            client = corev1.Secret(
                f"{self._name}-logger-login",
                metadata=metav1.ObjectMetaArgs(name=names.LOGGER_LOGIN_SECRET, namespace=namespace),
                string_data={
                    "OIDC_PROVIDER": args.login.issuer,
                    "OIDC_SCOPES": " ".join(["openid", *args.login.scopes]),
                    "CLIENT_ID": logging.client.client_id,
                    "CLIENT_SECRET": pulumi.Output.secret(logging.client.client_secret),
                },
                opts=self._after(*logging.placed.ready),
            )
            self._needs.append(client)
        authorities, made = trusted(
            f"{self._name}-logger",
            names.LOGGER,
            trusts,
            namespace=namespace,
            opts=self._after(*logging.placed.ready, *args.authority.ready),
        )
        self._needs += made
        self._budget("logger", names.LOGGER, namespace, REQUEST_LOGGER_LABELS, logging.size)
        return Change(
            deployment=names.LOGGER,
            token=False,
            spread=REQUEST_LOGGER_LABELS,
            authorities=authorities,
            revision=self._revision("logger", read),
            env=search_env(args.search),
            without=without_authority(logging.kafka),
        )

    def _budget(self, role: str, object_name: str, namespace: str, labels: Mapping[str, str], size: Workload) -> None:
        if size.replicas > 1:
            disruption_budget(
                f"{self._name}-{role}-budget",
                object_name=object_name,
                namespace=namespace,
                labels=labels,
                opts=self._after(),
            )
