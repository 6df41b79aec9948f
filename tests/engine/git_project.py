"""A project under git, and `rehearsal diff` on it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

MAIN = "from pathlib import Path; from rehearsal import cli; cli.project_root = lambda: Path({project!r}); cli.main()"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project under git, and the command line on it."""

    root: Path
    stack: str

    def write(self, path: str, text: str) -> None:
        """Write a file of the working tree."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def git(self, *arguments: str) -> str:
        """Run git in the project."""
        who = ["-c", "user.name=Acme", "-c", "user.email=acme@acme.example"]
        return subprocess.run(
            ["git", *who, *arguments],  # noqa: S607 (the machine's own git)
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def commit(self) -> None:
        """Make the working tree a revision."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "As it is")

    def restore(self) -> None:
        """Make the working tree what was committed last."""
        self.git("checkout", "--quiet", "--force", ".")
        self.git("clean", "--quiet", "--force", "-d", "--exclude", self.home.name)

    def diff(self, *arguments: str, stack: str = "") -> subprocess.CompletedProcess[str]:
        """Compare the working tree with HEAD, or with the base that the arguments name."""
        base = [] if "--base" in arguments else ["--base", "HEAD"]
        return subprocess.run(
            [sys.executable, "-c", MAIN.format(project=str(self.root)), "diff", stack or self.stack, *base, *arguments],
            env={**os.environ, "REHEARSAL_HOME": str(self.home), "KUBECONFIG": "/users/own", "AWS_PROFILE": "own"},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def home(self) -> Path:
        """Where the rehearsals are."""
        return self.root / "rehearsals"

    def processes(self) -> list[str]:
        """Return the command lines of what runs with a directory of the rehearsals in its environment or arguments."""
        listing = subprocess.run(
            ["/bin/ps", "-A", "-wwe", "-o", "args="], capture_output=True, text=True, check=True
        ).stdout
        return [line for line in listing.splitlines() if str(self.home) in line]


@contextmanager
def under_git(root: Path, stack: str) -> Generator[Project]:
    """Make what is in `root` the first revision of a project, until the block ends."""
    made = Project(root=root, stack=stack)
    made.write(".gitignore", "rehearsals/\n__pycache__/\n")
    made.git("init", "--quiet")
    made.commit()
    try:
        yield made
    finally:
        command = [sys.executable, "-c", MAIN.format(project=str(root)), "clean"]
        subprocess.run(command, env={**os.environ, "REHEARSAL_HOME": str(made.home)}, check=True)
        assert not made.processes()
        assert not made.home.exists()
