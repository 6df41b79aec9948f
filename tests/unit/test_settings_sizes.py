"""Sizes by environment."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import get_args

import pytest

from components.workload import Workload
from infra.sizes import Environment, minimums_for, sizes_for

ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)
ONCE = {"operator", "scheduler", "enterprise", "log_collector", "workflows"}
"""What upstream allows or describes only once, and what runs once on every node or for every runtime."""


def workloads(sizes: object, prefix: str = "") -> dict[str, Workload]:
    """Find every workload, also inside the sizes of a part that has several or a volume."""
    found: dict[str, Workload] = {}
    for name, value in vars(sizes).items():
        if isinstance(value, Workload):
            found[prefix + name] = value
        elif is_dataclass(value):
            found |= workloads(value, f"{prefix}{name}.")
    return found


def test_production_survives_the_loss_of_a_pod() -> None:
    sizes = sizes_for("production")
    assert sizes.server.replicas >= 2
    assert sizes.gateway.replicas >= 3
    assert {name for name, workload in workloads(sizes).items() if workload.replicas < 2} == ONCE


def test_development_runs_everything_once() -> None:
    assert {workload.replicas for workload in workloads(sizes_for("development")).values()} == {1}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_default_is_never_below_the_minimum(environment: Environment) -> None:
    sizes, least = sizes_for(environment), minimums_for(environment)
    assert sizes.server.replicas >= least.server_replicas
    assert sizes.prometheus.retention_days >= least.retention_days
    assert sizes.prometheus.storage_gi >= least.prometheus_storage_gi
    assert sizes.postgres.storage_gi >= least.postgres_storage_gi
    assert sizes.postgres.backup_retention_days >= least.backup_retention_days
    assert sizes.search.storage_gi >= least.search_storage_gi
    assert sizes.search.snapshot_retention_days >= least.backup_retention_days
    assert sizes.object_store.storage_gi >= least.object_storage_gi
    assert sizes.object_store.audit_retention_days >= least.audit_retention_days
    assert sizes.kafka.storage_gi >= least.kafka_storage_gi
    assert sizes.audit.storage_gi >= least.audit_storage_gi


def test_production_keeps_backups_for_a_week_at_least() -> None:
    assert minimums_for("production").backup_retention_days >= 7


def test_sizes_grow_with_the_environment() -> None:
    small, middle, large = (workloads(sizes_for(name)) for name in ENVIRONMENTS)
    for name, workload in small.items():
        assert workload.replicas <= middle[name].replicas <= large[name].replicas
        assert workload.memory_mi <= middle[name].memory_mi <= large[name].memory_mi
