"""The random stand-in on the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import SmallStack, python

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.toolchain import Tools

PROGRAM = """
import pulumi
import pulumi_random as random
from pulumi import Output, ResourceOptions

word = random.RandomPassword("word", length={length}, min_special=2)
slug = random.RandomId("slug", byte_length=4, prefix="acme-")
pet = random.RandomPet("pet", keepers={{"slug": slug.hex}})
parent = pulumi.ComponentResource("acme:index:Shop", "shop")
name = random.RandomString("name", length=8, special=False, opts=ResourceOptions(parent=parent))
imported = random.RandomPassword("imported", length=9, opts=ResourceOptions(import_="swordfish"))
pulumi.export("word", word.result)
pulumi.export("hash", word.bcrypt_hash)
pulumi.export("others", [slug.hex, pet.id, name.result])
pulumi.export("imported", imported.result)
"""


@pytest.fixture
def stack(tools: Tools, tmp_path: Path) -> SmallStack:
    """A stack with the random stand-in."""
    made = SmallStack(directory=tmp_path, tools=tools)
    made.make(random_v4_21_1=python("-m", "rehearsal.providers.random"))
    return made


def test_results_stay_until_an_input_changes(stack: SmallStack) -> None:
    program = PROGRAM.format(length=20)
    shown = stack.preview(program)
    assert "+ 6 to create" in shown
    assert "= 1 to import" in shown
    shown += stack.up(program)
    word, others = stack.output("word"), stack.output("others")
    assert len(word) == 20
    assert stack.output("hash").startswith("$2a$10$")
    assert stack.output("imported") == "swordfish"
    shown += stack.up(program) + stack.pulumi("refresh", "--yes", "--skip-preview")
    assert (stack.output("word"), stack.output("others")) == (word, others)
    changed = stack.up(PROGRAM.format(length=21))
    assert "1 replaced" in changed
    assert len(stack.output("word")) == 21
    assert stack.output("others") == others
    everything = shown + changed + stack.state()
    assert word not in everything
    assert stack.output("word") not in everything


def test_bad_inputs_are_one_error_each(stack: SmallStack) -> None:
    program = "import pulumi_random as random\nrandom.RandomPassword('word', length=2, min_upper=3, min_lower=-1)\n"
    shown = stack.preview(program, fails=True)
    assert "minLower" in shown
    assert "greater than or equal to 0" in shown
