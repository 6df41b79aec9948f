"""Registries that are directories, and programs that read and write them as skopeo, crane and helm would."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = """#!/usr/bin/env bash
set -euo pipefail
echo "$(basename "$0") $*" >>"$FAKE/log"
kept() { printf '%s/registry/%s' "$FAKE" "${1//[\\/:@]/_}"; }
"""

_PROGRAMS = {
    "skopeo": """
file() { case $1 in docker://*) kept "${1#docker://}" ;; dir:*) printf '%s/manifest' "${1#dir:}" ;; *) exit 9 ;; esac; }
case $1 in
  inspect) [ "$2" = --raw ]; cat "$(file "$3")" ;;
  manifest-digest) printf 'sha256:%s\\n' "$(sha256sum <"$2" | cut -d ' ' -f 1)" ;;
  copy)
    [ "$2 $3" = "--all --preserve-digests" ]
    mkdir -p "$(dirname "$(file "$5")")"
    cp "$(file "$4")" "$(file "$5")"
    ;;
  *) exit 9 ;;
esac
""",
    "crane": """
case $1 in
  digest)
    [ -f "$(kept "$2")" ]
    printf 'sha256:%s\\n' "$(sha256sum <"$(kept "$2")" | cut -d ' ' -f 1)"
    ;;
  copy) cp "$(kept "$2")" "$(kept "$3")" ;;
  pull) [ "$2" = --format=oci ]; mkdir -p "$4"; cp "$(kept "$3")" "$4/manifest" ;;
  push) cp "$2/manifest" "$(kept "$3")" ;;
  *) exit 9 ;;
esac
""",
    "helm": """
case "$1 $2" in
  pull\\ *)
    name=$2; version=; to=
    while [ $# -gt 0 ]; do case $1 in --version) version=$2 ;; --destination) to=$2 ;; esac; shift; done
    printf 'archive of %s' "${name##*/}" >"$to/${name##*/}-$version.tgz"
    ;;
  "show chart") [ -f "$(kept "$3-$5")" ] ;;
  push\\ *) file=$(basename "$2" .tgz); cp "$2" "$(kept "$3/$file")" ;;
  *) exit 9 ;;
esac
""",
}


def digest(content: str) -> str:
    """Return the digest of a manifest."""
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


@dataclass(frozen=True)
class Registry:
    """A directory with programs, what they hold and what they were told."""

    root: Path

    def make(self, *programs: str) -> None:
        """Put programs there, beside the few of the system that a script needs."""
        (self.root / "bin").mkdir(parents=True, exist_ok=True)
        (self.root / "registry").mkdir(exist_ok=True)
        for name in programs:
            path = self.root / "bin" / name
            path.write_text(_HEAD + _PROGRAMS[name], encoding="utf-8")
            path.chmod(0o755)
        for name in (
            "bash",
            "basename",
            "cat",
            "cp",
            "cut",
            "dirname",
            "env",
            "grep",
            "mkdir",
            "mktemp",
            "rm",
            "sha256sum",
        ):
            link = self.root / "bin" / name
            if not link.exists():
                link.symlink_to(str(shutil.which(name)))

    def path(self, reference: str) -> Path:
        """Return the file that holds an image, or a chart as `oci://<registry>/<name>-<version>`."""
        return self.root / "registry" / re.sub(r"[/:@]", "_", reference)

    def put(self, reference: str, content: str) -> None:
        """Publish an image under its tag and its digest."""
        self.path(reference).write_text(content, encoding="utf-8")
        repository = reference.rpartition(":")[0]
        self.path(f"{repository}@{digest(content)}").write_text(content, encoding="utf-8")

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script in the directory, with nothing but these programs."""
        file = self.root / "script.sh"
        file.write_text(script, encoding="utf-8")
        return subprocess.run(
            [str(self.root / "bin" / "bash"), str(file), *arguments],
            cwd=self.root,
            env={"PATH": str(self.root / "bin"), "FAKE": str(self.root), "TMPDIR": os.environ.get("TMPDIR", "/tmp")},  # noqa: S108
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def calls(self, start: str) -> list[str]:
        """Return the calls so far that begin like this."""
        log = self.root / "log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [line for line in lines if line.startswith(start)]

    def forget(self) -> None:
        """Begin a new log of calls."""
        (self.root / "log").unlink(missing_ok=True)
