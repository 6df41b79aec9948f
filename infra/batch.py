"""Batch jobs: Argo Workflows with a controller for each runtime, and what jobs need there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.cluster.workflows import (
    Workflows,
    WorkflowsArgs,
    workflows_alerts,
    workflows_flows,
    workflows_monitors,
)
from components.seldon.batch import STORAGE_COMMAND, STORAGE_IMAGE, Batch, BatchArgs, batch_authority, batch_flows
from infra import names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from components.cluster.monitoring import Monitor
    from components.contracts import Bucket, PlacedIn
    from infra.settings import Settings
    from infra.settings.platform import Platform
    from infra.site import Site


def build_batch(
    site: Site, *, bucket: Bucket | None, runtimes: Mapping[str, PlacedIn], depends_on: Sequence[pulumi.Resource]
) -> list[pulumi.Resource]:
    """Declare what runs batch jobs, if the stack wants them; whoever makes jobs waits for what this returns.

    `runtimes` are the namespaces of the tenants, by name. Settings refuse batch jobs without a bucket for them.
    """
    if bucket is None or not site.stack.runs_batch_jobs:
        return []
    home = site.namespace(names.WORKFLOWS, "Argo Workflows, which runs batch jobs", holds_data=False)
    flows = workflows_flows(site.map, namespace=names.WORKFLOWS)
    for namespace in runtimes:
        flows += batch_flows(site.map, namespace, bucket)
    opened = [*depends_on, *site.open("network-batch", flows)]
    jobs: list[pulumi.Resource] = []
    for namespace, placed in runtimes.items():
        args = BatchArgs(placed=placed, bucket=bucket, pull_secret=site.sources.pull_secret, depends_on=opened)
        jobs += Batch(f"batch-{namespace}", args, site.opts).ready
    workflows = Workflows(
        "workflows",
        WorkflowsArgs(
            sources=site.sources,
            placed=home,
            runtimes=[*runtimes.values()],
            size=site.settings.sizes.workflows,
            authority=batch_authority(bucket),
            commands={site.sources.image(STORAGE_IMAGE): STORAGE_COMMAND},
            protect=site.protected(names.WORKFLOWS),
            depends_on=[*opened, *jobs],
        ),
        site.opts,
    )
    return workflows.ready


def monitors(platform: Platform) -> list[Monitor]:
    """Return what Prometheus scrapes of it."""
    return workflows_monitors(names.WORKFLOWS) if platform.runs_batch_jobs else []


def alerts(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the rules by which Prometheus alerts, by name."""
    if settings.platform.runs_batch_jobs:
        return {"seldon-batch-alerts": workflows_alerts(namespace=names.WORKFLOWS)}
    return {}
