"""Compares the working tree with a revision: rehearses the revision, previews the tree on top, has that reviewed."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rehearsal.commands import FAILED, Commands
from rehearsal.errors import RehearsalError, UsageError
from rehearsal.exported import grafted, read_export
from rehearsal.places import BASES, Places, bases, project_root
from rehearsal.revision import Revision, resolve
from rehearsal.stackfile import StackFile, read_project, read_stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.engine import Rehearsal, Result, Sources
    from rehearsal.exported import State

KEPT: Final = 4
"""How many base rehearsals are kept for the next comparison."""
PREVIEW, STATE, EVENTS, BASE_CONFIG = "preview.json", "state.json", "events.json", "base.yaml"
"""Names of what a review reads."""
LIMITS: Final = (
    "drift: both sides are rehearsed, so what somebody changed by hand in the real environment is unknown",
    "what providers, operators and webhooks compute: the stand-ins answer for them",
    "real data, and how much of it there is",
    "what a real chart renders, unless real charts are given",
    "differences between the Python packages of both revisions: both run on those of the working tree",
)
"""What a comparison cannot see."""
STATE_LIMITS: Final = (
    "drift since the state was exported",
    "secrets of the state: in their place stand those of the base's rehearsal",
    "real data, and how much of it there is",
    "what a real chart renders, unless those that the state was made with are given: all their objects show as changed",
)
"""The same of a comparison that starts from an exported state."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be made of a comparison."""

    arguments: Sequence[str] = ()
    """Further arguments of the review: format, output, limit."""
    keep: Path | None = None
    """Directory for what the review reads: the preview, the state it started from, and the stack file before it."""
    state: Path | None = None
    """Exported state to start from, in place of the one that the base's rehearsal left."""


