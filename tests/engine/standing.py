"""A stack of this project that stands on a control plane of its own."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from rehearsal.controlplane import ControlPlane
from rehearsal.engine import Rehearsal
from rehearsal.environment import engine_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rehearsal.engine import Result
    from rehearsal.toolchain import Tools

ROOT = Path(__file__).resolve().parents[2]


class Standing:
    """A stack that stands on a control plane of its own; a run of it that is killed is forgotten."""

    def __init__(self, stack: str, home: Path, tools: Tools, *, project: Path = ROOT) -> None:
        self.rehearsal = Rehearsal(stack=stack, home=home, tools=tools, project=project, checkpoints=False)
        places = self.rehearsal.places
        places.make()
        self.plane = ControlPlane(places.control_plane, controlplane=tools.controlplane, kwok=tools.kwok)
        document = yaml.safe_load((project / "stacks" / f"Pulumi.{stack}.yaml").read_text())
        cluster = document["config"]["seldon-platform:platform"]["cluster"]
        classes = [cluster["storageClass"]] if "storageClass" in cluster else []
        self.rehearsal.kubeconfig = self.plane.start(contexts=[cluster["context"]], storage_classes=classes)
        self._kubectl = [str(tools.controlplane), "kubectl", f"--kubeconfig={self.rehearsal.kubeconfig}"]

    def kubectl(self, *arguments: str, document: Any = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run kubectl against the API server of the stack."""
        text = json.dumps(document) if document is not None else None
        return subprocess.run(
            [*self._kubectl, *arguments], input=text, capture_output=True, text=True, check=check, timeout=120
        )

    def pulumi(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the CLI on the stack, as a person would who does without the rehearsal's commands."""
        rehearsal = self.rehearsal
        return subprocess.run(
            [str(rehearsal.tools.pulumi), *arguments, "--stack", rehearsal.stack, "--non-interactive"],
            cwd=rehearsal.project,
            env=engine_environment(
                places=rehearsal.places, tools=rehearsal.tools, kubeconfig=rehearsal.kubeconfig, outer=os.environ
            ),
            capture_output=True,
            text=True,
            check=check,
            timeout=600,
        )

    def get(self, kind: str, *arguments: str) -> list[dict[str, Any]]:
        """Return the objects of a kind, in all namespaces."""
        reply = self.kubectl("get", kind, "--all-namespaces", "--output=json", *arguments)
        return cast("list[dict[str, Any]]", json.loads(reply.stdout)["items"])

    def get_defined(self, kind: str) -> list[dict[str, Any]]:
        """Return the objects of a kind, given as `<plural>.<group>`; none when the server does not know it."""
        defined = self.kubectl("api-resources", "--no-headers", "--output=name").stdout.split()
        return self.get(kind) if kind in defined else []

    def resources(self, *, show_secrets: bool = False) -> list[dict[str, Any]]:
        """Return the resources of the state; secrets are encrypted unless they are to be shown."""
        arguments = ["--show-secrets"] if show_secrets else []
        exported = json.loads(self.pulumi("stack", "export", *arguments).stdout)
        return cast("list[dict[str, Any]]", exported["deployment"]["resources"])


@contextmanager
def upright(stack: str, home: Path, tools: Tools, *, project: Path = ROOT) -> Generator[Standing]:
    """Stand a stack up until the block ends."""
    standing = Standing(stack, home, tools, project=project)
    try:
        result = standing.rehearsal.up()
        assert result.ok, errors_of(result)
        yield standing
    finally:
        standing.plane.stop()


def errors_of(result: Result) -> str:
    """Return all that an operation said of what went wrong."""
    return "\n".join([*(error.message for error in result.errors), result.stderr])


def edit(path: Path, old: str, new: str) -> None:
    """Replace text that must be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def platform_of(stack: str) -> dict[str, Any]:
    """Return what a stack file of this project says of the platform."""
    document = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())
    return cast("dict[str, Any]", document["config"]["seldon-platform:platform"])


def edit_platform(stack_file: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change what a stack file says of the platform; a secret that it no longer uses is dropped."""
    document = yaml.safe_load(stack_file.read_text())
    config: dict[str, Any] = document["config"]
    edit(config["seldon-platform:platform"])
    used = json.dumps(config["seldon-platform:platform"], default=str)
    secrets = [key for key, value in config.items() if isinstance(value, dict) and "secure" in value]
    for key in secrets:
        if f'"{key.partition(":")[2]}"' not in used:
            del config[key]
    stack_file.write_text(yaml.safe_dump(document, sort_keys=False))


def core_alone(platform: dict[str, Any]) -> None:
    """Take the Enterprise Platform and the logs of applications out of a platform."""
    for key in ("enterprise", "audit", "applicationLogs"):
        platform.pop(key, None)
    for runtime in platform["seldon"]["runtimes"]:
        runtime.pop("visibility", None)
    exemptions = platform.get("exemptions", [])
    platform["exemptions"] = [exemption for exemption in exemptions if exemption["control"] != "pod-security"]


def without_stores(platform: dict[str, Any]) -> None:
    """Take the stores out of a platform and what needs them, for what has nothing to do with them."""
    core_alone(platform)
    for key in ("postgres", "search", "objectStore", "kafka", "exemptions"):
        platform.pop(key, None)
    for runtime in platform["seldon"]["runtimes"]:
        runtime["storage"] = [storage for storage in runtime.get("storage", []) if storage["kind"] != "platform"]


def project_copy(directory: Path, stack: str) -> Path:
    """Make a project of this program whose copy of a stack file can be edited; return that file."""
    (directory / "stacks").mkdir(parents=True)
    for name in ("Pulumi.yaml", "components", "infra"):
        (directory / name).symlink_to(ROOT / name)
    copy = directory / "stacks" / f"Pulumi.{stack}.yaml"
    copy.write_text((ROOT / "stacks" / copy.name).read_text())
    return copy
