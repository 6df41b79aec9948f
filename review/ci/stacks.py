"""Which stacks a change touches, from the paths of the files that it changes."""

from __future__ import annotations

import re
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
"""What a stack may be called: what the engine takes, and safe in a shell and in a path."""
STACK_FILE = re.compile(r"stacks/Pulumi\.(?P<stack>.+)\.yaml")
APPROVALS = re.compile(r"stacks/approvals/(?P<stack>.+)\.yaml")
HARMLESS = frozenset({".ci", ".github", ".vscode", "bench", "docs", "review", "tests"})
"""Directories at the top from which no stack takes anything."""
HARMLESS_FILES = frozenset(
    {
        ".editorconfig",
        ".gitignore",
        ".pre-commit-config.yaml",
        "Makefile",
        "requirements-dev.in",
        "requirements-dev.txt",
        "stacks/platform.schema.json",
    }
)


class StacksError(Exception):
    """The stacks that a change touches cannot be told."""


def every(project: Path) -> list[str]:
    """Return the names of all stacks of the project, sorted.

    Raises:
        StacksError: one has a name that is not safe to hand on.

    """
    names = sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in project.glob("stacks/Pulumi.*.yaml"))
    if wrong := [name for name in names if not NAME.fullmatch(name)]:
        raise StacksError(
            f"stacks/Pulumi.{wrong[0]}.yaml: {wrong[0]!r} is no name of a stack: use letters, digits, -._"
        )
    return names


def touched(paths: Iterable[str], stacks: Sequence[str]) -> list[str]:
    """Return which of `stacks` the change of `paths` touches: all of them, unless a path is known to be of one or none.

    Args:
        paths: changed files, from the top of the repository, with `/`; also those that are gone.
        stacks: those that are there after the change.

    """
    found: set[str] = set()
    for path in paths:
        own = STACK_FILE.fullmatch(path) or APPROVALS.fullmatch(path)
        if own:
            found.add(own["stack"])
        elif not harmless(path):
            return list(stacks)
    return [stack for stack in stacks if stack in found]


def harmless(path: str) -> bool:
    """Whether no stack takes anything from the file."""
    parts = PurePosixPath(path).parts
    text_at_the_top = len(parts) == 1 and path.endswith(".md")
    return parts[0] in HARMLESS or path in HARMLESS_FILES or text_at_the_top


def changed_files(project: Path, base: str) -> list[str]:
    """Return the paths of the files that differ between a revision and HEAD, both names of a moved one.

    Raises:
        StacksError: git cannot tell.

    """
    command = ["git", "diff", "--name-only", "--no-renames", "-z", "--end-of-options", base, "HEAD", "--"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StacksError(f"git cannot tell what changed since {base}: {done.stderr.strip()}")
    return [path for path in done.stdout.split("\0") if path]
