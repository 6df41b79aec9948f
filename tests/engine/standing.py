"""A stack of this project that stands on a control plane of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from rehearsal.controlplane import ControlPlane
from rehearsal.engine import Rehearsal

if TYPE_CHECKING:
    from rehearsal.toolchain import Tools

ROOT = Path(__file__).resolve().parents[2]


class Standing:
    """A stack that stands on a control plane of its own."""

    def __init__(self, stack: str, home: Path, tools: Tools, *, project: Path = ROOT) -> None:
        self.rehearsal = Rehearsal(stack=stack, home=home, tools=tools, project=project)
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

    def get(self, kind: str, *arguments: str) -> list[dict[str, Any]]:
        """Return the objects of a kind, in all namespaces."""
        reply = self.kubectl("get", kind, "--all-namespaces", "--output=json", *arguments)
        return cast("list[dict[str, Any]]", json.loads(reply.stdout)["items"])

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources of the state."""
        return cast("list[dict[str, Any]]", self.rehearsal.export()["deployment"]["resources"])


def project_copy(directory: Path, stack: str) -> Path:
    """Make a project of this program whose copy of a stack file can be edited; return that file."""
    (directory / "stacks").mkdir(parents=True)
    for name in ("Pulumi.yaml", "components", "infra"):
        (directory / name).symlink_to(ROOT / name)
    copy = directory / "stacks" / f"Pulumi.{stack}.yaml"
    copy.write_text((ROOT / "stacks" / copy.name).read_text())
    return copy
