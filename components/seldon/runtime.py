"""One runtime of Core 2: a namespace with its own scheduler, Envoy, inference servers and models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

from components.charts import Release
from components.cluster.certificates import certificate
from components.seldon.certificates import control_plane_certificates, data_plane_certificates
from components.seldon.kafka import Pipelines, pipeline_runtime_values
from components.seldon.kafka_secrets import kafka_secrets
from components.seldon.rbac import controller_rights
from components.seldon.routing import runtime_host
from components.seldon.storage import (
    PlatformStore,
    StorageRemote,
    platform_store_authority,
    secret_name,
    storage_secret,
)
from components.seldon.values import ServerSize, deep_merge, runtime_values, servers_values
from components.workload import disruption_budget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.contracts import IngressRef, IssuerRef, PlacedIn
    from components.seldon.core import SeldonCore
    from components.sources import Sources

READY = "condition=Ready"
WAITED_ON = {
    "kubernetes:mlops.seldon.io/v1alpha1:SeldonRuntime": READY,
    "kubernetes:mlops.seldon.io/v1alpha1:Server": READY,
}
"""Custom resources of the charts that `up` waits for."""

SERVICE_ACCOUNTS = ("seldon-scheduler", "seldon-server")
"""Made before the controller would: it leaves an account that exists as it is, with our settings and annotations."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model to load (https://docs.seldon.ai/seldon-core-2, Model resource)."""

    name: str
    storage_uri: str
    requirements: Sequence[str]
    """Capabilities that a server must have."""
    memory_mi: int
    replicas: int = 1
    storage_secret: str | None = None
    """Secret of the remote that holds it; None for what needs no credentials."""


@dataclass(frozen=True, kw_only=True)
class RuntimeArgs:
    """What a runtime is made with."""

    sources: Sources
    placed: PlacedIn
    core: SeldonCore
    authority: IssuerRef
    ingress: IngressRef
    envoy_replicas: int
    mlserver: ServerSize
    triton: ServerSize
    storage: Sequence[StorageRemote] = ()
    store: PlatformStore | None = None
    """The platform's own buckets; None for a runtime that does not use them."""
    models: Sequence[Model] = ()
    service_account_annotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Of `seldon-server`: how a cloud recognises the workload's identity."""
    pipelines: Pipelines | None = None
    """With the Kafka user of this runtime; None leaves pipelines off."""
    depends_on: Sequence[pulumi.Resource] = ()


def model_spec(model: Model) -> dict[str, Any]:
    """Spec of a Model."""
    spec: dict[str, Any] = {
        "storageUri": model.storage_uri,
        "requirements": list(model.requirements),
        "memory": f"{model.memory_mi}Mi",
        "replicas": model.replicas,
    }
    if model.storage_secret:
        spec["secretName"] = model.storage_secret
    return spec


class Runtime(pulumi.ComponentResource):
    """A runtime and the route to its models.

    Raises:
        ValueError: pipelines are on here and off in the core, whose chart says how to speak to Kafka, or the other way.
    """

    host: str
    """Where clients reach the models of this runtime."""

    def __init__(self, name: str, args: RuntimeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:seldon:Runtime", name, {}, opts)
        self._name = name
        self._args = args
        self._storage = [*args.storage, *([args.store.remote] if args.store else [])]
        namespace = args.placed.namespace
        if args.core.pipelines != (args.pipelines is not None):
            raise ValueError(f"runtime {namespace}: pipelines must be on in the core and in every runtime, or in none")
        foundation = self._foundation()
        values = runtime_values(
            envoy_replicas=args.envoy_replicas, storage_secrets=[secret_name(remote) for remote in self._storage]
        )
        if args.pipelines:
            values = deep_merge(values, pipeline_runtime_values(args.pipelines))
        runtime = self._chart("runtime", "seldon-core-v2-runtime", values, foundation)
        servers = self._chart(
            "servers",
            "seldon-core-v2-servers",
            servers_values(
                mlserver=args.mlserver,
                triton=args.triton,
                store_authority=args.store.authority if args.store else None,
            ),
            [runtime],
        )
        for model in args.models:
            self._model(model, [servers])
        self.host = runtime_host(namespace, args.ingress.host)
        args.ingress.route(name, namespace, self.host, pulumi.ResourceOptions(parent=self, depends_on=[runtime]))
        self.register_outputs({"host": self.host})

    def _foundation(self) -> list[pulumi.Resource]:
        """Everything that must be there before the controller sees the runtime, and until it has let go of it."""
        name, args = self._name, self._args
        namespace = args.placed.namespace
        before: list[pulumi.Resource] = [*args.placed.ready, *args.depends_on]
        opts = pulumi.ResourceOptions(parent=self, depends_on=before)
        made: list[pulumi.Resource] = [
            *controller_rights(name, namespace=namespace, controller_namespace=args.core.namespace, opts=opts),
            *(self._service_account(account, opts) for account in SERVICE_ACCOUNTS),
            *(storage_secret(f"{name}-{secret_name(r)}", r, namespace, opts) for r in self._storage),
            *(platform_store_authority(name, args.store, namespace, opts) if args.store else []),
            *(
                certificate(f"{name}-{wanted.name}", wanted, namespace=namespace, issuer=args.authority, opts=opts)
                for wanted in (*control_plane_certificates(namespace), *data_plane_certificates(namespace))
            ),
        ]
        replicas = {"seldon-envoy": args.envoy_replicas}
        if args.pipelines:
            made += kafka_secrets(name, args.pipelines.kafka, namespace=namespace, opts=opts)
            replicas |= {workload: size.replicas for workload, size in args.pipelines.workloads().items()}
        made += [
            disruption_budget(
                f"{name}-{workload.removeprefix('seldon-')}-budget",
                object_name=workload,
                namespace=namespace,
                labels={"app.kubernetes.io/name": workload},
                opts=opts,
            )
            for workload, count in replicas.items()
            if count > 1
        ]
        return [*made, *args.core.ready]

    def _service_account(self, account: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        args = self._args
        pull_secret = args.sources.pull_secret
        identity = {**args.service_account_annotations, **(args.store.annotations if args.store else {})}
        return corev1.ServiceAccount(
            f"{self._name}-{account}",
            metadata=metav1.ObjectMetaArgs(
                name=account,
                namespace=args.placed.namespace,
                annotations=identity if account == "seldon-server" else {},
            ),
            automount_service_account_token=False,
            image_pull_secrets=[corev1.LocalObjectReferenceArgs(name=pull_secret)] if pull_secret else None,
            opts=opts,
        )

    def _chart(
        self, role: str, chart: str, values: dict[str, Any], depends_on: Sequence[pulumi.Resource]
    ) -> pulumi.Resource:
        args = self._args
        return args.sources.install(
            f"{self._name}-{role}",
            Release(chart=chart, name=chart, namespace=args.placed.namespace, values=values),
            wait_for=WAITED_ON,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )

    def _model(self, model: Model, depends_on: Sequence[pulumi.Resource]) -> pulumi.Resource:
        return apiextensions.CustomResource(
            f"{self._name}-model-{model.name}",
            api_version="mlops.seldon.io/v1alpha1",
            kind="Model",
            metadata=metav1.ObjectMetaArgs(
                name=model.name,
                namespace=self._args.placed.namespace,
                annotations={"pulumi.com/waitFor": READY},
            ),
            spec=model_spec(model),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )
