"""The command: what it reads, what it writes, and how it ends."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from review_previews import document, kube, state, step

from review.cli import FORMATS, main

if TYPE_CHECKING:
    from pathlib import Path

CLAIM = kube("core/v1:PersistentVolumeClaim", "data")
PASSED, FAILED, BLOCKED = 0, 1, 2


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory, the working one, with a change that blocks, one that does not, and a state."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grave.json").write_text(document([step("delete", CLAIM)]))
    (tmp_path / "calm.json").write_text(document([]))
    (tmp_path / "state.json").write_text(state([CLAIM]))
    return tmp_path


def approve(directory: Path) -> Path:
    file = directory / "stacks/approvals/prod.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(
        f"- {{urn: '{CLAIM['urn']}', class: data-loss, reason: not needed any more, expires: 2999-01-01}}\n"
    )
    return file


def test_the_exit_code_tells_whether_it_is_blocked(files: Path) -> None:
    assert main([str(files / "calm.json")]) == PASSED
    assert main([str(files / "grave.json"), "--state", str(files / "state.json")]) == BLOCKED


def test_approvals_of_the_stack_are_found_where_they_belong(files: Path) -> None:
    file = approve(files)
    assert main([str(files / "grave.json")]) == PASSED
    assert main([str(files / "calm.json")]) == BLOCKED  # nothing needs the approval any more
    file.rename(files / "elsewhere.yaml")
    assert main([str(files / "grave.json")]) == BLOCKED
    assert main([str(files / "grave.json"), "--approvals", str(files / "elsewhere.yaml")]) == PASSED


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_to_a_file_or_to_standard_output(
    files: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    assert main([str(files / "grave.json"), "--format", form]) == BLOCKED
    shown = capsys.readouterr().out
    assert main([str(files / "grave.json"), "--format", form, "--output", str(files / "out")]) == BLOCKED
    assert "PersistentVolumeClaim data/data" in (files / "out").read_text()
    assert capsys.readouterr().out == ""
    assert "PersistentVolumeClaim data/data" in shown


def test_standard_input_is_read(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO((files / "grave.json").read_text()))
    assert main(["-"]) == BLOCKED


def test_new_exemptions_are_found_against_the_stack_file_before(files: Path) -> None:
    entry = {"control": "default-deny", "resource": "fraud", "reason": "old", "expires": "2027-03-31"}
    (files / "now.json").write_text(document([], config={"p:platform": json.dumps({"exemptions": [entry]})}))
    before = files / "Pulumi.prod.yaml"
    before.write_text("config: {p:platform: {exemptions: []}, p:key: {secure: v1:x}}")
    assert main([str(files / "now.json"), "--base-config", str(before)]) == BLOCKED
    before.write_text(f"config: {{p:platform: {json.dumps({'exemptions': [entry]})}}}")
    assert main([str(files / "now.json"), "--base-config", str(before)]) == PASSED


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.json"], "none.json: No such file"),
        (["state.json"], "give it with --state"),
        (["calm.json", "--state", "calm.json"], "no `deployment`"),
        (["calm.json", "--stack", "test"], "prod, test"),
        (["calm.json", "--format", "pdf"], "allowed: terminal, markdown, json, sarif, html"),
        (["calm.json", "--output", "none/out"], "none/out: No such file"),
        (["calm.json", "--approvals", "none.yaml"], "none.yaml"),
        (["calm.json", "--base-config", "none.yaml"], "none.yaml"),
        (["calm.json", "--nonsense"], "--nonsense"),
    ],
)
@pytest.mark.usefixtures("files")
def test_what_cannot_be_reviewed_ends_with_one(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == FAILED
    errors = capsys.readouterr().err
    assert said in errors
    assert "Traceback" not in errors


PULUMI = """#!/bin/sh
case "$*" in
  "stack export --stack prod --non-interactive") cat state.json ;;
  "preview --json --show-sames --event-log "*" --stack prod --non-interactive") cat grave.json ;;
  *) echo "unexpected: $*" >&2; exit 3 ;;
esac
"""


def test_without_a_file_the_preview_is_run_here(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = files / "bin/pulumi"
    program.parent.mkdir()
    program.write_text(PULUMI)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    assert main(["--stack", "prod"]) == BLOCKED
    assert main(["--stack", "test"]) == FAILED
    monkeypatch.setenv("PATH", "/nonexistent")
    assert main(["--stack", "prod"]) == FAILED
