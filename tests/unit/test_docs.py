"""The pages say what the code says, and lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.charts import pins

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_the_chart_page_has_the_pinned_versions() -> None:
    text = (ROOT / "docs" / "charts.md").read_text()
    assert not [pin for pin in pins().values() if not re.search(rf"\| `?{pin.name}`? \| `?{pin.version}`? \|", text)]
