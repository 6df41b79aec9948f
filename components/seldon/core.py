"""The cluster-wide part of Core 2: its resource types and its controller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.charts import Release
from components.cluster.certificates import certificate
from components.seldon.certificates import control_plane_certificates
from components.seldon.kafka import Pipelines, kafka_transforms, pipeline_setup_values
from components.seldon.values import CoreSizes, deep_merge, setup_values
from components.seldon.volumes import storage_class_transform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import IssuerRef, PlacedIn
    from components.sources import Sources


@dataclass(frozen=True, kw_only=True)
class SeldonCoreArgs:
    """What the controller of Core 2 is made with."""

    sources: Sources
    placed: PlacedIn
    runtime_namespaces: Sequence[str]
    """The namespaces that the controller watches, and no others."""
    authority: IssuerRef
    sizes: CoreSizes
    storage_class: str | None
    """Of the volumes of schedulers and servers; None takes the cluster's default."""
    pipelines: Pipelines | None = None
    """None leaves pipelines off."""
    protect: bool = True
    """Whether the resource types are protected: deleting them deletes every model, server and runtime."""
    depends_on: Sequence[pulumi.Resource] = ()


class SeldonCore(pulumi.ComponentResource):
    """Resource types and controller of Core 2."""

    namespace: str
    """Where the controller runs."""
    pipelines: bool
    """Whether pipelines are on; a runtime must be told the same."""
    ready: list[pulumi.Resource]
    """What a runtime needs to exist before it, and to outlive it: the controller removes the finalizers."""

    def __init__(self, name: str, args: SeldonCoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:seldon:SeldonCore", name, {}, opts)
        namespace = args.placed.namespace
        before: list[pulumi.Resource] = [*args.placed.ready, *args.depends_on]
        crds = args.sources.install(
            f"{name}-crds",
            Release(chart="seldon-core-v2-crds", name="seldon-core-v2-crds", namespace=namespace, values={}),
            opts=pulumi.ResourceOptions(parent=self, depends_on=before, protect=args.protect),
        )
        certificates = [
            certificate(
                f"{name}-{request.name}",
                request,
                namespace=namespace,
                issuer=args.authority,
                opts=pulumi.ResourceOptions(parent=self, depends_on=before),
            )
            for request in control_plane_certificates(namespace)
        ]
        values = setup_values(
            runtime_namespaces=args.runtime_namespaces,
            registry=args.sources.registry,
            pull_secret=args.sources.pull_secret,
            sizes=args.sizes,
        )
        transforms = [storage_class_transform(args.storage_class)] if args.storage_class else []
        if args.pipelines:
            values = deep_merge(values, pipeline_setup_values(args.pipelines))
            transforms += kafka_transforms(args.pipelines.kafka)
        setup = args.sources.install(
            f"{name}-setup",
            Release(
                chart="seldon-core-v2-setup",
                name="seldon-core-v2-components",
                namespace=namespace,
                values=values,
            ),
            transforms=transforms,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[crds, *certificates, *before]),
        )
        self.namespace = namespace
        self.pipelines = args.pipelines is not None
        self.ready = [crds, setup]
        self.register_outputs({"namespace": namespace})
