"""The page about the review names every rule that there is, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from review.model import Risk
from review.rules import TABLES

ROOT = Path(__file__).resolve().parents[2]
RULE = re.compile(r"\b(?:data-loss|exposure|protection|interruption|unknown)/[a-z-]+[a-z]")


def test_every_rule_is_named_and_no_other() -> None:
    named = set(RULE.findall((ROOT / "docs/review.md").read_text()))
    code = "".join(path.read_text() for path in (ROOT / "review").rglob("*.py"))
    made = set(RULE.findall(code)) - {"data-loss/component-deleted"}
    lifecycle = {f"data-loss/{op}" for op in ("delete", "replace", "forget")}
    lifecycle |= {f"interruption/{op}" for op in ("delete", "replace")}
    assert {rule.id for rule in TABLES} <= named
    assert named == made | lifecycle


def test_every_class_that_blocks_is_named() -> None:
    text = (ROOT / "docs/review.md").read_text()
    assert all(f"`{risk.slug}`" in text and f"| {risk.label} |" in text for risk in Risk if risk.blocks)
