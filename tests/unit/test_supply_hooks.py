"""Hooks of charts are told apart: nothing pulls their images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stand_ins import CHARTS
from supply_charts import helm

from supply.errors import SupplyError
from supply.hooks import hook_images

if TYPE_CHECKING:
    from pathlib import Path

JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}, annotations: {annotations}}}
spec: {{template: {{spec: {{containers: [{{name: main, image: "quay.io/acme/{name}:1"}}]}}}}}}
"""


def chart(directory: Path, **annotations: str) -> Path:
    """Make a chart with a Job of each name."""
    (directory / "templates").mkdir(parents=True)
    (directory / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.2.3\n", encoding="utf-8")
    for name, text in annotations.items():
        (directory / "templates" / f"{name}.yaml").write_text(JOB.format(name=name, annotations=text), encoding="utf-8")
    return directory


def test_only_hooks_are_told_and_tests_are_not(tmp_path: Path) -> None:
    made = chart(
        tmp_path / "shop", plain="{}", before="{helm.sh/hook: pre-install}", probe="{helm.sh/hook: test}", bare=""
    )
    (hook,) = hook_images({"shop": made}, helm=helm())
    assert (hook.image, hook.chart, hook.object, hook.event) == (
        "quay.io/acme/before:1",
        "shop",
        "Job before",
        "pre-install",
    )


def test_the_pinned_charts_have_the_hooks_that_the_program_does_without() -> None:
    charts = {path.parent.name: path.parent for path in CHARTS.glob("*/Chart.yaml")}
    assert {hook.chart for hook in hook_images(charts, helm=helm())} == {"cert-manager", "kube-prometheus-stack"}


def test_a_chart_that_does_not_render_is_named(tmp_path: Path) -> None:
    made = chart(tmp_path / "shop", plain="{{ required")
    with pytest.raises(SupplyError, match="chart shop cannot be rendered with its own defaults"):
        hook_images({"shop": made}, helm=helm())
