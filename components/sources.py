"""Where charts and images come from: one value that every component which runs something is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.charts import ChartSource, Release, helm_chart
from components.hardening import chart_transform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi_kubernetes.helm.v4 as helm


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The charts' source, and the registry that takes the place of every upstream registry."""

    charts: ChartSource
    registry: str | None = None
    """Host and path of the customer's mirror; None leaves the upstream registries."""
    pull_secret: str | None = None
    """Secret with the mirror's credentials, by name, in every namespace of the platform."""

    def image(self, upstream: str) -> str:
        """Return a full image reference (`<host>/<path>:<tag>`) as the cluster is to pull it.

        The mirror keeps the upstream path below its own, as it does for the images of charts.

        Raises:
            ValueError: the reference names no registry host.
        """
        host, slash, path = upstream.partition("/")
        if not slash or not ("." in host or ":" in host):
            raise ValueError(f"image {upstream} names no registry")
        return f"{self.registry}/{path}" if self.registry else upstream

    def install(
        self,
        name: str,
        release: Release,
        *,
        opts: pulumi.ResourceOptions,
        wait_for: Mapping[str, str] | None = None,
        transforms: Sequence[pulumi.ResourceTransform] = (),
    ) -> helm.Chart:
        """Install a pinned chart with restricted pods and the pull secret; it must not have transforms in `opts`.

        `wait_for` maps type tokens of custom resources of the chart to `pulumi.com/waitFor` expressions.

        Raises:
            ChartError: as `helm_chart` does.
        """
        hardened = chart_transform(pull_secret=self.pull_secret, wait_for=wait_for)
        merged = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transforms=[hardened, *transforms]))
        return helm_chart(name, release, source=self.charts, opts=merged)
