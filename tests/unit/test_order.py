"""A custom resource comes after the charts that bring its type and its operator, and so goes before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from platforms import STACKS, read, record_platform
from security_predicates import CHART, chart_name
from settings_stacks import GOOD

if TYPE_CHECKING:
    from pathlib import Path

BROUGHT_BY: dict[str, tuple[str, ...]] = {
    "barmancloud.cnpg.io": ("plugin-barman-cloud",),
    "cert-manager.io": ("cert-manager",),
    "elasticsearch.k8s.elastic.co": ("eck-operator",),
    "k8s.nginx.org": ("nginx-ingress",),
    "kafka.strimzi.io": ("strimzi-kafka-operator",),
    "mlops.seldon.io": ("seldon-core-v2-crds", "seldon-core-v2-setup"),
    "monitoring.coreos.com": ("kube-prometheus-stack",),
    "networking.istio.io": ("base",),
    "postgresql.cnpg.io": ("cloudnative-pg",),
    "security.istio.io": ("base",),
    "telemetry.istio.io": ("base",),
}
"""The charts with types and operator, by group; those of Istio are there before istiod, which must find them."""

PLATFORMS = [*STACKS, *(path for path in GOOD if path.stem.startswith(("kafka-", "nginx", "stores-")))]
"""The stacks, and stack files with other backends."""


def _group(type_: str) -> str | None:
    """Return the API group of a custom resource, None for anything else."""
    group = type_.removeprefix("kubernetes:").partition("/")[0]
    ours = type_.startswith("kubernetes:") and "." in group
    return group if (ours and not group.endswith((".k8s.io", "helm.sh"))) or group in BROUGHT_BY else None


@pytest.mark.parametrize("path", PLATFORMS, ids=lambda path: path.stem)
def test_custom_resources_wait_for_their_types_and_operators(path: Path) -> None:
    recording = record_platform(read(path))
    charts = {chart.urn: chart_name(chart) for chart in recording.of(CHART)}
    resources = [resource for resource in recording.resources if _group(resource.type)]
    assert resources
    for resource in resources:
        before = {charts[urn] for urn in recording.before(resource) if urn in charts}
        assert before >= {*BROUGHT_BY[str(_group(resource.type))]}, resource.urn
