"""Argo Workflows, which runs batch jobs: a controller for each runtime, and nothing that spans them."""

from components.cluster.workflows.alerts import workflows_alerts
from components.cluster.workflows.component import Workflows, WorkflowsArgs
from components.cluster.workflows.flows import workflows_flows, workflows_monitors

__all__ = ["Workflows", "WorkflowsArgs", "workflows_alerts", "workflows_flows", "workflows_monitors"]
