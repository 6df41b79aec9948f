"""The one way to install a Helm chart: pinned, with plain values, from a source that the stack chooses."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pulumi
import pulumi_kubernetes.helm.v4 as helm
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOCK = Path(__file__).with_name("charts.lock.yaml")


@dataclass(frozen=True, kw_only=True)
class ChartPin:
    """One chart of the lock file."""

    name: str
    version: str
    app_version: str
    repository: str
    """HTTP repository or `oci://` registry that publishes the chart."""
    digest: str | None
    """sha256 of the published archive, when it is known."""


@dataclass(frozen=True, kw_only=True)
class UpstreamCharts:
    """Every chart from the repository that its pin names."""


@dataclass(frozen=True, kw_only=True)
class DirectoryCharts:
    """Every chart from one directory: `<name>-<version>.tgz`, or `<name>/` whose Chart.yaml has the pinned version.

    An archive must be the pinned one where a digest is pinned; charts from elsewhere are checked before, by
    `python -m supply charts verify`.
    """

    path: Path


@dataclass(frozen=True, kw_only=True)
class OciCharts:
    """Every chart from one OCI registry, under the name it has upstream."""

    registry: str
    """Host and path without a scheme, such as `registry.initech.example/charts`."""


ChartSource: TypeAlias = UpstreamCharts | DirectoryCharts | OciCharts


@dataclass(frozen=True, kw_only=True)
class Release:
    """A chart, where its objects go, and what it is told."""

    chart: str
    """Name in the lock file."""
    name: str
    """Helm release name; objects of many charts are named after it."""
    namespace: str
    values: Mapping[str, Any]
    """Plain values, known at preview."""


class ChartError(Exception):
    """A chart cannot be taken from where the stack says; the message names chart, place and what was expected."""


@dataclass(frozen=True, kw_only=True)
class ChartLocation:
    """What `helm.v4.Chart` is told about where a chart comes from."""

    chart: str
    version: str | None = None
    repository: str | None = None


@cache
def pins() -> dict[str, ChartPin]:
    """Read the lock file: chart name to pin."""
    entries = cast("dict[str, dict[str, Any]]", yaml.safe_load(LOCK.read_text(encoding="utf-8")))
    return {
        name: ChartPin(
            name=name,
            version=entry["version"],
            app_version=entry["appVersion"],
            repository=entry["repository"],
            digest=entry["digest"],
        )
        for name, entry in entries.items()
    }


def _in_directory(pin: ChartPin, directory: Path) -> Path:
    archive = directory / f"{pin.name}-{pin.version}.tgz"
    if archive.is_file():
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if pin.digest and found != pin.digest:
            raise ChartError(f"chart {pin.name}: {archive} has SHA-256 {found}, {LOCK.name} pins {pin.digest}")
        return archive
    unpacked = directory / pin.name
    manifest = unpacked / "Chart.yaml"
    if not manifest.is_file():
        raise ChartError(f"chart {pin.name} {pin.version}: expected {archive} or {manifest}, found neither")
    found = yaml.safe_load(manifest.read_text(encoding="utf-8")).get("version")
    if found != pin.version:
        raise ChartError(f"chart {pin.name}: {manifest} has version {found}, {LOCK.name} pins {pin.version}")
    return unpacked


def locate(pin: ChartPin, source: ChartSource) -> ChartLocation:
    """Say where a pinned chart comes from.

    Raises:
        ChartError: a directory source lacks the chart, or has another version or another archive of it.
    """
    if isinstance(source, DirectoryCharts):
        return ChartLocation(chart=str(_in_directory(pin, source.path)))
    if isinstance(source, OciCharts):
        return ChartLocation(chart=f"oci://{source.registry}/{pin.name}", version=pin.version)
    if pin.repository.startswith("oci://"):
        return ChartLocation(chart=f"{pin.repository}/{pin.name}", version=pin.version)
    return ChartLocation(chart=pin.name, version=pin.version, repository=pin.repository)


def require_plain(values: Any, path: str = "values") -> None:  # noqa: ANN401 (any JSON value)
    """Refuse an Output anywhere in chart values: one unknown value makes a preview drop every object of the chart.

    Raises:
        ChartError: names the path of the first Output.
    """
    if isinstance(values, pulumi.Output):
        raise ChartError(f"{path}: chart values must be plain; hand over an Output through a Secret or ConfigMap")
    if isinstance(values, dict):
        for key, value in cast("dict[str, Any]", values).items():
            require_plain(value, f"{path}.{key}")
    elif isinstance(values, (list, tuple)):
        for index, value in enumerate(cast("Sequence[Any]", values)):
            require_plain(value, f"{path}[{index}]")


def helm_chart(name: str, release: Release, *, source: ChartSource, opts: pulumi.ResourceOptions) -> helm.Chart:
    """Install a pinned chart; its objects become children named `<name>:<namespace>/<object>`.

    Raises:
        ChartError: the chart is not pinned, the source lacks it, or a value is an Output.
    """
    require_plain(dict(release.values))
    pin = pins().get(release.chart)
    if pin is None:
        raise ChartError(f"chart {release.chart} is not pinned; {LOCK.name} has {', '.join(sorted(pins()))}")
    location = locate(pin, source)
    return helm.Chart(
        name,
        chart=location.chart,
        version=location.version,
        repository_opts=helm.RepositoryOptsArgs(repo=location.repository) if location.repository else None,
        name=release.name,
        namespace=release.namespace,
        values=dict(release.values),
        opts=opts,
    )
