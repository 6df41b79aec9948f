"""The chart wrapper: where a pinned chart comes from, and that its values are plain."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from component_stage import CHART, perform
from recorder import record

from components.charts import (
    ChartError,
    ChartLocation,
    ChartPin,
    DirectoryCharts,
    OciCharts,
    Release,
    UpstreamCharts,
    helm_chart,
    locate,
    pins,
    require_plain,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from component_stage import Stage

PIN = ChartPin(name="shop", version="1.2.3", app_version="4.5", repository="https://charts.acme.example", digest=None)
OCI_PIN = ChartPin(name="shop", version="1.2.3", app_version="4.5", repository="oci://acme.example/c", digest=None)


def test_every_pin_has_all_that_a_source_needs() -> None:
    for name, pin in pins().items():
        assert pin.name == name
        assert pin.version
        assert pin.app_version
        assert pin.repository.startswith(("https://", "oci://"))


@pytest.mark.parametrize(
    ("pin", "source", "location"),
    [
        (PIN, UpstreamCharts(), ChartLocation(chart="shop", version="1.2.3", repository="https://charts.acme.example")),
        (OCI_PIN, UpstreamCharts(), ChartLocation(chart="oci://acme.example/c/shop", version="1.2.3")),
        (PIN, OciCharts(registry="r.example/x"), ChartLocation(chart="oci://r.example/x/shop", version="1.2.3")),
    ],
)
def test_charts_from_repositories(pin: ChartPin, source: Any, location: ChartLocation) -> None:
    assert locate(pin, source) == location


def unpacked(directory: Path, version: str) -> Path:
    chart = directory / "shop"
    chart.mkdir()
    (chart / "Chart.yaml").write_text(f"name: shop\nversion: {version}\n", encoding="utf-8")
    return chart


def test_a_directory_gives_its_archive_before_its_unpacked_chart(tmp_path: Path) -> None:
    source = DirectoryCharts(path=tmp_path)
    chart = unpacked(tmp_path, "1.2.3")
    assert locate(PIN, source) == ChartLocation(chart=str(chart))
    archive = tmp_path / "shop-1.2.3.tgz"
    archive.touch()
    assert locate(PIN, source) == ChartLocation(chart=str(archive))


def test_a_chart_of_another_version_is_refused(tmp_path: Path) -> None:
    unpacked(tmp_path, "9.9.9")
    (tmp_path / "shop-9.9.9.tgz").touch()
    with pytest.raises(
        ChartError, match=r"chart shop: .*Chart\.yaml has version 9\.9\.9, charts\.lock\.yaml pins 1\.2\.3"
    ):
        locate(PIN, DirectoryCharts(path=tmp_path))


@pytest.mark.parametrize("same", [True, False])
def test_an_archive_must_be_the_pinned_one(tmp_path: Path, *, same: bool) -> None:
    archive = tmp_path / "shop-1.2.3.tgz"
    archive.write_bytes(b"one")
    pin = replace(PIN, digest=sha256(b"one" if same else b"other").hexdigest())
    if same:
        assert locate(pin, DirectoryCharts(path=tmp_path)) == ChartLocation(chart=str(archive))
        return
    with pytest.raises(ChartError, match=rf"chart shop: \S+tgz has SHA-256 \w+, charts\.lock\.yaml pins {pin.digest}"):
        locate(pin, DirectoryCharts(path=tmp_path))


def test_a_missing_chart_is_named_with_where_it_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ChartError) as raised:
        locate(PIN, DirectoryCharts(path=tmp_path))
    for expected in ("chart shop 1.2.3", f"{tmp_path}/shop-1.2.3.tgz", f"{tmp_path}/shop/Chart.yaml"):
        assert expected in str(raised.value)


def test_a_chart_without_a_pin_is_refused() -> None:
    release = Release(chart="shop", name="shop", namespace="shop", values={})

    def make(_: Stage) -> None:
        helm_chart("shop", release, source=UpstreamCharts(), opts=pulumi.ResourceOptions())

    with pytest.raises(
        ChartError, match=r"chart shop is not pinned; charts\.lock\.yaml has argo-workflows, base, cert-manager"
    ):
        perform(make)


@pytest.mark.parametrize("values", [{}, {"a": [1, {"b": None}], "c": "d"}, {"e": {"f": True}}])
def test_plain_values_are_taken(values: dict[str, Any]) -> None:
    require_plain(values)


def in_mapping(value: object) -> dict[str, Any]:
    return {"a": value}


def in_list(value: object) -> dict[str, Any]:
    return {"a": [0, {"b": value}]}


def in_tuple(value: object) -> dict[str, Any]:
    return {"a": (value,)}


@pytest.mark.parametrize(
    ("path", "wrap"), [("values.a", in_mapping), (r"values.a\[1\].b", in_list), (r"values.a\[0\]", in_tuple)]
)
def test_an_output_is_refused_wherever_it_stands(path: str, wrap: Callable[[object], dict[str, Any]]) -> None:
    def program() -> None:
        require_plain(wrap(pulumi.Output.from_input("x")))

    with pytest.raises(ChartError, match=f"^{path}: chart values must be plain"):
        record(program)


@pytest.mark.parametrize("preview", [True, False])
def test_a_release_as_the_engine_sees_it(*, preview: bool) -> None:
    release = Release(chart="cert-manager", name="certs", namespace="trust", values={"replicaCount": 2})

    def make(stage: Stage) -> None:
        before = stage.prop("before")
        opts = pulumi.ResourceOptions(parent=stage, depends_on=[before], protect=True)
        helm_chart("stage-chart", release, source=UpstreamCharts(), opts=opts)

    recording = perform(make, preview=preview)
    chart = recording.one(CHART, "stage-chart")
    pin = pins()["cert-manager"]
    assert chart.inputs == {
        "chart": "cert-manager",
        "version": pin.version,
        "repositoryOpts": {"repo": pin.repository},
        "name": "certs",
        "namespace": "trust",
        "values": {"replicaCount": 2},
    }
    assert chart.protect
    assert chart.dependencies == {recording.one("kubernetes:core/v1:ConfigMap", "stage-before").urn}
