"""Argo Workflows: its resource types once, and a controller for each runtime with rights in that runtime alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.scheduling.v1 as schedulingv1

from components.charts import Release
from components.cluster.workflows.config import controller_config
from components.cluster.workflows.names import BATCH_PRIORITY, CHART, TYPES, config_map, release
from components.cluster.workflows.rights import controller_rights
from components.cluster.workflows.values import controller_values, types_values
from components.definitions import own_definitions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.contracts import PlacedIn
    from components.sources import Sources
    from components.workload import Workload


@dataclass(frozen=True, kw_only=True)
class WorkflowsArgs:
    """What Argo Workflows is made with."""

    sources: Sources
    placed: PlacedIn
    """Where the controllers run."""
    runtimes: Sequence[PlacedIn]
    """Where batch jobs run; each has a controller of its own."""
    size: Workload
    """Of one controller; each runs once, whatever its replicas."""
    authority: str | None
    """Secret in each runtime's namespace that jobs verify the bucket by; None when they can anyway."""
    commands: Mapping[str, Sequence[str]]
    """By image, as pods have it: what it runs when a step names no command."""
    protect: bool = True
    """Whether the resource types are protected from deletion, and so every job that they hold."""
    depends_on: Sequence[pulumi.Resource] = ()


def replace_before_start(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Let the old controller end before the new one starts: without an election two would work on the same job."""
    if args.type_ != "kubernetes:apps/v1:Deployment":
        return None
    props = cast("dict[str, Any]", args.props)
    spec = {**props["spec"], "strategy": {"type": "Recreate"}}
    return pulumi.ResourceTransformResult(props={**props, "spec": spec}, opts=args.opts)


class Workflows(pulumi.ComponentResource):
    """Argo Workflows for batch jobs."""

    ready: list[pulumi.Resource]
    """Jobs can be made, and run, once these have been created."""

    def __init__(self, name: str, args: WorkflowsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:Workflows", name, {}, opts)
        self._name = name
        self._args = args
        self._before: list[pulumi.Resource] = [*args.placed.ready, *args.depends_on]
        types = args.sources.install(
            f"{name}-types",
            Release(chart=CHART, name=TYPES, namespace=args.placed.namespace, values=types_values(args.sources)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._before),
            transforms=[own_definitions(protect=args.protect)],
        )
        priority = schedulingv1.PriorityClass(
            f"{name}-priority",
            metadata=metav1.ObjectMetaArgs(name=BATCH_PRIORITY),
            value=-1_000,
            preemption_policy="Never",
            description="Batch jobs of the Seldon platform: they wait for what serves requests.",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.ready = [self._controller(runtime, [types, priority]) for runtime in args.runtimes]
        self.register_outputs({"runtimes": [runtime.namespace for runtime in args.runtimes]})

    def _controller(self, runtime: PlacedIn, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
        args, namespace = self._args, runtime.namespace
        name = f"{self._name}-{namespace}"
        settings = controller_config(
            pull_secret=args.sources.pull_secret, authority=args.authority, commands=args.commands
        )
        config = json.dumps(settings, indent=2, sort_keys=True)
        opts = pulumi.ResourceOptions(parent=self, depends_on=[*self._before, *runtime.ready])
        made = [
            corev1.ConfigMap(
                f"{name}-config",
                metadata=metav1.ObjectMetaArgs(name=config_map(namespace), namespace=args.placed.namespace),
                data={"config": config},
                opts=opts,
            ),
            *controller_rights(name, home=args.placed, namespace=namespace, opts=opts),
        ]
        values = controller_values(namespace, config, size=args.size, sources=args.sources)
        return args.sources.install(
            f"{name}-controller",
            Release(chart=CHART, name=release(namespace), namespace=args.placed.namespace, values=values),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*made, *after]),
            transforms=[replace_before_start],
        )
