"""Revisions of the project: which commit a name stands for, and the files of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rehearsal.errors import RehearsalError, UsageError

_UNSET = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What a git hook sets for the git it runs under."""


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A commit of the repository that a project is in."""

    project: Path
    """Directory of Pulumi.yaml in the working tree."""
    commit: str
    """Full hash."""
    inside: str
    """Path of the project in the repository; empty at its top."""

    @property
    def short(self) -> str:
        """The hash as people write it."""
        return self.commit[:12]

    def ahead(self) -> int:
        """Return the number of its commits that the working tree's revision does not have."""
        return int(_git(self.project, "rev-list", "--count", f"HEAD..{self.commit}"))

    def write(self, target: Path) -> None:
        """Write its files into `target`, which is made anew.

        Hooks do not run and the repository is left as it is: neither branches nor its list of worktrees change.

        Raises:
            RehearsalError: git could not write a file.

        """
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            # From the top: in a directory below it git would write that directory alone.
            top = Path(_git(self.project, "rev-parse", "--show-toplevel"))
            _git(top, "read-tree", self.commit, **index)
            _git(top, "checkout-index", "--all", "--force", f"--prefix={target.absolute()}/", **index)


def resolve(project: Path, name: str) -> Revision:
    """Return the commit that `name` (a branch, a tag, a hash, `HEAD^1` ...) stands for.

    Raises:
        UsageError: the project is in no git repository, or there is no such revision.

    """
    try:
        _git(project, "rev-parse", "--git-dir")
    except RehearsalError as error:
        raise UsageError(
            f"{project} is in no git repository, so it has no revisions to compare with: {error}"
        ) from error
    try:
        commit = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except RehearsalError:
        hint = "a shallow clone has the newest commits only: fetch it first" if _shallow(project) else "fetch it first"
        raise UsageError(f"--base: there is no revision {name!r} here; {hint}, or name another one") from None
    return Revision(project=project, commit=commit, inside=_git(project, "rev-parse", "--show-prefix"))


def _shallow(project: Path) -> bool:
    return _git(project, "rev-parse", "--is-shallow-repository") == "true"


def _git(directory: Path, *arguments: str, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in _UNSET}
    try:
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607 (the user's own git)
            cwd=directory,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise RehearsalError("git is not installed") from error
    if done.returncode:
        raise RehearsalError(f"`git {arguments[0]}` failed: {done.stderr.strip() or f'exit code {done.returncode}'}")
    return done.stdout.strip()
