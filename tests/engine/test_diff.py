"""What the working tree changes on a revision, on the real engine: exit codes, the base's own code, what is kept."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

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


def _exported(tree: Project, directory: Path) -> dict[str, Any]:
    """Export what stands of the stack, its secrets under a key that nobody has any more."""
    assert tree.diff("--keep", str(directory)).returncode == 0
    state: dict[str, Any] = json.loads((directory / "state.json").read_text())
    state["deployment"]["secrets_providers"] = {"type": "cloud", "state": {"url": "awskms://alias/theirs"}}
    return json.loads(re.sub(r'"ciphertext": "[^"]+"', '"ciphertext": "v1:theirs"', json.dumps(state)))


def _diff_on(tree: Project, state: dict[str, Any], directory: Path) -> dict[str, Any]:
    """Compare with an exported state; nothing of what stands may change by that."""
    (directory / "export.json").write_text(json.dumps(state))
    done = tree.diff("--state", str(directory / "export.json"), "--format", "json")
    assert done.returncode in {0, 2}, done.stdout + done.stderr
    assert set(counts(tree)) == {"no-op"}
    assert not tree.processes()
    return json.loads(done.stdout)


def test_an_exported_state_is_the_start_and_needs_no_key(tree: Project, tmp_path: Path) -> None:
    state = _exported(tree, tmp_path)
    assert "v1:theirs" in json.dumps(state)
    assert {risk for risk, number in _diff_on(tree, state, tmp_path)["counts"].items() if number} == {"no-op"}


def test_what_stands_beside_the_base_revision_is_seen_in_an_exported_state(tree: Project, tmp_path: Path) -> None:
    state = _exported(tree, tmp_path)
    resources = state["deployment"]["resources"]
    (claim,) = [each for each in resources if each["urn"].endswith("PersistentVolumeClaim::models")]
    resources.append(json.loads(json.dumps(claim).replace("models", "archive")))
    found = _diff_on(tree, state, tmp_path)
    assert [(finding["class"], finding["name"]) for finding in found["findings"] if finding["blocked"]] == [
        ("data-loss", "archive")
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("secret: 1", "is no state of a stack that stands"),
        ('{"version": 3, "deployment": {}}', "is no state of a stack that stands"),
        (
            '{"deployment": {"resources": [{"urn": "urn:pulumi:other::acme::pulumi:pulumi:Stack::acme-other"}]}}',
            "is of the stack other; allowed: one of prod",
        ),
    ],
)
def test_a_state_that_cannot_be_the_start_is_refused(tree: Project, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "export.json").write_text(text)
    done = tree.diff("--state", str(tmp_path / "export.json"))
    assert done.returncode == 1
    assert said in done.stderr


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
