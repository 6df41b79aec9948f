"""The images of a small stack, by rehearsed previews with and without its mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from supply.errors import SupplyError
from supply.inventory import inventory
from supply.previews import rehearse
from supply.stack import read

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.toolchain import Tools

MIRROR = "registry.acme.example/mirror"
STACK_FILE = f"""\
encryptionsalt: v1:theirs
config:
  acme:registryPassword: {{secure: v1:AAAA:BBBB}}
  acme:platform:
    cluster: {{context: acme-prod}}
    images: {{registry: {MIRROR}, pullSecret: {{username: puller, password: {{secret: registryPassword}}}}}}
"""
PROGRAM = """\
import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()
platform = config.require_object("platform")
images = platform.get("images", {})
if "pullSecret" not in images and config.get("registryPassword"):
    raise ValueError("registryPassword is not used by any field")
registry = images.get("registry")
cluster = k8s.Provider("cluster", context="acme-prod")
spec = {
    "imagePullSecrets": [{"name": "image-pull"}] if registry else [],
    "initContainers": [{"name": "first", "image": "registry.acme.example/mirror/own:1"}],
    "containers": [{"name": "main", "image": f"{registry or 'quay.io'}/acme/shop:1"}],
}
labels = {"app": "shop"}
k8s.apps.v1.Deployment(
    "shop",
    metadata={"name": "shop", "namespace": "default"},
    spec={"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    opts=pulumi.ResourceOptions(provider=cluster),
)
"""


@pytest.fixture
def project(tmp_path: Path, tools: Tools) -> Path:
    """Make a project with a stack that has a mirror."""
    del tools  # built before the first preview runs
    for directory in ("infra", "stacks"):
        (tmp_path / directory).mkdir()
    (tmp_path / "Pulumi.yaml").write_text("{name: acme, runtime: python, main: infra, stackConfigDir: stacks}\n")
    (tmp_path / "stacks" / "Pulumi.prod.yaml").write_text(STACK_FILE)
    (tmp_path / "infra" / "__main__.py").write_text(PROGRAM)
    return tmp_path


def test_both_names_of_each_image_are_found_and_nothing_is_left_behind(project: Path) -> None:
    stack = read(project, "prod")
    before = sorted(project.rglob("*"))
    told = rehearse(stack, Console(stderr=True))
    found = inventory(told.objects, stack=stack.name, registry=stack.registry, upstream=told.upstream, hooks=told.hooks)
    assert [(image.name, image.upstream, image.brought) for image in found.images] == [
        (f"{MIRROR}/acme/shop:1", "quay.io/acme/shop:1", False),
        (f"{MIRROR}/own:1", None, True),
    ]
    assert not found.escapes
    assert not found.unexplained
    assert {hook.chart for hook in found.hooks} >= {"cert-manager", "kube-prometheus-stack"}
    assert [path for path in sorted(project.rglob("*")) if "__pycache__" not in path.parts] == before


def test_a_preview_that_fails_ends_it(project: Path) -> None:
    (project / "infra" / "__main__.py").write_text("raise ValueError('broken')\n")
    with pytest.raises(SupplyError, match="stack prod: cannot be previewed"):
        rehearse(read(project, "prod"), Console(stderr=True))
