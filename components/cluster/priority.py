"""The priority of data stores: when nodes run short, what can be started again goes before what holds data."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.scheduling.v1 as schedulingv1

DATA_PRIORITY = "seldon-data"
"""PriorityClass of every pod of a data store and of the operators behind them."""

_VALUE = 1_000_000
"""Above every workload that names no class (0), far below what Kubernetes keeps for itself (2,000,000,000)."""


class Priority(pulumi.ComponentResource):
    """The PriorityClass that data stores run with."""

    ready: list[pulumi.Resource]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:Priority", name, {}, opts)
        data = schedulingv1.PriorityClass(
            f"{name}-data",
            metadata=metav1.ObjectMetaArgs(name=DATA_PRIORITY),
            value=_VALUE,
            description="Data stores of the Seldon platform and the operators behind them.",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.ready = [data]
        self.register_outputs({"data": DATA_PRIORITY})
