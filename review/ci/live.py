"""The engine on a real environment, as the workflows run it: review, apply what was reviewed, look for drift."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from review.ci.fingerprint import PreviewError, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSED, BLOCKED = 0, 2
LIMIT = 60_000
"""Bytes of Markdown, which leave a comment room for what is said below a review."""
FORMATS = {"markdown": "md", "json": "json", "sarif": "sarif", "html": "html"}
DRIFT, NONE = "drift", "none"


class LiveError(Exception):
    """The engine did not do what it was asked to."""


@dataclass(frozen=True, kw_only=True)
class Live:
    """A stack, and where reports about it go."""

    stack: str
    out: Path
    """Directory of the reports; nothing in it holds a secret."""

    def review(self, base: str | None = None) -> int:
        """Preview and review; returns the exit code of the review.

        Args:
            base: git revision whose stack file the exemptions are compared with.

        Raises:
            LiveError: there is no preview.

        """
        with tempfile.TemporaryDirectory(prefix="live-") as scratch:
            preview = self._preview(Path(scratch))
            code = self._reports(Path(scratch), base)
            with suppress(PreviewError):  # a preview that failed is reviewed, and never applied
                self._file("digest").write_text(f"{fingerprint(preview)}\n")
        return code

    def up(self, expected: str) -> int:
        """Apply what was reviewed: only if a new preview would do the same, and nothing beyond its plan.

        Args:
            expected: digest of the preview that was reviewed.

        Raises:
            LiveError: it would do something else, or the engine failed.

        """
        with tempfile.TemporaryDirectory(prefix="live-") as scratch:
            plan = str(Path(scratch) / "plan.json")
            if self._sound(self._preview(Path(scratch), "--save-plan", plan)) != expected.strip():
                raise LiveError(
                    "what would be applied now is not what was reviewed: the environment or the program has changed "
                    "since. Nothing was applied. Run the workflow again and read its new review"
                )
            sys.stdout.write("What would be applied is what was reviewed.\n")
            sys.stdout.flush()
            arguments = ["up", "--yes", "--skip-preview", "--plan", plan, "--stack", self.stack, "--non-interactive"]
            return subprocess.run(_engine(arguments), env=_environment(), check=False).returncode

    def drift(self) -> int:
        """Report what differs between the environment and its program; `review.state` says whether anything does.

        Raises:
            LiveError: the engine could not tell.

        """
        with tempfile.TemporaryDirectory(prefix="live-") as scratch:
            preview = self._preview(Path(scratch), "--refresh", "--expect-no-changes")
            self._sound(preview)
            changes = cast("dict[str, int]", preview.get("changeSummary") or {})
            drifted = any(number for operation, number in changes.items() if operation not in {"same", "read"})
            if drifted:
                self._reports(Path(scratch), None)
            self._file("state").write_text(f"{DRIFT if drifted else NONE}\n")
        sys.stdout.write(f"{self.stack}: {'drift' if drifted else 'no drift'}\n")
        return PASSED

    def _preview(self, directory: Path, *arguments: str) -> dict[str, Any]:
        """Return what the engine printed; LiveError if that is no preview."""
        chosen = ["--stack", self.stack, "--non-interactive"]
        state = subprocess.run(
            _engine(["stack", "export", *chosen]), env=_environment(), stdout=subprocess.PIPE, check=False
        )
        if state.returncode:
            raise LiveError(f"the state of {self.stack} could not be read")
        (directory / "state.json").write_bytes(state.stdout)
        events = ["--event-log", str(directory / "events.json")]
        command = _engine(["preview", "--json", "--show-sames", *events, *arguments, *chosen])
        done = subprocess.run(command, env=_environment(), stdout=subprocess.PIPE, text=True, check=False)
        (directory / "preview.json").write_text(done.stdout)
        try:
            document = cast(object, json.loads(done.stdout))
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise LiveError(f"the engine printed no preview of {self.stack}: what it said is above")
        return cast("dict[str, Any]", document)

    def _sound(self, preview: Mapping[str, Any]) -> str:
        """Return the digest of a preview; LiveError if it failed."""
        try:
            return fingerprint(preview)
        except PreviewError as error:
            said: list[dict[str, str]] = preview.get("diagnostics") or []
            messages = [entry.get("message", "").strip() for entry in said if entry.get("severity") == "error"]
            raise LiveError("\n".join([f"the preview of {self.stack} cannot be used: {error}", *messages])) from error

    def _reports(self, directory: Path, base: str | None) -> int:
        """Render the review in every format, show it in the summary of the job, and return its exit code."""
        self.out.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "review", str(directory / "preview.json"), "--stack", self.stack]
        command += ["--state", str(directory / "state.json")]
        if (directory / "events.json").exists():
            command += ["--events", str(directory / "events.json")]
        if text := _stack_file(base, self.stack) if base else None:
            (directory / "base.yaml").write_text(text)
            command += ["--base-config", str(directory / "base.yaml")]
        code = PASSED
        for name, suffix in FORMATS.items():
            limit = ["--limit", str(LIMIT)] if name == "markdown" else []
            arguments = ["--format", name, "--output", str(self._file(suffix)), *limit]
            code = subprocess.run([*command, *arguments], check=False).returncode
            if code not in {PASSED, BLOCKED}:
                raise LiveError(f"the preview of {self.stack} could not be reviewed")
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            with Path(summary).open("a") as file:
                file.write(self._file("md").read_text())
        return code

    def _file(self, suffix: str) -> Path:
        self.out.mkdir(parents=True, exist_ok=True)
        return self.out / f"review.{suffix}"


def _engine(arguments: list[str]) -> list[str]:
    return ["pulumi", *arguments]


def _environment() -> dict[str, str]:
    """Return the environment of the engine: that of the job, with the kubeconfig that the job was given."""
    kubeconfig = Path(os.environ.get("RUNNER_TEMP", "/nonexistent")) / "kubeconfig"
    given = {"KUBECONFIG": str(kubeconfig)} if kubeconfig.is_file() else {}
    # The plan of an update and the event log are behind these two.
    return {**os.environ, **given, "PULUMI_EXPERIMENTAL": "true", "PULUMI_DEBUG_COMMANDS": "true"}


def _stack_file(revision: str, stack: str) -> str | None:
    command = ["git", "show", f"{revision}:stacks/Pulumi.{stack}.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None
