"""What is built, and the keys that decide when it is built again."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest

from rehearsal.toolchain import recipes
from rehearsal.toolchain.recipes import CONTROLPLANE, PULUMI, RECIPES, TOOLS, minimum_go, pinned

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    for module, go in {"controlplane": "1.26.0", "language": "1.9", "pulumi": "1.26"}.items():
        (tmp_path / module).mkdir()
        (tmp_path / module / "go.mod").write_text(
            f"module x\n\ngo {go}\n\nrequire acme.example/one v1.2.3\n\nrequire (\n"
            "\tacme.example/two v2.0.1 // indirect\n\tacme.example/three v0.0.0-20230124172434-306776ec8161\n)\n"
            "replace acme.example/four => acme.example/four v4.4.4\n"
        )
        (tmp_path / module / "go.sum").write_text("sum\n")
    (tmp_path / "controlplane" / "main.go").write_text("package main\n")
    return tmp_path


def key(tools: Path, recipe: recipes.Recipe = CONTROLPLANE, *, go: str = "go1.26.8", platform: str = "linux-x") -> str:
    return recipe.key(go=go, platform=platform, tools=tools)


@pytest.mark.parametrize("name", ["go.mod", "go.sum", "main.go", "more.go"])
def test_the_key_changes_with_every_source(tools: Path, name: str) -> None:
    before = key(tools)
    with (tools / "controlplane" / name).open("a") as file:
        file.write("// changed\n")
    assert key(tools) != before


def test_the_key_stays_with_the_same_inputs_wherever_they_lie(tools: Path) -> None:
    before = key(tools)
    (tools / "controlplane" / "README.md").write_text("not an input")
    assert key(tools.rename(tools.with_name("moved"))) == before


def test_the_key_changes_with_go_platform_flags_and_settings(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = CONTROLPLANE.binaries[0]
    tagged = dataclasses.replace(CONTROLPLANE, binaries=(dataclasses.replace(binary, tags=("x",)),))
    keys = [key(tools), key(tools, go="go1.26.9"), key(tools, platform="linux-y"), key(tools, tagged)]
    monkeypatch.setitem(recipes.BUILD_ENVIRONMENT, "CGO_ENABLED", "1")
    keys.append(key(tools))
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("module", ["language", "pulumi"])
def test_the_key_of_the_engine_covers_cli_and_language_host(tools: Path, module: str) -> None:
    before = key(tools, PULUMI)
    (tools / module / "go.sum").write_text("other\n")
    assert key(tools, PULUMI) != before


def test_a_pin_is_read_from_either_form_of_require(tools: Path) -> None:
    assert pinned("pulumi", "acme.example/one", tools=tools) == "v1.2.3"
    assert pinned("pulumi", "acme.example/two", tools=tools) == "v2.0.1"


@pytest.mark.parametrize("dependency", ["acme.example/three", "acme.example/four", "acme.example/on"])
def test_what_is_no_required_tag_is_no_pin(tools: Path, dependency: str) -> None:
    with pytest.raises(LookupError, match=re.escape(dependency)):
        pinned("pulumi", dependency, tools=tools)


def test_the_oldest_go_is_the_highest_go_line(tools: Path) -> None:
    assert minimum_go(tools=tools) == (1, 26, 0)


def test_versions_that_the_programs_tell_come_from_their_pins() -> None:
    flags = [" ".join(binary.flags) for recipe in RECIPES for binary in recipe.binaries]
    pulumi = pinned("pulumi", "github.com/pulumi/pulumi/sdk/v3")
    assert [flag.count(f"version.Version={pulumi}") for flag in flags] == [1, 1, 0, 0, 0]
    assert f"gitVersion={pinned('controlplane', 'k8s.io/component-base').replace('v0', 'v1')}" in flags[2]


@pytest.mark.parametrize("module", sorted(path.parent.name for path in TOOLS.glob("*/go.mod")))
def test_every_module_has_its_sums_and_no_local_or_untagged_replacement(module: str) -> None:
    text = (TOOLS / module / "go.mod").read_text()
    assert (TOOLS / module / "go.sum").stat().st_size > 0
    replacements = re.findall(r"=>\s*(\S+)(.*)", text)
    assert all(re.fullmatch(r" v\d+\.\d+\.\d+", version) for _, version in replacements), replacements


def test_every_recipe_names_a_module_that_is_there() -> None:
    for recipe in RECIPES:
        for part in (*recipe.binaries, *recipe.files):
            assert (TOOLS / part.module / "go.mod").is_file()
