"""The workflows hold what they promise: who may start what, with which rights, and from which code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from workflow_runner import ROOT, workflow

from review.ci.sticky import marker
from review.formats import markdown

FILES = sorted(path.name for path in (ROOT / ".github" / "workflows").glob("*.yml"))
LIVE = ("preview-live.yml", "up.yml", "drift.yml")
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
OWN = "$/.github/actions/live"


def jobs(name: str) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow."""
    return workflow(name)["jobs"]


def steps(name: str) -> list[dict[str, Any]]:
    """Return the steps of all jobs of a workflow."""
    return [step for job in jobs(name).values() for step in job["steps"]]


def test_the_four_are_there() -> None:
    assert FILES == ["drift.yml", "preview-live.yml", "preview.yml", "up.yml"]


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_granted_but_to_single_jobs(name: str) -> None:
    assert workflow(name)["permissions"] == {}
    assert all("permissions" in job for job in jobs(name).values())


@pytest.mark.parametrize("name", FILES)
def test_actions_are_pinned_by_commit_with_their_version_beside(name: str) -> None:
    for line in (ROOT / ".github" / "workflows" / name).read_text().splitlines():
        if "uses:" in line:
            used, _, version = line.partition("uses:")[2].partition("#")
            assert used.strip() == OWN or (PINNED.fullmatch(used.strip()) and re.fullmatch(r" v\d+\.\d+\.\d+", version))


@pytest.mark.parametrize("name", FILES)
def test_no_workflow_runs_for_others_with_rights_of_ours(name: str) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(workflow(name)["on"])


@pytest.mark.parametrize("name", FILES)
def test_no_checkout_leaves_its_token_behind(name: str) -> None:
    checkouts = [step for step in steps(name) if "actions/checkout@" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("name", FILES)
def test_no_expression_gets_into_a_script(name: str) -> None:
    assert not [step["name"] for step in steps(name) if "${{" in step.get("run", "")]


def test_a_pull_request_gets_no_secret_and_no_identity() -> None:
    text = (ROOT / ".github" / "workflows" / "preview.yml").read_text()
    assert "secrets." not in text
    assert "id-token" not in text
    assert "environment:" not in text


def test_code_of_a_pull_request_runs_without_a_right_to_write() -> None:
    for name, job in jobs("preview.yml").items():
        writes = [right for right in job["permissions"].values() if right == "write"]
        checked_out = [step["with"] for step in job["steps"] if "actions/checkout@" in step.get("uses", "")]
        if writes:
            assert name == "comment"
            assert [given["ref"] for given in checked_out] == ["${{ github.event.pull_request.base.sha }}"]
            assert "head.repo.full_name == github.repository" in job["if"]


@pytest.mark.parametrize("name", LIVE)
def test_credentials_come_with_an_environment_only(name: str) -> None:
    for job in jobs(name).values():
        text = yaml.safe_dump(job)
        if "secrets." in text or "id-token" in text or "vars.AWS_ROLE" in text:
            assert job["environment"].startswith("${{ matrix.stack }}")
        assert not ("id-token" in job["permissions"] and "issues" in job["permissions"])


def test_only_up_uses_the_environment_that_may_change_something() -> None:
    found = {
        (name, job): made["environment"] for name in LIVE for job, made in jobs(name).items() if "environment" in made
    }
    assert found == {
        ("preview-live.yml", "preview"): "${{ matrix.stack }}-preview",
        ("up.yml", "review"): "${{ matrix.stack }}-read",
        ("up.yml", "up"): "${{ matrix.stack }}",
        ("drift.yml", "drift"): "${{ matrix.stack }}-read",
    }


def test_one_stack_at_a_time_is_applied_and_after_its_review() -> None:
    up = jobs("up.yml")["up"]
    assert up["strategy"]["max-parallel"] == 1
    assert "review" in up["needs"]
    assert workflow("up.yml")["concurrency"] == {"group": "up", "cancel-in-progress": False}
    assert set(workflow("up.yml")["on"]) == {"push", "workflow_dispatch"}
    assert workflow("up.yml")["on"]["push"] == {"branches": ["main"]}


def test_a_live_preview_needs_its_label_anew_for_each_push() -> None:
    assert workflow("preview-live.yml")["on"] == {"pull_request": {"types": ["labeled"]}}


def test_comments_are_found_by_the_line_that_reviews_begin_with() -> None:
    for stack in ("local", "a--b", "Ünïted.1"):
        assert marker(stack) == markdown.marker(stack)


def test_the_page_names_every_workflow() -> None:
    page = (ROOT / "docs" / "pull-requests.md").read_text()
    assert [name for name in FILES if name not in page] == []


def test_gitlab_runs_the_same_commands() -> None:
    text = Path(ROOT / "docs" / "ci" / "gitlab-ci.yml").read_text()
    document = yaml.safe_load(text)
    for command in ("stacks --base", "rehearsal diff", "comment --stacks", "live-review", "live-up", "live-drift"):
        assert command in text
    assert document["workflow"]["rules"]


def _zizmor(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-progress", "--persona=auditor"]
    return subprocess.run([*command, str(directory)], capture_output=True, text=True, check=False)


def test_the_strictest_auditor_finds_nothing(tmp_path: Path) -> None:
    """Offline: what it would ask the forge, such as whether a commit is of the repository it names, is left out."""
    done = _zizmor(ROOT / ".github")
    assert done.returncode == 0, done.stdout + done.stderr
    target = tmp_path / ".github" / "workflows" / "preview.yml"
    target.parent.mkdir(parents=True)
    good = (ROOT / ".github" / "workflows" / target.name).read_text()
    target.write_text(good.replace("persist-credentials: false", "persist-credentials: true"))
    assert target.read_text() != good
    assert "artipacked" in _zizmor(tmp_path / ".github").stdout
