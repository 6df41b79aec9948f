"""What the working tree changes on a revision, on the real engine: exit codes, the base's own code, what is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from git_project import Project, under_git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.toolchain import Tools

STACK = "prod"
STACK_FILE = """\
encryptionsalt: v1:theirs
config:
  acme:password: {secure: v1:AAAA:BBBB}
  acme:token: {secure: v1:CCCC:DDDD}
  acme:platform: {cluster: {context: acme-prod}}
"""
PROGRAM = """\
import components
import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()
cluster = k8s.Provider("cluster", context="acme-prod")
options = pulumi.ResourceOptions(provider=cluster)
namespace = k8s.core.v1.Namespace("team", metadata={"name": "team"}, opts=options)
later = pulumi.ResourceOptions(provider=cluster, depends_on=[namespace])
k8s.core.v1.Secret(
    "keys",
    metadata={"name": "keys", "namespace": "team"},
    string_data={"password": config.require_secret("password"), "token": config.require_secret("token")},
    opts=later,
)
k8s.core.v1.PersistentVolumeClaim(
    components.VOLUME,
    metadata={"name": components.VOLUME, "namespace": "team"},
    spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    opts=later,
)
"""
VOLUME = 'VOLUME = "models"\n'


def counts(project: Project, *arguments: str) -> dict[str, int]:
    """Compare, and return the number of findings of each class that has any."""
    done = project.diff("--format", "json", *arguments)
    assert done.returncode in {0, 2}, done.stdout + done.stderr
    return {risk: number for risk, number in json.loads(done.stdout)["counts"].items() if number}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Iterator[Project]:
    del tools  # built before the first command runs
    root = tmp_path_factory.mktemp("project")
    for path, text in (
        ("Pulumi.yaml", "{name: acme, runtime: python, main: infra, stackConfigDir: stacks}\n"),
        (f"stacks/Pulumi.{STACK}.yaml", STACK_FILE),
        ("infra/__main__.py", PROGRAM),
        ("components/__init__.py", VOLUME),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    with under_git(root, STACK) as made:
        yield made


@pytest.fixture
def tree(project: Project) -> Iterator[Project]:
    """Give the project with the working tree as it was committed, before and after."""
    yield project
    project.restore()


def test_a_tree_that_changes_nothing_passes(tree: Project, tmp_path: Path) -> None:
    done = tree.diff("--keep", str(tmp_path / "kept"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Not seen: drift" in done.stderr
    kept = {path.name for path in (tmp_path / "kept").iterdir()}
    assert kept == {"preview.json", "state.json", "events.json", "base.yaml"}
    assert '"severity":"debug"' not in (tmp_path / "kept" / "events.json").read_text()
    assert not tree.processes()
    assert not tree.git("status", "--porcelain")
    assert tree.git("worktree", "list").count("\n") == 1


def test_the_base_is_rehearsed_with_its_own_code_and_once(tree: Project, tmp_path: Path) -> None:
    tree.diff()
    tree.write("components/__init__.py", 'VOLUME = "artifacts"\n')
    done = tree.diff("--format", "markdown", "--output", str(tmp_path / "review.md"))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "rehearsed before" in done.stderr
    review = (tmp_path / "review.md").read_text()
    assert "data loss" in review
    assert "team/models" in review or "PersistentVolumeClaim" in review
    assert counts(tree)["data-loss"] == 1


def test_a_loss_that_the_engine_itself_refuses_is_reviewed(tree: Project) -> None:
    protected = PROGRAM.replace("depends_on=[namespace]", "depends_on=[namespace], protect=True")
    tree.write("infra/__main__.py", protected)
    tree.git("commit", "--quiet", "--all", "--message", "Protect it")
    try:
        tree.write("components/__init__.py", 'VOLUME = "artifacts"\n')
        done = tree.diff("--format", "json")
    finally:
        tree.git("reset", "--quiet", "--hard", "HEAD^1")
    assert done.returncode == 2, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["counts"]["data-loss"] == 1
    assert "is protected" in done.stderr


def test_an_approval_of_the_tree_lets_its_loss_pass(tree: Project) -> None:
    tree.write("components/__init__.py", 'VOLUME = "artifacts"\n')
    urn = f"urn:pulumi:{STACK}::acme::kubernetes:core/v1:PersistentVolumeClaim::models"
    line = f"{{urn: '{urn}', class: data-loss, reason: Empty so far, expires: 2099-01-01}}"
    tree.write(f"stacks/approvals/{STACK}.yaml", f"- {line}\n")
    done = tree.diff()
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_secret_set_anew_is_seen_and_not_shown(tree: Project) -> None:
    tree.write(f"stacks/Pulumi.{STACK}.yaml", STACK_FILE.replace("v1:CCCC:DDDD", "v1:EEEE:FFFF"))
    done = tree.diff("--format", "json")
    found = json.loads(done.stdout)
    changed = [finding for finding in found["findings"] if finding["risk" if "risk" in finding else "class"] != "no-op"]
    assert len(changed) == 1
    assert "::keys" in json.dumps(changed)
    assert "placeholder" not in done.stdout


def test_secrets_under_another_key_are_not_taken_for_other_secrets(tree: Project) -> None:
    other = STACK_FILE.replace("v1:theirs", "v1:ours").replace("BBBB", "GGGG").replace("DDDD", "HHHH")
    tree.write(f"stacks/Pulumi.{STACK}.yaml", other)
    assert set(counts(tree)) == {"no-op"}


def test_a_stack_that_the_base_has_not_is_all_new(tree: Project) -> None:
    tree.write("stacks/Pulumi.new.yaml", STACK_FILE)
    done = tree.diff("--format", "json", stack="new")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything is new" in done.stderr
    assert set(json.loads(done.stdout)["operations"]) <= {"create", "same"}


def test_a_tree_that_does_not_run_is_told_from_a_blocked_one(tree: Project) -> None:
    tree.write("infra/__main__.py", "raise ValueError('not like this')\n")
    done = tree.diff()
    assert done.returncode == 1
    assert "not like this" in done.stderr
    assert "the working tree cannot" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "stack", "said"),
    [
        (("--base", "nowhere"), STACK, "there is no revision 'nowhere'"),
        (("--base", "--help"), STACK, "there is no revision '--help'"),
        ((), "gone", "there is no stack 'gone'"),
    ],
)
def test_what_cannot_be_compared_is_said_at_once(
    tree: Project, arguments: tuple[str, ...], stack: str, said: str
) -> None:
    done = tree.diff(*arguments, stack=stack)
    assert done.returncode == 1
    assert said in done.stderr
