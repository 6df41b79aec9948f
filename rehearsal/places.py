"""Where a rehearsal keeps what it makes: one directory per stack, removed as a whole."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import cast

REMOVED = ".removed-"
"""How the name of a directory begins whose removal has begun."""

BASES = ".bases"
"""Name of the directory of the rehearsals that working trees are compared with."""


def project_root() -> Path:
    """Return the directory of Pulumi.yaml, found from where this package lies."""
    return Path(__file__).resolve().parent.parent


def rehearsal_home(project: Path) -> Path:
    """Return the directory of all rehearsals: `REHEARSAL_HOME`, else `.rehearsal` in the project."""
    chosen = os.environ.get("REHEARSAL_HOME")
    return Path(chosen).absolute() if chosen else project / ".rehearsal"


def standing(home: Path) -> list[str]:
    """Return the names of the stacks that have a directory in `home`, sorted."""
    if not home.is_dir():
        return []
    return sorted(entry.name for entry in home.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def bases(home: Path) -> list[Path]:
    """Return the homes of the rehearsals that working trees are compared with, the one used last first."""
    return sorted((home / BASES).glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)


@dataclass(frozen=True, kw_only=True)
class Places:
    """The paths of one stack's rehearsal."""

    home: Path
    """Directory of all rehearsals."""
    stack: str

    @property
    def root(self) -> Path:
        """Everything of this rehearsal."""
        return self.home / self.stack

    @property
    def lock(self) -> Path:
        """Held by the command that works on the rehearsal."""
        return self.root / "lock"

    @property
    def stack_file(self) -> Path:
        """Copy of the stack file that the engine reads."""
        return self.root / f"Pulumi.{self.stack}.yaml"

    @property
    def placeholders(self) -> Path:
        """A Pulumi project whose only use is to encrypt placeholders."""
        return self.root / "placeholders"

    @property
    def passphrase(self) -> Path:
        """Random passphrase of this rehearsal's state."""
        return self.root / "passphrase"

    @property
    def backend(self) -> Path:
        """State of the engine."""
        return self.root / "state"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME of the engine."""
        return self.root / "pulumi"

    @property
    def user_home(self) -> Path:
        """HOME of the engine, so that nothing of the user's is read or written."""
        return self.root / "home"

    @property
    def charts(self) -> Path:
        """One entry per chart: a stand-in, or what REHEARSAL_CHARTS gives."""
        return self.root / "charts"

    @property
    def control_plane(self) -> Path:
        """Data, keys, logs and kubeconfig of the Kubernetes API server."""
        return self.root / "control-plane"

    @property
    def logs(self) -> Path:
        """Output of the last run of each engine operation."""
        return self.root / "logs"

    def resources(self) -> int:
        """Return the number of resources in the state; 0 when there is no state that can be read."""
        for path in self.backend.glob(f".pulumi/stacks/*/{self.stack}.json"):
            try:
                latest = cast("dict[str, list[object]]", json.loads(path.read_text())["checkpoint"]["latest"] or {})
            except (OSError, ValueError, KeyError, TypeError):
                continue
            return len(latest.get("resources", [])) + len(latest.get("pending_operations", []))
        return 0

    def remove(self) -> None:
        """Remove everything of the rehearsal: at once, so that a removal cut short leaves no half of one."""
        gone = self.home / f"{REMOVED}{self.stack}"
        shutil.rmtree(gone, ignore_errors=True)
        self.root.rename(gone)
        shutil.rmtree(gone)

    def make(self) -> None:
        """Create the directories, readable by the user alone."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in (self.backend, self.pulumi_home, self.user_home, self.logs, self.placeholders):
            directory.mkdir(mode=0o700, exist_ok=True)
