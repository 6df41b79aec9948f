"""Ciphertexts of the placeholders that stand in for a stack's secrets, made by the CLI and kept for the next run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Placeholders:
    """A Pulumi project of its own, whose stack file is the CLI's to write: one configuration value per secret."""

    directory: Path
    project: str
    """Name of the real project: both share the stack and its passphrase."""
    stack: str

    def encrypt(self, labels: Sequence[str], cli: Callable[..., object]) -> tuple[str, dict[str, str]]:
        """Return the `encryptionsalt` and, for each label, its encrypted placeholder; `cli` runs what is not there yet.

        Args:
            labels: where the secrets are in the stack file.
            cli: runs the Pulumi CLI with the arguments given, in `directory`.

        """
        (self.directory / "Pulumi.yaml").write_text(yaml.safe_dump({"name": self.project, "runtime": "python"}))
        if not self._written().get("encryptionsalt"):
            cli("stack", "select", "--create", "--stack", self.stack)
        known = self._ciphertexts()
        missing = [label for label in labels if self._key(label) not in known]
        if missing:
            pairs = [f"--secret={self._key(label)}={placeholder(label)}" for label in missing]
            cli("config", "set-all", "--stack", self.stack, *pairs)
            known = self._ciphertexts()
        return str(self._written().get("encryptionsalt", "")), {label: known[self._key(label)] for label in labels}

    def _key(self, label: str) -> str:
        """Return a configuration key that is safe on a command line, whatever the label holds."""
        return f"{self.project}:{hashlib.sha256(label.encode()).hexdigest()[:32]}"

    def _written(self) -> dict[str, object]:
        path = self.directory / f"Pulumi.{self.stack}.yaml"
        return cast("dict[str, object]", yaml.safe_load(path.read_text()) or {}) if path.exists() else {}

    def _ciphertexts(self) -> dict[str, str]:
        config = cast("dict[str, dict[str, str]]", self._written().get("config") or {})
        return {key: value["secure"] for key, value in config.items()}


def placeholder(label: str) -> str:
    """Return what stands in for the secret at `label`: the same each time, so that nothing changes from run to run."""
    return f"placeholder-for-{label.partition(':')[2] or label}"
