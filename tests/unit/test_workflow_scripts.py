"""The scripts of the workflows at work: a fake event, a fake forge, a fake engine, and everything else real."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from fake_forge import GITHUB, GITLAB, STRANGER, TOKEN, Forge, serving
from workflow_runner import ROOT, Job

from review.ci.fingerprint import PreviewError, fingerprint
from review.ci.rest import ForgeError, Rest
from review.ci.sticky import DRIFT_PREFIX, marker

if TYPE_CHECKING:
    from pathlib import Path

DATA = ROOT / "tests" / "data" / "review"
BLOCKED, CALM = "postgres_renamed", "postgres_renamed_with_alias"
STACK = "prod"
PULUMI = """\
#!/bin/sh
echo "$@" >> pulumi.log
case "$1" in
  stack) cat fake/state.json ;;
  preview) cat fake/preview.json; exit "$(cat fake/code)" ;;
esac
"""
PYTHON = """\
#!/bin/sh
if [ "$2" = rehearsal ]; then
  [ -f fake/preview.json ] || exit 1
  cp fake/preview.json fake/state.json out && : > out/events.json && : > out/base.yaml
  shift 8
  exec {python} -m review out/preview.json --state out/state.json --stack "$STACK" "$@"
fi
case "$*" in *out/events.json*) set -- "$1" "$2" "$3" "$6" "$7" "${{@:10}}" ;; esac
exec {python} "$@"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Give a repository with two stacks in two revisions, the second of which changes one stack file."""
    where = tmp_path / "workspace"
    (where / "stacks").mkdir(parents=True)
    (where / ".venv" / "bin").mkdir(parents=True)
    (where / "fake").mkdir()
    (where / "review").symlink_to(ROOT / "review")
    (where / "Makefile").write_text("setup:\n\t@true\n")
    (where / ".gitignore").write_text("fake\nout\n.venv\nreviews\n.g*\n.event.json\n")
    for name, text in (("pulumi", PULUMI), ("python", PYTHON.format(python=sys.executable))):
        program = where / ".venv" / "bin" / name
        program.write_text(text.replace("#!/bin/sh", "#!/bin/bash"))
        program.chmod(0o755)
    for stack in (STACK, "other"):
        (where / "stacks" / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    _git(where, "init", "--quiet")
    _commit(where)
    (where / "stacks" / f"Pulumi.{STACK}.yaml").write_text("config: {acme:a: b}\n")
    _commit(where)
    return where


def _git(where: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Acme", "-c", "user.email=acme@acme.example"]
    subprocess.run(["git", *who, *arguments], cwd=where, check=True, capture_output=True)  # noqa: S607


def _commit(where: Path) -> None:
    _git(where, "add", "--all")
    _git(where, "commit", "--quiet", "--message", "As it is")


def engine_says(where: Path, preview: str, code: int = 0, *, failed: bool = False) -> None:
    """Let the engine, rehearsed or not, print a recorded preview, with the errors that it had if it `failed`."""
    shutil.copy(DATA / f"{preview}.state.json", where / "fake" / "state.json")
    document = json.loads((DATA / f"{preview}.preview.json").read_text())
    if not failed:
        document["diagnostics"] = [said for said in document["diagnostics"] if said["severity"] != "error"]
    (where / "fake" / "preview.json").write_text(json.dumps(document))
    (where / "fake" / "code").write_text(str(code))


def job(where: Path, file: str, name: str, **contexts: Any) -> Job:
    """Return a job of a workflow on the workspace, without a forge."""
    environment = {"PATH": f"{where / '.venv' / 'bin'}:/usr/local/bin:/usr/bin:/bin", "RUNNER_TEMP": str(where)}
    return Job(file=file, name=name, workspace=where, contexts=contexts, environment=environment)


def stack_of(preview: str) -> str:
    """Return the stack that a recorded preview is of."""
    steps = json.loads((DATA / f"{preview}.preview.json").read_text())["steps"]
    return steps[0]["urn"].split(":")[2]


def comments(where: Path, forge: Forge, stacks: list[str]) -> Job:
    """Run the job that comments on pull request 5."""
    made = job(
        where,
        "preview.yml",
        "comment",
        github={"token": TOKEN, "event": {"pull_request": {"number": 5}}},
        needs={"stacks": {"outputs": {"stacks": json.dumps(stacks)}}},
    )
    made.environment = {**made.environment, **on_github(forge)}
    return made


def on_github(forge: Forge) -> dict[str, str]:
    """Return the variables that GitHub sets in a job."""
    return {
        "GITHUB_API_URL": forge.root,
        "GITHUB_REPOSITORY": "acme/platform",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_RUN_ID": "77",
    }


def reviewed(where: Path, stack: str, text: str) -> None:
    """Put the artifact of a review there."""
    directory = where / "reviews" / f"review-{stack}"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "review.md").write_text(text)


def test_the_stacks_that_a_pull_request_touches(workspace: Path) -> None:
    made = job(workspace, "preview.yml", "stacks")
    assert made.run(), made.log
    assert made.outputs == {"stacks": json.dumps([STACK])}
    (workspace / "components").mkdir()
    (workspace / "components" / "x.py").write_text("")
    _commit(workspace)
    assert made.run()
    assert made.outputs == {"stacks": json.dumps(["other", STACK])}
    (workspace / "docs").mkdir()
    (workspace / "docs" / "x.md").write_text("")
    _commit(workspace)
    assert made.run()
    assert made.outputs == {"stacks": "[]"}


def test_a_stack_file_that_goes_is_no_stack_to_review(workspace: Path) -> None:
    (workspace / "stacks" / "Pulumi.other.yaml").unlink()
    _commit(workspace)
    made = job(workspace, "preview.yml", "stacks")
    assert made.run(), made.log
    assert made.outputs == {"stacks": "[]"}


def test_a_name_that_a_shell_would_read_is_refused(workspace: Path) -> None:
    (workspace / "stacks" / "Pulumi.$(id).yaml").write_text("config: {}\n")
    _commit(workspace)
    made = job(workspace, "preview.yml", "stacks")
    assert not made.run()
    assert made.outputs == {}
    assert "no name of a stack" in made.log


@pytest.mark.parametrize(("preview", "passes"), [(BLOCKED, False), (CALM, True)])
def test_a_review_fails_when_it_blocks_and_reports_either_way(workspace: Path, preview: str, passes: bool) -> None:  # noqa: FBT001
    engine_says(workspace, preview)
    made = job(workspace, "preview.yml", "review", matrix={"stack": stack_of(preview)})
    assert made.run() is passes, made.log
    reports = {path.name for path in (workspace / "out").glob("review.*")}
    assert reports == {"review.md", "review.json", "review.sarif", "review.html"}
    assert made.summary == (workspace / "out" / "review.md").read_text()
    assert ("data loss" in made.summary) is not passes


def test_a_change_that_cannot_be_rehearsed_fails_and_says_so(workspace: Path) -> None:
    made = job(workspace, "preview.yml", "review", matrix={"stack": STACK})
    assert not made.run()
    assert "could not be reviewed" in made.summary


@pytest.mark.parametrize(
    ("listed", "stacks", "review", "passes"),
    [
        ("success", '["prod"]', "success", True),
        ("success", "[]", "skipped", True),
        ("success", '["prod"]', "failure", False),
        ("success", '["prod"]', "skipped", False),
        ("success", '["prod"]', "cancelled", False),
        ("success", "[]", "cancelled", False),
        ("failure", "", "skipped", False),
    ],
)
def test_the_verdict_passes_nothing_that_was_not_reviewed(
    workspace: Path,
    listed: str,
    stacks: str,
    review: str,
    passes: bool,  # noqa: FBT001
) -> None:
    needs = {"stacks": {"result": listed, "outputs": {"stacks": stacks}}, "review": {"result": review}}
    assert job(workspace, "preview.yml", "verdict", needs=needs).run() is passes


def test_a_comment_per_stack_is_made_once_and_updated(workspace: Path) -> None:
    reviewed(workspace, STACK, f"{marker(STACK)}\n## First\n")
    with serving(GITHUB) as forge:
        for number in range(3):
            forge.comment(f"Comment {number}", STRANGER)
        assert comments(workspace, forge, [STACK, "other"]).run()
        assert len(forge.comments) == 5
        first, second = forge.bodies[3:]
        assert first.startswith(f"{marker(STACK)}\n## First\n")
        assert first.count("<!--") == 1
        assert "https://github.example/acme/platform/actions/runs/77" in first
        assert "cannot see drift" in first
        assert "could not be reviewed" in second

        reviewed(workspace, STACK, "## Second\n")
        made = comments(workspace, forge, [STACK])
        assert made.run(), made.log
        assert len(forge.comments) == 5
        assert "## Second" in forge.bodies[3]
        assert "does not touch this stack any more" in forge.bodies[4]
        assert forge.tokens == {f"Bearer {TOKEN}"}
        assert TOKEN not in made.log


def test_a_comment_that_somebody_else_began_like_ours_is_left_alone(workspace: Path) -> None:
    reviewed(workspace, STACK, "## Ours\n")
    with serving(GITHUB) as forge:
        planted = f"{marker(STACK)}\n## All is well"
        forge.comment(planted, STRANGER)
        assert comments(workspace, forge, [STACK]).run()
        assert forge.bodies[0] == planted
        assert "## Ours" in forge.bodies[1]


def test_a_review_cannot_pass_for_that_of_another_stack(workspace: Path) -> None:
    reviewed(workspace, STACK, f"{marker('other')}\n## Planted\n")
    with serving(GITHUB) as forge:
        assert comments(workspace, forge, [STACK]).run()
        assert forge.bodies[0].startswith(marker(STACK))
        assert marker("other") not in forge.bodies[0]


def test_a_review_too_long_for_a_comment_is_said_to_be_elsewhere(workspace: Path) -> None:
    reviewed(workspace, STACK, "x" * 70_000)
    with serving(GITHUB) as forge:
        assert comments(workspace, forge, [STACK]).run()
        assert "too long" in forge.bodies[0]
        assert len(forge.bodies[0]) < 65_536


@pytest.mark.parametrize("preview", [BLOCKED, CALM])
def test_what_is_applied_is_what_was_reviewed(workspace: Path, preview: str) -> None:
    stack = stack_of(preview)
    engine_says(workspace, preview)
    review = job(workspace, "up.yml", "review", matrix={"stack": stack})
    assert review.run() is (preview == CALM), review.log
    (workspace / "reviewed").mkdir()
    shutil.copy(workspace / "out" / "review.digest", workspace / "reviewed")
    assert job(workspace, "up.yml", "up", matrix={"stack": stack}).run()
    said = (workspace / "pulumi.log").read_text().splitlines()
    assert said[-1].startswith("up --yes --skip-preview --plan ")
    assert "--save-plan" in said[-2]


def test_a_preview_that_failed_is_reviewed_and_leaves_nothing_to_apply(workspace: Path) -> None:
    engine_says(workspace, BLOCKED, code=1, failed=True)
    made = job(workspace, "up.yml", "review", matrix={"stack": stack_of(BLOCKED)})
    assert not made.run()
    assert "data loss" in made.summary
    assert not (workspace / "out" / "review.digest").exists()


def test_nothing_is_applied_when_something_else_would_be(workspace: Path) -> None:
    stack = stack_of(CALM)
    (workspace / "reviewed").mkdir()
    engine_says(workspace, CALM)
    job(workspace, "up.yml", "review", matrix={"stack": stack}).run()
    shutil.copy(workspace / "out" / "review.digest", workspace / "reviewed")
    engine_says(workspace, BLOCKED)
    made = job(workspace, "up.yml", "up", matrix={"stack": stack})
    assert not made.run()
    assert "not what was reviewed" in made.log
    assert not [line for line in (workspace / "pulumi.log").read_text().splitlines() if line.startswith("up ")]


@pytest.mark.parametrize(
    ("before", "only", "stacks"),
    [
        ("HEAD^1", "", [STACK]),
        ("0000000000000000000000000000000000000000", "", ["other", STACK]),
        ("", "other", ["other"]),
    ],
)
def test_the_stacks_of_a_push(workspace: Path, before: str, only: str, stacks: list[str]) -> None:
    made = job(workspace, "up.yml", "stacks", github={"event": {"before": before}}, inputs={"stack": only})
    assert made.run(), made.log
    assert made.outputs == {"stacks": json.dumps(stacks)}


def test_drift_opens_an_issue_updates_it_and_closes_it(workspace: Path) -> None:
    stack = stack_of(BLOCKED)
    with serving(GITHUB) as forge:
        for _ in range(2):
            engine_says(workspace, BLOCKED, code=1)
            assert look(workspace, forge, stack)
        assert [issue["state"] for issue in forge.issues] == ["open"]
        assert forge.issues[0]["body"].startswith(marker(stack, DRIFT_PREFIX))
        assert forge.issues[0]["labels"] == ["drift"]
        nothing: dict[str, Any] = {"steps": [], "changeSummary": {"same": 3}}
        (workspace / "fake" / "preview.json").write_text(json.dumps(nothing))
        assert look(workspace, forge, stack)
        assert [issue["state"] for issue in forge.issues] == ["closed"]
        assert "--refresh --expect-no-changes" in (workspace / "pulumi.log").read_text()


def test_an_issue_stays_when_nobody_could_look(workspace: Path) -> None:
    stack = stack_of(BLOCKED)
    with serving(GITHUB) as forge:
        engine_says(workspace, BLOCKED, code=1)
        assert look(workspace, forge, stack)
        (workspace / "fake" / "preview.json").write_text("")
        assert not look(workspace, forge, stack)
        assert [issue["state"] for issue in forge.issues] == ["open"]


def look(where: Path, forge: Forge, stack: str) -> bool:
    """Run the jobs of the drift workflow for one stack; whether all of them went well."""
    shutil.rmtree(where / "out", ignore_errors=True)
    shutil.rmtree(where / "reports", ignore_errors=True)
    looked = job(where, "drift.yml", "drift", matrix={"stack": stack}).run()
    if (where / "out").exists():
        shutil.copytree(where / "out", where / "reports" / f"drift-{stack}")
    made = job(
        where,
        "drift.yml",
        "issues",
        github={"token": TOKEN},
        needs={"stacks": {"outputs": {"stacks": json.dumps([stack])}}},
    )
    made.environment = {**made.environment, **on_github(forge)}
    return made.run() and looked


@pytest.mark.parametrize("name", ["preview-live.yml", "up.yml", "drift.yml"])
def test_a_stack_that_is_only_rehearsed_is_left_out(workspace: Path, name: str) -> None:
    (workspace / "stacks" / "Pulumi.local.yaml").write_text("config: {}\n")
    _commit(workspace)
    made = job(workspace, name, "stacks", github={"event": {"before": "HEAD^1"}})
    assert made.run(), made.log
    assert "local" not in made.outputs["stacks"]


def test_gitlab_gets_the_same_comments_and_issues(workspace: Path) -> None:
    reviewed(workspace, STACK, "## First\n")
    reports = workspace / "reports" / f"drift-{STACK}"
    reports.mkdir(parents=True)
    (reports / "review.md").write_text("## Drifted\n")
    with serving(GITLAB) as forge:
        on_gitlab = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "GITLAB_CI": "true",
            "CI_API_V4_URL": forge.root,
            "CI_PROJECT_ID": "12",
            "CI_MERGE_REQUEST_IID": "5",
            "CI_PIPELINE_URL": "https://gitlab.example/pipelines/77",
            "REVIEW_TOKEN": TOKEN,
        }

        def run(*arguments: str) -> None:
            command = [sys.executable, "-m", "review.ci", *arguments]
            subprocess.run(command, cwd=workspace, env=on_gitlab, check=True)

        for _ in range(2):
            run("comment", "--stacks", json.dumps([STACK]), "--reviews", "reviews")
        assert len(forge.comments) == 1
        for state, expected in (("drift", "open"), ("drift", "open"), ("none", "closed")):
            (reports / "review.state").write_text(f"{state}\n")
            run("drift", "--stacks", json.dumps([STACK]), "--reports", "reports")
            assert [issue["state"] for issue in forge.issues] == [expected]
        assert forge.tokens == {TOKEN}


def test_a_token_goes_over_no_open_line_and_to_no_other_host() -> None:
    with pytest.raises(ForgeError, match="must be an https address"):
        Rest(root="http://forge.example", headers={})
    with serving(GITHUB) as forge:
        rest = Rest(root=forge.root, headers={})
        forge.root = "https://elsewhere.example"
        for number in range(3):
            forge.comment(f"Comment {number}", STRANGER)
        with pytest.raises(ForgeError, match="which is elsewhere"):
            list(rest.pages("/repos/a/b/issues/1/comments"))


def test_the_digest_tells_all_that_is_applied_and_nothing_that_varies() -> None:
    preview = json.loads((DATA / f"{CALM}.preview.json").read_text())
    before = fingerprint(preview)
    preview["duration"] = 7
    preview["steps"].reverse()
    assert fingerprint(preview) == before
    with_state = next(step for step in preview["steps"] if step.get("newState", {}).get("inputs"))
    with_state["newState"]["created"] = "2099-01-01T00:00:00Z"
    assert fingerprint(preview) == before
    with_state["newState"]["protect"] = not with_state["newState"].get("protect", False)
    assert fingerprint(preview) != before


@pytest.mark.parametrize(
    "document", [None, [], {}, {"steps": 1}, {"steps": [], "diagnostics": [{"severity": "error"}]}]
)
def test_what_is_no_sound_preview_has_no_digest(document: object) -> None:
    with pytest.raises(PreviewError):
        fingerprint(document)
