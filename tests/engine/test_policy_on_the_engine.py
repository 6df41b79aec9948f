"""The policy pack on the real engine: it stops what it should before that is made, and knows the stack's exemptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from standing import ROOT, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.engine import Result
    from rehearsal.toolchain import Tools

STACK = "prod"
PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s

cluster = k8s.Provider("cluster", context="acme-prod")
labels = {"pod-security.kubernetes.io/enforce": "restricted"}
options = pulumi.ResourceOptions(provider=cluster)
shop = k8s.core.v1.Namespace("shop", metadata={"name": "shop", "labels": labels}, opts=options)
k8s.core.v1.Service(
    "front",
    metadata={"name": "front", "namespace": "shop"},
    spec={"type": "%s", "selector": {"app": "front"}, "ports": [{"port": 80}]},
    opts=pulumi.ResourceOptions(provider=cluster, depends_on=[shop]),
)
"""
EXEMPTION = {"control": "default-deny", "resource": "shop", "reason": "No policies here", "expires": "2027-05-31"}


class Shop:
    """A project of two resources with the policy pack of this one."""

    def __init__(self, root: Path, home: Path, tools: Tools) -> None:
        self._root = root
        (root / "policy").symlink_to(ROOT / "policy", target_is_directory=True)
        (root / "stacks").mkdir()
        (root / "infra").mkdir()
        (root / "Pulumi.yaml").write_text("{name: acme, runtime: python, main: infra, stackConfigDir: stacks}\n")
        self.write(service="ClusterIP", exemptions=[])
        self.standing = Standing(STACK, home, tools, project=root)

    def write(self, *, service: str, exemptions: list[dict[str, Any]]) -> None:
        """Write the program and its stack file."""
        platform = {"cluster": {"context": "acme-prod"}, "exemptions": exemptions}
        stack = {"config": {"seldon-platform:platform": platform}}
        (self._root / "stacks" / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(stack))
        (self._root / "infra" / "__main__.py").write_text(PROGRAM % service)

    def up(self, *, service: str, exemptions: list[dict[str, Any]]) -> Result:
        """Make it so."""
        self.write(service=service, exemptions=exemptions)
        return self.standing.rehearsal.up()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("home"), tools)
    yield made
    made.standing.plane.stop()


def said(result: Result) -> str:
    return "\n".join(f"{error.name}: {error.message}" for error in result.errors)


def test_what_is_reached_from_outside_is_stopped_before_it_is_made(shop: Shop) -> None:
    result = shop.up(service="NodePort", exemptions=[EXEMPTION])
    assert not result.ok
    assert "closed-services: front: spec.type is NodePort, must be ClusterIP" in said(result)
    assert not [service for service in shop.standing.get("services") if service["metadata"]["name"] == "front"]


def test_a_namespace_without_default_deny_is_stopped(shop: Shop) -> None:
    result = shop.up(service="ClusterIP", exemptions=[])
    assert not result.ok
    assert "shop: no NetworkPolicy denies Egress and Ingress by default" in said(result)


def test_an_exemption_of_the_stack_file_reaches_the_pack(shop: Shop) -> None:
    assert shop.up(service="ClusterIP", exemptions=[EXEMPTION]).ok


def test_an_exemption_that_has_expired_is_stopped(shop: Shop) -> None:
    result = shop.up(service="ClusterIP", exemptions=[{**EXEMPTION, "expires": "2026-01-01"}])
    assert not result.ok
    assert "expires on 2026-01-01" in said(result)
