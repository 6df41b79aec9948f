"""Charts where a stack takes them from, compared with their pins; helm takes them from a repository on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from supply_charts import archive, helm, repository, sha256

from supply.archives import GOOD, pull, verify
from supply.errors import SupplyError
from supply.pins import Pin
from supply.stack import ChartSource

if TYPE_CHECKING:
    from pathlib import Path

SHOP = archive("shop", "1.2.3")
UPSTREAM = ChartSource(kind="upstream")


def pin(address: str, digest: str | None, version: str = "1.2.3") -> Pin:
    return Pin(name="shop", version=version, repository=address, digest=digest)


@pytest.mark.parametrize(
    ("digest", "outcome", "good"),
    [(sha256(SHOP), "verified", True), ("0" * 64, "differs", False), (None, "not pinned", True)],
)
def test_a_published_chart_is_compared_with_its_pin(digest: str | None, outcome: str, *, good: bool) -> None:
    with repository({("shop", "1.2.3"): SHOP}) as address:
        verdict = verify(pin(address, digest), UPSTREAM, helm=helm())
    assert (verdict.outcome, verdict.outcome in GOOD) == (outcome, good)
    assert sha256(SHOP) in verdict.told


def test_a_chart_that_is_not_published_is_missing_and_where_from_is_told() -> None:
    with repository({("shop", "1.2.3"): SHOP}) as address:
        verdict = verify(pin(address, None, version="9.9.9"), UPSTREAM, helm=helm())
    assert verdict.outcome == "missing"
    assert verdict.told.startswith(f"chart shop 9.9.9: not to be had from {address}: ")


def test_an_oci_source_takes_the_place_of_the_repository() -> None:
    verdict = verify(
        pin("https://charts.acme.example", None), ChartSource(kind="oci", place="127.0.0.1:1/x"), helm=helm()
    )
    assert verdict.outcome == "missing"
    assert "not to be had from oci://127.0.0.1:1/x" in verdict.told


@pytest.mark.parametrize(
    ("content", "digest", "outcome"),
    [
        (SHOP, sha256(SHOP), "verified"),
        (archive("shop", "1.2.3", description="other"), sha256(SHOP), "differs"),
        (SHOP, None, "not pinned"),
        (None, sha256(SHOP), "missing"),
    ],
)
def test_a_directory_is_looked_into_without_helm(
    tmp_path: Path, content: bytes | None, digest: str | None, outcome: str
) -> None:
    if content:
        (tmp_path / "shop-1.2.3.tgz").write_bytes(content)
    source = ChartSource(kind="directory", place=str(tmp_path))
    assert verify(pin("https://charts.acme.example", digest), source, helm=tmp_path / "none").outcome == outcome


def test_an_unpacked_chart_has_no_digest(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "Chart.yaml").touch()
    source = ChartSource(kind="directory", place=str(tmp_path))
    verdict = verify(pin("https://charts.acme.example", sha256(SHOP)), source, helm=tmp_path / "none")
    assert verdict.outcome == "unpacked"


def test_a_helm_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SupplyError, match="helm cannot be run"):
        pull(pin("https://charts.acme.example", None), "https://charts.acme.example", tmp_path, helm=tmp_path / "none")
