"""Which charts a rehearsal takes."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from rehearsal.chartset import compose, given
from rehearsal.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def chart(directory: Path, name: str, text: str = "") -> Path:
    (directory / name / "templates").mkdir(parents=True)
    (directory / name / "Chart.yaml").write_text(text or f"name: {name}\nversion: 1.2.3\n")
    return directory / name


def archive(directory: Path, name: str, inside: Path) -> Path:
    path = directory / f"{name}.tgz"
    with tarfile.open(path, "w:gz") as file:
        file.add(inside, arcname=inside.name)
    return path


def entries(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


def test_directories_and_archives_are_found_by_the_name_in_them(tmp_path: Path) -> None:
    real = tmp_path / "real"
    folder = chart(real, "istiod")
    packed = archive(real, "cert-manager-v1.21.1", chart(tmp_path / "elsewhere", "cert-manager"))
    (real / "README.md").write_text("not a chart")
    assert given(real) == {"istiod": folder, "cert-manager": packed}


def test_the_name_is_the_charts_own_not_that_of_a_dependency(tmp_path: Path) -> None:
    outer = chart(tmp_path / "elsewhere", "outer")
    chart(outer / "charts", "inner")
    archive(tmp_path, "any", outer)
    assert list(given(tmp_path)) == ["outer"]


def test_a_real_chart_takes_the_place_of_its_stand_in(tmp_path: Path) -> None:
    stand_ins = tmp_path / "stand-ins"
    chart(stand_ins, "istiod")
    chart(stand_ins, "base")
    packed = archive(tmp_path, "istiod-1.29.1", chart(tmp_path / "elsewhere", "istiod"))
    compose(tmp_path / "charts", stand_ins=stand_ins, real={"istiod": packed})
    assert entries(tmp_path / "charts") == ["base", "istiod-1.29.1.tgz"]


def test_composing_again_forgets_what_was_there(tmp_path: Path) -> None:
    stand_ins = tmp_path / "stand-ins"
    chart(stand_ins, "istiod")
    real = {"istiod": chart(tmp_path / "real", "istiod")}
    (real["istiod"] / "marker").touch()
    compose(tmp_path / "charts", stand_ins=stand_ins, real=real)
    assert "marker" in entries(tmp_path / "charts" / "istiod")
    compose(tmp_path / "charts", stand_ins=stand_ins, real={})
    assert "marker" not in entries(tmp_path / "charts" / "istiod")
    assert entries(tmp_path) == ["charts", "real", "stand-ins"]


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"REHEARSAL_CHARTS: .*nowhere is not a directory"):
        given(tmp_path / "nowhere")


def test_a_directory_without_a_chart_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no chart"):
        given(tmp_path)


def test_a_chart_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    archive(tmp_path, "istiod-1.29.1", chart(tmp_path, "istiod"))
    with pytest.raises(UsageError, match="are both the chart istiod"):
        given(tmp_path)


@pytest.mark.parametrize("text", ["[]", "{", "version: 1.0.0", "name: ../up", "name: 7", "name: .hidden"])
def test_what_is_no_chart_is_refused(tmp_path: Path, text: str) -> None:
    chart(tmp_path, "some", text)
    with pytest.raises(UsageError, match="some"):
        given(tmp_path)


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "istiod-1.29.1.tgz").write_bytes(b"\x1f\x8bnot a gzip")
    with pytest.raises(UsageError, match="cannot be read as a chart"):
        given(tmp_path)
