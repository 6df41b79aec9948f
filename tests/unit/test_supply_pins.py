"""The lock file of charts: read, and written line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from components.charts import LOCK, pins
from supply.errors import SupplyError
from supply.pins import read_pins, with_digest

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "a" * 64


def test_the_lock_is_read_as_the_program_reads_it() -> None:
    ours = {pin.name: (pin.version, pin.repository, pin.digest) for pin in read_pins(LOCK)}
    assert ours == {name: (pin.version, pin.repository, pin.digest) for name, pin in pins().items()}


@pytest.mark.parametrize("name", sorted(pins()))
def test_one_line_changes_and_no_other(name: str) -> None:
    before = LOCK.read_text(encoding="utf-8")
    after = with_digest(before, name, DIGEST)
    changed = [lines for lines in zip(before.splitlines(), after.splitlines(), strict=True) if lines[0] != lines[1]]
    assert [new for _, new in changed] == [f"  digest: {DIGEST}"]
    entries = yaml.safe_load(after)
    assert entries[name]["digest"] == DIGEST
    assert {**entries, name: None} == {**yaml.safe_load(before), name: None}


def test_a_chart_without_a_line_for_it_is_told() -> None:
    with pytest.raises(SupplyError, match="chart shop: the lock file has no `digest:` for it"):
        with_digest("shop:\n  version: 1.0.0\ntill:\n  digest: null\n", "shop", DIGEST)


@pytest.mark.parametrize("text", ["[]", "shop: 1", "shop: {version: 1.0.0}", ": :"])
def test_what_is_no_lock_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lock.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SupplyError, match=r"lock\.yaml: is no lock of charts"):
        read_pins(path)
