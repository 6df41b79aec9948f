"""The pages say what the code says, and lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from components.charts import pins
from components.cluster.flows import PlatformMap, platform_flows, runtime_flows
from components.cluster.network import Addresses, Endpoint, Flow, Pods
from infra import names

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
API_SERVER = Addresses(cidrs=["192.0.2.1/32"])
PLACE = PlatformMap(
    certificates=names.CERTIFICATES,
    ingress=names.INGRESS,
    monitoring=names.MONITORING,
    core=names.CORE,
    api_server=API_SERVER,
    api_server_port=6443,
)
SHORT = {"v2-controller-manager": "controller", "istio-ingressgateway": "gateway"}
SHORT["kube-prometheus-stack-operator"] = "operator"


def _end(end: Endpoint) -> str:
    if end == API_SERVER:
        return "API server"
    if isinstance(end, Pods):
        name = next(iter(end.labels.values()))
        place = "" if end.namespace == "fraud" else f" ({end.namespace})"
        return f"{SHORT.get(name, name)}{place}"
    return "any address except node credentials" if end.except_cidrs else "any address"


def _row(flow: Flow) -> str:
    ports = "`apiServer.port`" if flow.target == API_SERVER else ", ".join(map(str, flow.ports))
    if flow.protocol == "UDP":
        ports += " (UDP)"
    if flow.name.startswith("storage-"):
        ports = "those of the stores"
    why = f"{flow.why} (only with ACME)" if flow.name == "acme" else flow.why
    return f"| {_end(flow.source)} | {_end(flow.target)} | {ports} | {why} |"


def _table(heading: str) -> list[str]:
    """Return the rows of the first table after a heading."""
    text = (ROOT / "docs" / "security.md").read_text().split(heading, 1)[1]
    return [line for line in text.split("|---|---|---|---|\n", 1)[1].split("\n\n", 1)[0].splitlines() if line]


@pytest.mark.parametrize(
    ("heading", "flows"),
    [
        ("Shared parts:", platform_flows(PLACE, acme=True)),
        ("Each runtime ", runtime_flows(PLACE, "fraud", storage_ports=[443])),
    ],
)
def test_the_flow_tables_are_those_of_the_program(heading: str, flows: Sequence[Flow]) -> None:
    assert _table(heading) == [_row(flow) for flow in flows]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_the_chart_page_has_the_pinned_versions() -> None:
    text = (ROOT / "docs" / "charts.md").read_text()
    assert not [pin for pin in pins().values() if not re.search(rf"\| `?{pin.name}`? \| `?{pin.version}`? \|", text)]
