"""Composes the directory that a rehearsal takes its charts from: stand-ins, and real charts where they are given."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path
from typing import cast

import yaml

from rehearsal.errors import UsageError

STAND_INS = Path(__file__).with_name("charts")


def stand_ins(project: Path) -> Path:
    """Return the directory of the stand-ins that the program in `project` is written for: its own, if it has any."""
    own = project / "rehearsal" / "charts"
    return own if own.is_dir() else STAND_INS


def given(directory: Path) -> dict[str, Path]:
    """Return the charts in `directory`, by name: archives (`.tgz`) and directories with a Chart.yaml.

    Raises:
        UsageError: there is no such directory, it holds no chart, one cannot be read, or one is there twice.

    """
    if not directory.is_dir():
        raise UsageError(f"REHEARSAL_CHARTS: {directory} is not a directory")
    charts: dict[str, Path] = {}
    for entry in sorted(directory.iterdir()):
        if entry.suffix != ".tgz" and not (entry / "Chart.yaml").is_file():
            continue
        name = _name(entry)
        if name in charts:
            raise UsageError(f"REHEARSAL_CHARTS: {charts[name]} and {entry} are both the chart {name}: keep one")
        charts[name] = entry
    if not charts:
        raise UsageError(
            f"REHEARSAL_CHARTS: {directory} holds no chart: neither `<name>-<version>.tgz` nor `<name>/Chart.yaml`"
        )
    return charts


def compose(target: Path, *, stand_ins: Path = STAND_INS, real: dict[str, Path]) -> None:
    """Make `target` hold every stand-in, with `real` in the place of those of the same name."""
    draft = target.with_name(f"{target.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    for chart in sorted(stand_ins.glob("*/Chart.yaml")):
        if chart.parent.name not in real:
            shutil.copytree(chart.parent, draft / chart.parent.name)
    for name, source in real.items():
        if source.is_dir():
            shutil.copytree(source, draft / name)
        else:
            shutil.copy(source, draft / source.name)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def _name(chart: Path) -> str:
    """Return the name that a chart gives itself."""
    try:
        name = _metadata(chart).get("name")
    except (OSError, tarfile.TarError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"REHEARSAL_CHARTS: {chart} cannot be read as a chart: {error}") from error
    if not isinstance(name, str) or not name or "/" in name or name.startswith("."):
        raise UsageError(f"REHEARSAL_CHARTS: {chart} is no chart: its Chart.yaml has no usable `name`")
    return name


def _metadata(chart: Path) -> dict[object, object]:
    if chart.is_dir():
        text = (chart / "Chart.yaml").read_text()
    else:
        with tarfile.open(chart) as archive:
            # The chart's own file is one level down; those of its dependencies are deeper.
            member = next(
                (
                    entry
                    for entry in archive
                    if entry.name.removeprefix("./").count("/") == 1 and entry.name.endswith("/Chart.yaml")
                ),
                None,
            )
            file = archive.extractfile(member) if member else None
            text = file.read().decode() if file else ""
    document = cast(object, yaml.safe_load(text))
    return cast("dict[object, object]", document) if isinstance(document, dict) else {}
