"""The page on search says what is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.cluster.search import names, snapshots, users
from infra.sizes import Environment, sizes_for

PAGE = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_sizes(environment: Environment) -> None:
    size = sizes_for(environment).search
    cells = (
        environment,
        size.workload.replicas,
        f"{size.workload.cpu_milli}m",
        f"{size.workload.memory_mi}Mi",
        f"{size.storage_gi}Gi",
        f"{size.snapshot_retention_days} days",
    )
    assert f"| {' | '.join(str(cell) for cell in cells)} |" in PAGE


@pytest.mark.parametrize(
    "said",
    [
        f"{names.service_host('seldon-logs')}:{names.HTTP}",
        f"`{users.REQUEST_LOGS}`",
        f"`{users.APPLICATION_LOGS}`",
        f"/_slm/policy/{snapshots.POLICY}/_execute",
        f"/_snapshot/{snapshots.REPOSITORY}/",
        f"`{snapshots.BASE_PATH}/`",
        f"kubectl exec -i {names.NODES}-0",
    ],
)
def test_names(said: str) -> None:
    assert said in PAGE
