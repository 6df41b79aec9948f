"""The page on Postgres says what is made, and its manifests fit it."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import Any, cast

import pytest
import yaml

from components.cluster.flows import ENTERPRISE_LABELS
from components.cluster.postgres import flows, rights, spec
from components.seldon.catalogue import CATALOGUE_SECRET
from components.workload import Workload
from infra import names
from infra.sizes import Environment, sizes_for

PAGE = (Path(__file__).parents[2] / "docs" / "postgres.md").read_text(encoding="utf-8")


def manifest(start: str, end: str) -> dict[str, Any]:
    """Return the YAML between two lines of the page."""
    (text,) = re.findall(rf"^ *{re.escape(start)}\n(.*?)^ *{end}$", PAGE, flags=re.DOTALL | re.MULTILINE)
    return cast("dict[str, Any]", yaml.safe_load(dedent(text)))


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_sizes(environment: Environment) -> None:
    size = sizes_for(environment).postgres
    cells = (
        environment,
        size.workload.replicas,
        f"{size.workload.cpu_milli}m",
        f"{size.workload.memory_mi}Mi",
        f"{size.storage_gi}Gi",
        f"{size.backup_retention_days} days",
    )
    assert f"| {' | '.join(str(cell) for cell in cells)} |" in PAGE


def test_a_restored_cluster_reads_what_the_database_archives() -> None:
    restored = manifest("```yaml", "```")
    asked = restored["spec"]
    plugin = spec.cluster_spec(
        spec.ClusterShape(
            image=spec.IMAGE,
            size=Workload(replicas=1, cpu_milli=100, memory_mi=512),
            storage_gi=5,
            storage_class=None,
            pull_secret=None,
        )
    )["plugins"][0]
    (source,) = asked["externalClusters"]
    recovery = asked["bootstrap"]["recovery"]
    assert restored["metadata"]["namespace"] == names.POSTGRES
    assert restored["metadata"]["name"] != spec.CLUSTER
    assert source["plugin"] == {
        "name": plugin["name"],
        "parameters": {**plugin["parameters"], "serverName": spec.CLUSTER},
    }
    assert recovery["source"] == source["name"]
    assert (recovery["database"], recovery["owner"]) == (spec.DATABASE, spec.OWNER)
    assert recovery["secret"] == {"name": spec.OWNER_SECRET}
    assert "plugins" not in asked
    assert spec.IMAGE.startswith(asked["imageName"])
    assert (
        asked["postgresql"]["parameters"].items()
        <= spec.parameters(Workload(replicas=1, cpu_milli=1, memory_mi=1)).items()
    )


def test_a_backup_by_hand_is_like_the_nightly_one() -> None:
    backup = manifest("kubectl create -f - <<'YAML'", "YAML")
    assert backup["metadata"]["namespace"] == names.POSTGRES
    nightly = spec.scheduled_backup_spec()
    assert backup["spec"].items() <= nightly.items()


@pytest.mark.parametrize(
    "said",
    [
        spec.host(names.POSTGRES),
        f"`postgres/{spec.CLUSTER}/`",
        f"Secret `{CATALOGUE_SECRET}` is in `{names.CORE}`",
        f"deployment/{rights.OPERATOR}",
        f"deployment/{rights.PLUGIN}",
        f"rollout restart deployment {ENTERPRISE_LABELS['app.kubernetes.io/name']} -n {names.CORE}",
        f"objectstore {spec.OBJECT_STORE}",
        f"instances, operator | {flows.METRICS}, {flows.OPERATOR_METRICS} |",
        f"operator (webhooks) | {flows.WEBHOOKS} |",
        f"instances | instances | {spec.PORT}, {flows.STATUS} |",
    ],
)
def test_names(said: str) -> None:
    assert said in PAGE
