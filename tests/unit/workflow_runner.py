"""Runs the `run` steps of a workflow's job as the forge would: expressions, environment, outputs, summary."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")


def workflow(name: str) -> dict[str, Any]:
    """Read a workflow; `on`, which YAML takes for a truth value, is a key like any other."""
    loaded = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())
    return {"on" if key is True else key: value for key, value in loaded.items()}


@dataclass(kw_only=True)
class Job:
    """One job of a workflow, in a directory that stands for the runner's workspace."""

    file: str
    name: str
    workspace: Path
    contexts: dict[str, Any]
    """What expressions refer to: `github`, `matrix`, `needs`, `vars`, `secrets`."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    summary: str = ""
    log: str = ""

    def run(self) -> bool:
        """Run the steps until one fails, and those that always run; whether all went well."""
        job = workflow(self.file)["jobs"][self.name]
        well = True
        for step in job["steps"]:
            always = "!cancelled()" in str(step.get("if", ""))
            if "run" not in step or not (well or always):
                continue
            env = {**job.get("env", {}), **step.get("env", {})}
            well = self._step(step, {key: self.value(str(text)) for key, text in env.items()}) and well
        return well

    def value(self, text: str) -> str:
        """Return a text with its expressions replaced."""
        return EXPRESSION.sub(lambda match: str(self._look_up(match[1])), text)

    def _look_up(self, expression: str) -> Any:
        name, _, default = expression.partition(" || ")
        found: Any = self.contexts
        for part in name.split("."):
            found = cast("dict[str, Any]", found).get(part, "") if isinstance(found, dict) else ""
        return found or default.strip("'")

    def _step(self, step: Mapping[str, Any], env: Mapping[str, str]) -> bool:
        assert not EXPRESSION.search(step["run"]), "an expression in a script is an injection"
        files = {name: self.workspace / f".{name.lower()}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("")
        event = self.workspace / ".event.json"
        event.write_text(json.dumps(self.contexts.get("github", {}).get("event", {})))
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],  # noqa: S607 (as on a runner)
            cwd=self.workspace,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.workspace),
                "GITHUB_EVENT_PATH": str(event),
                **{name: str(path) for name, path in files.items()},
                **self.environment,
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.log += done.stdout + done.stderr
        for line in files["GITHUB_OUTPUT"].read_text().splitlines():
            name, _, text = line.partition("=")
            self.outputs[name] = text
            if "id" in step:
                steps = self.contexts.setdefault("steps", {})
                steps.setdefault(step["id"], {"outputs": {}})["outputs"][name] = text
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        return done.returncode == 0
