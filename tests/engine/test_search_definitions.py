"""The resource types of ECK's chart on the real engine: kept by the chart, taken over by the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_stack import SmallStack, python

if TYPE_CHECKING:
    from rehearsal.toolchain import Tools

HERE = Path(__file__).parent
CHART = HERE.parents[1] / "rehearsal" / "charts" / "eck-operator"

PROGRAM = f"""
import pulumi_kubernetes as k8s
from pulumi import ResourceOptions
from components.definitions import own_definitions

provider = k8s.Provider("cluster", kubeconfig="{{}}")

def chart(name, *transforms):
    opts = ResourceOptions(provider=provider, transforms=list(transforms))
    k8s.helm.v4.Chart(name, chart="{CHART}", namespace="elastic-system", opts=opts)

"""


@pytest.fixture
def stack(tools: Tools, tmp_path: Path) -> SmallStack:
    """A stack whose provider `kubernetes` echoes."""
    made = SmallStack(directory=tmp_path, tools=tools)
    made.make(kubernetes_v4_32_0=python(str(HERE / "echo_provider.py")))
    return made


@pytest.mark.parametrize("protect", [True, False])
def test_they_go_with_the_program_and_are_protected_as_it_says(stack: SmallStack, *, protect: bool) -> None:
    stack.up(f"{PROGRAM}chart('left')\nchart('owned', own_definitions(protect={protect}))\n")
    found = stack.resources()

    def definitions(release: str) -> list[str]:
        return [name for name in found if name.startswith(f"{release}:") and name.endswith(".k8s.elastic.co")]

    assert len(definitions("left")) == len(definitions("owned")) == 10
    assert all(found[name].get("retainOnDelete") for name in definitions("left"))
    for name in definitions("owned"):
        assert not found[name].get("retainOnDelete"), name
        assert bool(found[name].get("protect")) is protect, name
        assert "helm.sh/resource-policy" not in found[name]["inputs"]["metadata"].get("annotations", {}), name
    others = [name for name in found if name.startswith("owned:") and name not in definitions("owned")]
    assert len(others) == 6
    assert not any(found[name].get("protect") for name in others)
