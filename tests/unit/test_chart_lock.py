"""The chart lock and the stand-in charts name the same charts and versions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest
import stand_ins
import yaml

LOCK = Path(__file__).parents[2] / "components" / "charts.lock.yaml"
PINS = cast("dict[str, dict[str, Any]]", yaml.safe_load(LOCK.read_text(encoding="utf-8")))


def test_each_pinned_chart_has_a_stand_in_and_no_other() -> None:
    assert sorted(PINS) == stand_ins.NAMES


@pytest.mark.parametrize("chart", sorted(PINS))
def test_a_pin_is_exact(chart: str) -> None:
    pin = PINS[chart]
    assert sorted(pin) == ["appVersion", "digest", "repository", "version"]
    assert re.fullmatch(r"v?\d+\.\d+\.\d+", pin["version"])
    assert re.fullmatch(r"(https|oci)://[a-z0-9.-]+(/[a-z0-9-]+)*", pin["repository"])
    assert pin["digest"] is None or re.fullmatch(r"[0-9a-f]{64}", pin["digest"])


@pytest.mark.parametrize("chart", stand_ins.NAMES)
def test_a_stand_in_is_what_is_pinned(chart: str) -> None:
    manifest = stand_ins.manifest(chart)
    assert (manifest["name"], manifest["version"], manifest["appVersion"]) == (
        chart,
        PINS[chart]["version"],
        PINS[chart]["appVersion"],
    )


@pytest.mark.parametrize("prefix", ["seldon-core-v2-", "oci://registry.istio.io/"])
def test_charts_of_one_release_move_together(prefix: str) -> None:
    versions = [pin["version"] for name, pin in PINS.items() if prefix in f"{name} {pin['repository']}"]
    assert len(versions) >= 3
    assert len(set(versions)) == 1
