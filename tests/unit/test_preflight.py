"""The checks of a machine before a long set-up."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal import preflight
from rehearsal.preflight import Volume

MEMINFO = "MemTotal: 8000000 kB\nMemAvailable:    2000000 kB\nSwapFree:  500000 kB\nHugePages_Total: 0\n"


def test_a_directory_that_can_be_made_is_writable_and_left_empty(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"
    assert preflight.unwritable(directory) is None
    assert list(directory.iterdir()) == []


def test_a_path_below_a_file_is_unwritable_and_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    problem = preflight.unwritable(tmp_path / "file" / "cache")
    assert problem is not None
    assert str(tmp_path / "file" / "cache") in problem
    assert "Not a directory" in problem


def test_a_relative_directory_is_refused_and_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert preflight.unwritable(Path("off")) == "'off' is not an absolute path"
    assert list(tmp_path.iterdir()) == []


def test_needs_on_one_file_system_are_added_up(tmp_path: Path) -> None:
    first, second = tmp_path / "not" / "there", tmp_path / "neither"
    assert preflight.volumes([(first, 10), (second, 5)], free=lambda _: 12) == [
        Volume(paths=(first, second), needed=15, free=12)
    ]


def test_file_systems_are_told_apart(tmp_path: Path) -> None:
    found = preflight.volumes([(tmp_path, 10), (Path("/proc/self"), 5)], free=lambda _: 12)
    assert [(volume.paths, volume.needed) for volume in found] == [((tmp_path,), 10), ((Path("/proc/self"),), 5)]


def test_lack_of_space_names_amounts_and_paths() -> None:
    scarce = Volume(paths=(Path("/a"), Path("/b")), needed=9_700_000_000, free=512_000_000)
    enough = Volume(paths=(Path("/c"),), needed=5, free=5)
    assert preflight.space_problems([scarce, enough]) == [
        "not enough disk: 9.7 GB needed, 512 MB free on the file system of /a, /b"
    ]


def test_free_space_is_asked_of_the_system(tmp_path: Path) -> None:
    assert preflight.volumes([(tmp_path / "x", 1)])[0].free > 0


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("max\n", 2_500_000 * 1024), ("1000000\n", 1_000_000), ("99999999999999\n", 2_500_000 * 1024)],
)
def test_memory_is_what_the_machine_and_its_control_group_leave(tmp_path: Path, limit: str, expected: int) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO)
    (tmp_path / "max").write_text(limit)
    assert preflight.available_memory(meminfo=tmp_path / "meminfo", limit=tmp_path / "max") == expected


def test_memory_without_a_control_group_is_the_machines(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO)
    assert preflight.available_memory(meminfo=tmp_path / "meminfo", limit=tmp_path / "none") == 2_500_000 * 1024


@pytest.mark.parametrize("text", ["", "MemTotal: 5 kB\n", "MemAvailable: many kB\nSwapFree: 0 kB\n"])
def test_memory_that_the_system_does_not_tell_is_unknown(tmp_path: Path, text: str) -> None:
    (tmp_path / "meminfo").write_text(text)
    assert preflight.available_memory(meminfo=tmp_path / "meminfo", limit=tmp_path / "none") is None


def test_lack_of_memory_is_a_problem_unless_unknown() -> None:
    assert preflight.memory_problems(2_400_000_000, 900_000_000) == [
        "not enough memory: 2.4 GB needed, 900 MB available"
    ]
    assert preflight.memory_problems(2_400_000_000, 2_400_000_000) == []
    assert preflight.memory_problems(2_400_000_000, None) == []
