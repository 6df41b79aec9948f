"""Tools that need no build."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.toolchain import ToolchainError, Tools
from rehearsal.toolchain.ready import cli_on_path, from_directory, recent_enough, told_version
from rehearsal.toolchain.recipes import PULUMI_VERSION

HOST = ("pulumi-language-python", "pulumi-language-python-exec")
MAJOR, MINOR, _ = (int(part) for part in PULUMI_VERSION.removeprefix("v").split("."))


def program(path: Path, script: str = "true") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def prebuilt(tmp_path: Path) -> Path:
    for name in ("pulumi/pulumi", *(f"pulumi/{part}" for part in HOST), "controlplane", "kwok", "helm"):
        program(tmp_path / name)
    return tmp_path


@pytest.fixture
def cli(tmp_path: Path) -> Path:
    for name in HOST:
        program(tmp_path / "bin" / name)
    return program(tmp_path / "bin" / "pulumi", f"echo v{MAJOR}.{MINOR}.7")


def test_a_directory_with_all_tools_is_used_as_it_is(prebuilt: Path) -> None:
    assert from_directory(prebuilt) == Tools(
        pulumi=prebuilt / "pulumi" / "pulumi",
        controlplane=prebuilt / "controlplane",
        kwok=prebuilt / "kwok",
        helm=prebuilt / "helm",
    )


def test_a_relative_directory_gives_absolute_paths(prebuilt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(prebuilt.parent)
    assert from_directory(Path(prebuilt.name)).helm == prebuilt / "helm"


def test_everything_that_is_wrong_with_a_directory_is_named_at_once(prebuilt: Path) -> None:
    (prebuilt / "helm").unlink()
    (prebuilt / "kwok").chmod(0o644)
    (prebuilt / "pulumi" / HOST[0]).unlink()
    (prebuilt / "pulumi" / HOST[1]).unlink()
    with pytest.raises(ToolchainError) as error:
        from_directory(prebuilt)
    assert str(error.value).splitlines() == [
        f"REHEARSAL_TOOLS={prebuilt} lacks tools:",
        f"- {prebuilt}/pulumi/{HOST[0]} does not exist",
        f"- {prebuilt}/kwok cannot be executed",
        f"- {prebuilt}/helm does not exist",
        f"- {prebuilt}/pulumi/{HOST[1]} does not exist",
    ]


@pytest.mark.parametrize(
    ("version", "enough"),
    [("v3.259.0", True), ("v3.260.0", True), ("v3.258.9", False), ("v4.300.0", False), ("v2.300.0", False)],
)
def test_a_cli_is_recent_enough_from_the_pinned_minor_version_on(version: str, *, enough: bool) -> None:
    assert recent_enough(version, pin="v3.259.3") is enough


def test_a_recent_cli_with_its_host_is_used(cli: Path) -> None:
    assert cli_on_path({"PATH": str(cli.parent)}) == cli


def test_a_cli_that_is_linked_from_its_own_directory_is_used(cli: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "pulumi").symlink_to(cli)
    assert cli_on_path({"PATH": str(tmp_path / "links")}) == cli


@pytest.mark.parametrize("missing", HOST)
def test_a_cli_without_its_host_is_not_used(cli: Path, missing: str) -> None:
    cli.with_name(missing).unlink()
    assert cli_on_path({"PATH": str(cli.parent)}) is None


@pytest.mark.parametrize("answer", [f"echo v{MAJOR}.{MINOR - 1}.99", "echo hello", "exit 1", "kill -9 $$"])
def test_a_cli_that_is_old_or_broken_is_not_used(cli: Path, answer: str) -> None:
    program(cli, answer)
    assert cli_on_path({"PATH": str(cli.parent)}) is None


def test_no_cli_on_path_is_no_error(tmp_path: Path) -> None:
    assert cli_on_path({"PATH": str(tmp_path)}) is None
    assert cli_on_path({}) is None


def test_each_tool_is_asked_for_its_version_in_its_own_way(prebuilt: Path) -> None:
    answer = 'case "$1 $2" in "kube-apiserver --version") echo Kubernetes v1.36.1;; esac'
    program(prebuilt / "controlplane", answer)
    program(prebuilt / "kwok", "echo kwok version v0.8.0 go1.26.8")
    program(prebuilt / "helm", "exit 1")
    tools = from_directory(prebuilt)
    assert [tools.version(name) for name in ("controlplane", "kwok", "helm")] == ["v1.36.1", "v0.8.0", "unknown"]


def test_a_program_that_is_not_there_tells_no_version() -> None:
    assert told_version(["/nowhere/helm"]) is None
