"""Renders the stand-in charts with the rehearsal's own Helm."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

CHARTS = Path(__file__).parents[2] / "rehearsal" / "charts"
NAMES = sorted(path.parent.name for path in CHARTS.glob("*/Chart.yaml"))

Object: TypeAlias = dict[str, Any]


class RefusedValuesError(Exception):
    """Helm refused to render; the message is what it said."""


@dataclass(frozen=True, kw_only=True)
class Helm:
    """Helm without a cluster."""

    binary: Path

    def __call__(
        self, chart: str, values: Object | None = None, *, namespace: str = "there", release: str | None = None
    ) -> list[Object]:
        """Return the objects of a chart, its CRDs and hooks included, for a release that is named like it by default.

        Raises:
            RefusedValuesError: the values do not fit the chart's schema, or a template fails.
        """
        command = [
            str(self.binary),
            "template",
            release or chart,
            str(CHARTS / chart),
            "--include-crds",
            "-n",
            namespace,
            "-f",
            "-",
        ]
        done = subprocess.run(command, input=yaml.safe_dump(values or {}), check=False, capture_output=True, text=True)
        if done.returncode:
            raise RefusedValuesError(done.stderr)
        return [document for document in yaml.safe_load_all(done.stdout) if document]


def manifest(chart: str) -> Object:
    """Return a chart's own Chart.yaml."""
    return cast("Object", yaml.safe_load((CHARTS / chart / "Chart.yaml").read_text(encoding="utf-8")))


def kinds(objects: list[Object], *names: str) -> list[Object]:
    """Return the objects of the named kinds."""
    return [item for item in objects if item["kind"] in names]


def named(objects: list[Object], kind: str, name: str) -> Object:
    """Return the one object of a kind and name."""
    (found,) = [item for item in kinds(objects, kind) if item["metadata"]["name"] == name]
    return found


def is_hook(item: Object) -> bool:
    """Tell whether Helm would run this object as a hook, which is what Pulumi leaves out."""
    return "helm.sh/hook" in (item["metadata"].get("annotations") or {})


def pod_specs(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    """Yield every pod spec with a name to tell it by: of workloads, and of Core 2's configuration resources."""
    for item in objects:
        name = f"{item['kind']}/{item['metadata']['name']}"
        spec: Object = item.get("spec") or {}
        if item["kind"] in {"Deployment", "DaemonSet", "StatefulSet", "Job"}:
            yield name, spec["template"]["spec"]
        elif item["kind"] == "ServerConfig":
            yield name, spec["podSpec"]
        elif item["kind"] == "SeldonConfig":
            for component in spec["components"]:
                yield f"{name}/{component['name']}", component["podSpec"]


def containers(spec: Object) -> list[Object]:
    """Return the containers of a pod spec, init containers first."""
    return [*spec.get("initContainers", []), *spec["containers"]]


def images(objects: list[Object]) -> set[str]:
    """Return every image reference anywhere: image fields, and arguments and texts that carry one."""
    return {found for item in objects for found in _images_in(item)}


_REFERENCE = re.compile(r"(?<![\w./:-])[a-z0-9][a-z0-9.-]*\.[a-z]+(?:/[a-z0-9._-]+)+(?::[\w.-]+|@sha256:\w+)")


def _images_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in cast("Object", value).items():
            if key == "image" and isinstance(inner, str):
                yield inner
            else:
                yield from _images_in(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _images_in(inner)
    elif isinstance(value, str):
        yield from _REFERENCE.findall(value)
