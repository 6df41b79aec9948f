"""Where the tests of rules and routes get their judges from."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

finder = importlib.import_module("prometheus_tools")


def program(directory: Path, name: str, text: str = "exit 0") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH and an empty cache, in this directory."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_path_comes_before_the_cache(places: Path) -> None:
    cached = program(places / "cache/seldon-platform", "promtool")
    assert finder.find(finder.PROMTOOL) == cached
    installed = program(places / "bin", "promtool")
    assert finder.find(finder.PROMTOOL) == installed


def test_without_debian_it_says_what_to_install(places: Path) -> None:
    with pytest.raises(finder.ToolMissingError, match=r"Debian package `prometheus`.* no apt-get and no dpkg"):
        finder.find(finder.PROMTOOL)
    assert not (places / "cache").exists()


def test_a_failed_download_says_why_and_leaves_nothing(places: Path) -> None:
    program(places / "bin", "apt-get", "echo no such package >&2; exit 100")
    program(places / "bin", "dpkg")
    with pytest.raises(finder.ToolMissingError, match="said: no such package"):
        finder.find(finder.PROMTOOL)
    assert [*(places / "cache/seldon-platform").iterdir()] == []


def test_the_binary_is_taken_out_of_the_package(places: Path) -> None:
    program(places / "bin", "apt-get", ": > prometheus.deb")
    unpack = "/bin/mkdir -p $3/usr/bin && echo tool > $3/usr/bin/promtool"
    program(places / "bin", "dpkg", unpack)
    found = finder.find(finder.PROMTOOL)
    assert found == places / "cache/seldon-platform/promtool"
    assert found.read_text(encoding="utf-8") == "tool\n"
    assert [path.name for path in found.parent.iterdir()] == ["promtool"]


def test_each_tool_has_a_package_and_a_file_of_its_own(places: Path) -> None:
    program(places / "bin", "apt-get", "[ $2 = prometheus-alertmanager ] && : > some.deb")
    program(places / "bin", "dpkg", "/bin/mkdir -p $3/usr/bin && echo tool > $3/usr/bin/amtool")
    assert finder.find(finder.AMTOOL) == places / "cache/seldon-platform/amtool"
