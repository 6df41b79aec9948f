"""The page on the audit trail says what is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.cluster.audit import names
from components.cluster.audit.alerts import audit_alerts
from components.cluster.audit.args import IMAGE
from components.cluster.audit.config import CHUNK_MI, ODD, TRAIL, trail_buffer_mi
from components.cluster.audit.pods import UID
from infra.sizes import Environment, sizes_for

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_sizes(environment: Environment) -> None:
    size = sizes_for(environment).audit
    pods = size.workload
    cells = [environment, pods.replicas, f"{pods.cpu_milli}m", f"{pods.memory_mi}Mi", f"{size.storage_gi}Gi"]
    cells.append(f"{trail_buffer_mi(size.storage_gi)} MiB")
    assert f"| {' | '.join(map(str, cells))} |" in PAGE


def test_images_ports_and_places() -> None:
    repository, _, tag = IMAGE.partition(":")
    assert f"`{repository}`" in PAGE
    assert all(f"`{tag.format(store=store)}`" in PAGE for store in ("s3", "gcs"))
    assert all(f"| {port} |" in PAGE for port in (names.SECURE, names.PLAIN, names.METRICS))
    assert all(place in PAGE for place in (names.NAME, f"{TRAIL}/<year>", f"`{ODD}/`", f"`{names.BUFFERS}/backup`"))
    assert f"user {UID}" in PAGE
    assert f"({CHUNK_MI} MiB)" in PAGE


def test_every_alert_is_named() -> None:
    (group,) = audit_alerts(namespace=names.NAME, replicas=2)["groups"]
    assert [rule["alert"] for rule in group["rules"] if f"`{rule['alert']}`" not in PAGE] == []
