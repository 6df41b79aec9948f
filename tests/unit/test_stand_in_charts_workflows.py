"""The stand-in of argo-workflows: what the real chart does that the platform has to know."""

from __future__ import annotations

import pytest
import stand_ins
from rich.console import Console
from stand_ins import Helm

from rehearsal.toolchain import ensure_tools

CHART = "argo-workflows"


@pytest.fixture(scope="module")
def helm() -> Helm:
    return Helm(binary=ensure_tools(console=Console(stderr=True)).helm)


def test_a_controller_has_rights_in_the_whole_cluster_until_told_otherwise(helm: Helm) -> None:
    assert {item["kind"] for item in helm(CHART) if item["kind"].startswith("Cluster")} == {
        "ClusterRole",
        "ClusterRoleBinding",
    }
    # One that works in its own namespace still binds what it would need for templates of the cluster.
    single = helm(CHART, {"singleNamespace": True, "createAggregateRoles": False})
    assert [item["kind"] for item in single if item["kind"].startswith("Cluster")] == ["ClusterRoleBinding"]
    off = helm(CHART, {"controller": {"rbac": {"create": False}}, "createAggregateRoles": False})
    assert [item["kind"] for item in off if item["kind"].startswith("Cluster")] == []


@pytest.mark.parametrize(("replicas", "told"), [(1, "true"), (2, None)])
def test_a_single_controller_holds_no_election(helm: Helm, replicas: int, told: str | None) -> None:
    (deployment,) = stand_ins.kinds(helm(CHART, {"controller": {"replicas": replicas}}), "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    environment = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert environment.get("LEADER_ELECTION_DISABLE") == told


def test_types_are_kept_unless_told_otherwise(helm: Helm) -> None:
    kept = stand_ins.kinds(helm(CHART), "CustomResourceDefinition")
    assert len(kept) == 8
    assert all(item["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"} for item in kept)
    assert stand_ins.kinds(helm(CHART, {"crds": {"install": False}}), "CustomResourceDefinition") == []


def test_names_are_cut_at_63_letters(helm: Helm) -> None:
    (deployment,) = stand_ins.kinds(helm(CHART, {"fullnameOverride": "x" * 50}), "Deployment")
    assert deployment["metadata"]["name"] == f"{'x' * 50}-workflow-con"
