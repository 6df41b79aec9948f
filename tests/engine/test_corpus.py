"""Changes to a production stack on the real engine: what the review says of each, and that it blocks nothing else."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from corpus_changes import BLOCKING, STACK, Change
from corpus_guards import EDGE, INSIDE
from corpus_losses import LOSSES, MOVES, RENAME
from corpus_upkeep import UPKEEP, VERSIONS, VOLUMES
from git_project import Project, under_git
from standing import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rehearsal.toolchain import Tools

CORPUS: dict[str, tuple[Change, ...]] = {
    "upkeep and the edge": (*UPKEEP, *EDGE),
    "versions and what is inside": (*VERSIONS, *INSIDE),
    "volumes and losses": (*VOLUMES, *LOSSES),
    "a name": RENAME,
    "moves": MOVES,
}
"""Changes that are previewed together: none of them touches a resource of another."""
COPIED = ("components", "infra", "rehearsal/charts", "rehearsal/kwok")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Iterator[Project]:
    del tools  # built before the first command runs
    root = tmp_path_factory.mktemp("corpus")
    for directory in COPIED:
        shutil.copytree(ROOT / directory, root / directory, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "stacks").mkdir()
    for file in ("Pulumi.yaml", "requirements.txt", f"stacks/Pulumi.{STACK}.yaml"):
        shutil.copy(ROOT / file, root / file)
    with under_git(root, STACK) as made:
        yield made


@pytest.fixture(scope="module")
def review(project: Project) -> Callable[[str], dict[str, Any]]:
    """Review the changes that are previewed together, once."""
    known: dict[str, dict[str, Any]] = {}

    def reviewed(batch: str) -> dict[str, Any]:
        if batch not in known:
            for change in CORPUS[batch]:
                change.make(project.root)
            try:
                done = project.diff("--format", "json")
            finally:
                project.restore()
            assert done.returncode in {0, 2}, done.stderr
            known[batch] = {**json.loads(done.stdout), "code": done.returncode}
        return known[batch]

    return reviewed


def _found(review: dict[str, Any]) -> set[tuple[str, str]]:
    return {(finding["class"], finding["name"]) for finding in review["findings"]}


@pytest.mark.parametrize(
    ("batch", "change"),
    [pytest.param(batch, change, id=change.name) for batch, changes in CORPUS.items() for change in changes],
)
def test_a_change_is_of_its_class(batch: str, change: Change, review: Callable[[str], dict[str, Any]]) -> None:
    assert change.expected <= _found(review(batch))


@pytest.mark.parametrize("batch", CORPUS)
def test_nothing_else_is_blocked(batch: str, review: Callable[[str], dict[str, Any]]) -> None:
    blocked = {(finding["class"], finding["name"]) for finding in review(batch)["findings"] if finding["blocked"]}
    wanted = {found for change in CORPUS[batch] for found in change.blocked}
    possible = {found for change in CORPUS[batch] for found in change.possible}
    assert blocked - possible == wanted
    assert review(batch)["code"] == (2 if wanted else 0)


def test_a_renamed_database_is_one_finding_that_names_the_loss_and_who_notices(
    review: Callable[[str], dict[str, Any]],
) -> None:
    (finding,) = [finding for finding in review("a name")["findings"] if finding["blocked"]]
    assert "Cluster seldon-postgres/seldon-metadata is deleted" in finding["title"]
    assert 'aliases=[pulumi.Alias(name="postgres")]' in finding["remedy"]
    assert "connections-catalogue" in {urn.rpartition("::")[2] for urn in finding["dependants"]["urns"]}
    assert {"Cluster seldon-postgres/seldon-metadata", "Deployment cnpg-system/cloudnative-pg"} <= set(
        finding["dependants"]["workloads"]
    )
    assert {review(batch)["code"] for batch in ("a name", "moves")} == {2, 0}


def test_the_corpus_has_enough_of_each_class() -> None:
    changes = [change for batch in CORPUS.values() for change in batch]
    assert len(changes) >= 40
    classes = Counter(risk for change in changes for risk in {risk for risk, _ in change.expected})
    assert all(classes[risk] >= 4 for risk in BLOCKING if risk != "unknown"), classes
    assert sum(not change.blocked for change in changes) >= 10
