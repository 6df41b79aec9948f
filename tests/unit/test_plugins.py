"""Which provider plugins the engine finds."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from rehearsal.errors import UsageError
from rehearsal.plugins import Plugin, install, official, remove, wanted

if TYPE_CHECKING:
    from pathlib import Path

ACME = Plugin(name="acme", version="4.5.6")
GLOBEX = Plugin(name="globex", version="1.0.0")


def binary(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\necho {says} "$@"\n')
    path.chmod(0o755)
    return path


def launcher(home: Path, plugin: Plugin) -> Path:
    return home / "plugins" / f"resource-{plugin.name}-v{plugin.version}" / f"pulumi-resource-{plugin.name}"


def test_plugins_have_the_versions_of_the_sdk() -> None:
    assert {plugin.name: plugin.version for plugin in wanted()} == {"kubernetes": "4.32.0", "random": "4.21.1"}


@pytest.mark.parametrize(
    "place", ["pulumi-resource-acme", "pulumi-resource-acme-v4.5.6", "resource-acme-v4.5.6/pulumi-resource-acme"]
)
def test_an_official_binary_is_used_for_its_plugin_alone(tmp_path: Path, place: str) -> None:
    binary(tmp_path / "given" / place, "official")
    binaries = official(tmp_path / "given", [ACME, GLOBEX])
    install(tmp_path / "home", [ACME, GLOBEX], binaries)
    said = subprocess.run(
        [launcher(tmp_path / "home", ACME), "127.0.0.1:1"], capture_output=True, text=True, check=True
    )
    assert said.stdout == "official 127.0.0.1:1\n"
    assert "-I -m rehearsal.providers.globex" in launcher(tmp_path / "home", GLOBEX).read_text()


def test_a_binary_of_another_version_is_not_used(tmp_path: Path) -> None:
    binary(tmp_path / "pulumi-resource-acme-v4.5.5", "old")
    with pytest.raises(UsageError, match=r"looked for .*pulumi-resource-acme-v4\.5\.6"):
        official(tmp_path, [ACME])


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"REHEARSAL_PLUGINS: .*nowhere is not a directory"):
        official(tmp_path / "nowhere", [ACME])


def test_a_stand_in_replaces_what_was_there_before(tmp_path: Path) -> None:
    install(tmp_path, [ACME], {ACME: tmp_path / "real"})
    install(tmp_path, [ACME], {})
    assert "rehearsal.providers.acme" in launcher(tmp_path, ACME).read_text()
    assert os.access(launcher(tmp_path, ACME), os.X_OK)


def test_only_launchers_are_removed(tmp_path: Path) -> None:
    install(tmp_path, [ACME], {})
    downloaded = launcher(tmp_path, GLOBEX)
    downloaded.parent.mkdir(parents=True)
    downloaded.write_bytes(b"\x7fELF")
    remove(tmp_path, [ACME, GLOBEX])
    assert not launcher(tmp_path, ACME).exists()
    assert downloaded.exists()
