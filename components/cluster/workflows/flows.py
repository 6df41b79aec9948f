"""Who talks to the controllers of workflows, and what Prometheus scrapes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.flows import scrape, to_api_server
from components.cluster.monitoring import Monitor
from components.cluster.workflows.names import CONTROLLER_LABELS, METRICS
from components.contracts import Pods

if TYPE_CHECKING:
    from components.cluster.flows import PlatformMap
    from components.cluster.network import Flow


def workflows_flows(place: PlatformMap, *, namespace: str) -> list[Flow]:
    """Flows of the controllers; they reach no registry, so a step of a workflow must name its command."""
    controllers = Pods(namespace=namespace, labels=CONTROLLER_LABELS)
    return [
        to_api_server(place, "workflow-controller", controllers, "runs batch jobs"),
        scrape(place.prometheus, "workflow-controller", controllers, [METRICS], "state of batch jobs"),
    ]


def workflows_monitors(namespace: str) -> list[Monitor]:
    """What Prometheus scrapes of the controllers."""
    return [
        Monitor(
            name="workflow-controller",
            kind="PodMonitor",
            labels=CONTROLLER_LABELS,
            namespaces=[namespace],
            port="metrics",
        )
    ]
