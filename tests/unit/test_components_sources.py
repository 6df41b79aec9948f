"""Sources: where images and charts come from, and what every installed chart is hardened with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pytest
from component_stage import CHART, CHARTS, SOURCES, WITHOUT_MIRROR, Stage, perform

from components.charts import Release

if TYPE_CHECKING:
    from components.sources import Sources


@pytest.mark.parametrize(
    ("sources", "wanted"),
    [(SOURCES, "registry.acme.example/mirror/team/store:1.2"), (WITHOUT_MIRROR, "ghcr.io/team/store:1.2")],
)
def test_an_image_keeps_its_path_below_the_mirror(sources: Sources, wanted: str) -> None:
    assert sources.image("ghcr.io/team/store:1.2") == wanted


@pytest.mark.parametrize("image", ["store:1.2", "team/store:1.2"])
def test_an_image_without_a_registry_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match="names no registry"):
        SOURCES.image(image)


def test_a_chart_is_installed_from_the_source_with_its_own_values() -> None:
    def make(stage: Stage) -> None:
        release = Release(chart="base", name="mesh", namespace="edge", values={"key": "value"})
        SOURCES.install("stage-base", release, opts=pulumi.ResourceOptions(parent=stage))

    chart = perform(make).one(CHART, "stage-base")
    assert chart.inputs["chart"] == f"oci://{CHARTS.registry}/base"
    assert chart.inputs["values"] == {"key": "value"}