@dataclass(frozen=True, kw_only=True)
class Comparison(Commands):
    """The command that compares; the others are there because both sides are rehearsals like any other."""

    def diff(self, stack: str, base: str, sources: Sources, wanted: Wanted) -> int:
        """Review what the working tree changes on `base`; returns the exit code of the review.

        Raises:
            RehearsalError: there is nothing to compare, or it cannot be rehearsed.

        """
        try:
            self._refuse_early(stack, sources)
            revision = resolve(self.project, base)
            exported = read_export(wanted.state, stack) if wanted.state else None
        except UsageError as error:  # whose exit code would read as that of a blocked change
            raise RehearsalError(str(error)) from error
        self._tell(stack, base, revision, STATE_LIMITS if exported else LIMITS)
        home = self.home / BASES / self._key(revision, stack, sources)
        failed = self._rehearse_base(stack, revision, sources, home)
        if failed:
            return self._failed(failed, f"The base revision {base} cannot be rehearsed, so nothing can be compared.")
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
            directory = wanted.keep or Path(scratch)
            directory.mkdir(parents=True, exist_ok=True)
            result = self._preview_on(home, stack, sources, directory, exported)
            if not result.ok:
                code = self._failed(result, "The base revision could be rehearsed; the working tree cannot.")
                if result.interrupted or not _tells_of_changes(result.output):
                    return code
                # Such as one that would delete what is protected: what it came to is reviewed, and never passes.
            return self._review(stack, directory, wanted.arguments)

    def _tell(self, stack: str, base: str, revision: Revision, limits: Sequence[str]) -> None:
        name = base if revision.commit.startswith(base) else f"{base} ({revision.short})"
        self._say(f"Reviewing what the working tree changes on {name} in the stack {stack}, without any credential.")
        if behind := revision.ahead():
            self._say(
                f"Note: {base} has {behind} commits that this branch has not: they show as undone. "
                f"To leave them out: --base $(git merge-base {base} HEAD)"
            )
        self._say("Not seen: " + "; ".join(limits) + ".")

    def _key(self, revision: Revision, stack: str, sources: Sources) -> str:
        """Identify a base rehearsal by all that it comes from: commit, stack, tools, this package, Python packages."""
        tools = self._rehearsal("diff", stack, sources).tools
        digest = hashlib.sha256(repr((revision.commit, revision.inside, stack, tools, sources)).encode())
        package = Path(__file__).parent
        files = [*package.rglob("*.py"), *package.glob("kwok/*.yaml"), self.project / "requirements.txt"]
        for directory in (sources.charts, sources.plugins):
            files += [*directory.rglob("*")] if directory else []
        for file in sorted(file for file in files if file.is_file()):
            digest.update(f"{file.name}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return f"{revision.short}-{digest.hexdigest()[:12]}"

    def _rehearse_base(self, stack: str, revision: Revision, sources: Sources, home: Path) -> Result | None:
        """Make the stack stand as the revision has it, unless it stands; returns the result that is a failure."""
        done = _done(home)
        if home.exists() and not done.exists():
            self._discard_base("diff", home)  # of a run that was cut short nobody knows what it made
        tree = home / ".tree"
        rehearsal = replace(self, project=tree / revision.inside, home=home)._rehearsal("diff", stack, sources)
        rehearsal.checkpoints = False
        with rehearsal.holding():
            if done.exists():
                done.touch()
                home.touch()
                self._say("The base revision has been rehearsed before: starting from there.")
                return None
            self._evict(home)
            revision.write(tree)
            text = _stack_text(rehearsal.project, stack)
            if text is None:
                self._say(f"The base revision has no stack {stack}: everything is new.")
            elif not (result := self._stand(rehearsal)).ok:
                return result
            done.write_text(text or "")
            shutil.rmtree(tree)
        return None

    def _stand(self, rehearsal: Rehearsal) -> Result:
        rehearsal.prepare()
        plane = self._start_plane(rehearsal)
        try:
            result = self._watched(rehearsal, "up")
        except BaseException:
            plane.stop()
            raise
        if not result.ok:
            plane.stop()
        return result

    def _preview_on(self, home: Path, stack: str, sources: Sources, directory: Path, exported: State | None) -> Result:
        """Preview the working tree on what stands, and write what the review reads; nothing that stands changes."""
        rehearsal = replace(self, home=home)._rehearsal("diff", stack, sources)
        base = read_stack(read_project(self.project), stack, copy=_done(home))
        rehearsal.changed_secrets = changed_secrets(base, rehearsal.stack_file())
        rehearsal.record = directory / EVENTS
        with rehearsal.holding(), tempfile.TemporaryDirectory(dir=home, prefix=".state-") as beside:
            try:
                rehearsal.prepare()
                self._start_plane(rehearsal)
                if exported:
                    rehearsal = _on_export(rehearsal, exported, Path(beside))
                result = self._watched(rehearsal, "preview", "--json", "--show-sames")
                if not result.interrupted:
                    (directory / PREVIEW).write_text(result.output)
                    (directory / STATE).write_text(json.dumps(rehearsal.export()))
                    shutil.copy(_done(home), directory / BASE_CONFIG)
            finally:
                self._plane(Places(home=home, stack=stack)).stop()
        return result

    def _review(self, stack: str, directory: Path, arguments: Sequence[str]) -> int:
        command = [sys.executable, "-m", "review", str(directory / PREVIEW), "--stack", stack]
        command += ["--state", str(directory / STATE), "--events", str(directory / EVENTS)]
        command += ["--base-config", str(directory / BASE_CONFIG)]
        approvals = read_project(self.project).stacks / "approvals" / f"{stack}.yaml"
        if approvals.exists():
            command += ["--approvals", str(approvals)]
        self.out.file.flush()
        code = subprocess.run([*command, *arguments], cwd=project_root(), check=False).returncode
        return code if code in {0, 2} else FAILED

    def _evict(self, home: Path) -> None:
        """Remove the base rehearsals that were not used for longest; one that a command works on stays."""
        for old in [other for other in bases(self.home) if other != home][KEPT - 1 :]:
            with suppress(RehearsalError):
                self._discard_base("diff", old)


def changed_secrets(base: StackFile, head: StackFile) -> frozenset[str]:
    """Return where the secrets are that were set anew; none when everything was encrypted anew."""
    if base.encryption != head.encryption:
        return frozenset()
    before = base.ciphertexts
    return frozenset(label for label, text in head.ciphertexts.items() if before.get(label, text) != text)


def _on_export(rehearsal: Rehearsal, exported: State, home: Path) -> Rehearsal:
    """Return a rehearsal on the same API server whose state is the exported one."""
    other = replace(rehearsal, home=home)
    other.prepare()
    salt = other.stack_file_copy().encryption["encryptionsalt"]
    other.load(grafted(exported, rehearsal.export("--show-secrets"), salt=salt))
    return other


def _tells_of_changes(printed: str) -> bool:
    """Whether a preview that failed came to a change of what stands."""
    try:
        steps: list[dict[str, object]] = json.loads(printed).get("steps") or []
    except (ValueError, AttributeError):
        return False
    return any(step.get("op") not in {"same", "create", "read"} for step in steps)


def _done(home: Path) -> Path:
    """The stack file of the base revision, written once its rehearsal stands; empty when it has no such stack."""
    return home / "base.yaml"


def _stack_text(project: Path, stack: str) -> str | None:
    if not (project / "Pulumi.yaml").is_file():
        return None
    found = read_project(project)
    return read_stack(found, stack).text if stack in found.stack_names() else None
