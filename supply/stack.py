"""What a stack file says of images and charts, and a project like it whose images come from upstream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import yaml

from rehearsal.stackfile import read_project, read_stack
from supply.errors import SupplyError

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.stackfile import Project

_MIRROR = ("registry", "pullSecret")
"""Settings below `images` that only a mirror needs."""


@dataclass(frozen=True, kw_only=True)
class ChartSource:
    """Where the stack takes charts from."""

    kind: str
    """`upstream`, `directory` or `oci`."""
    place: str | None = None
    """The directory, or host and path of the registry."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack file."""

    project: Project
    name: str
    config: dict[str, Any]
    """Everything below `config`."""

    @property
    def _platform(self) -> dict[str, Any]:
        return _mapping(self.config.get(f"{self.project.name}:platform"))

    @property
    def registry(self) -> str | None:
        """Host and path of the mirror; None when images come from upstream."""
        found = _mapping(self._platform.get("images")).get("registry")
        return found if isinstance(found, str) else None

    @property
    def charts(self) -> ChartSource:
        """Where charts come from; a directory that is relative is one of the project."""
        source = _mapping(_mapping(self._platform.get("charts")).get("source"))
        kind = str(source.get("kind", "upstream"))
        if kind == "directory":
            return ChartSource(kind=kind, place=str(self.project.root / str(source.get("path", ""))))
        return ChartSource(kind=kind, place=str(source["registry"]) if "registry" in source else None)

    def without_mirror(self) -> dict[str, Any]:
        """Return the configuration with images from upstream, and without the secrets that only the mirror needs."""
        platform = self._platform
        images = {key: value for key, value in _mapping(platform.get("images")).items() if key not in _MIRROR}
        changed = {**platform, "images": images}
        unused = _secrets(platform) - _secrets(changed)
        prefix = f"{self.project.name}:"
        kept = {key: value for key, value in self.config.items() if key.removeprefix(prefix) not in unused}
        return {**kept, f"{prefix}platform": changed}


def read(root: Path, name: str) -> Stack:
    """Read the stack file of a stack of the project in `root`.

    Raises:
        UsageError: there is no such stack, or its file cannot be used.
        SupplyError: it says nothing of the platform.
    """
    project = read_project(root)
    document = _mapping(cast("object", yaml.safe_load(read_stack(project, name).text)))
    stack = Stack(project=project, name=name, config=_mapping(document.get("config")))
    if f"{project.name}:platform" not in stack.config:
        raise SupplyError(f"stack {name}: has no {project.name}:platform, so it says of no image where it comes from")
    return stack


def write_without_mirror(stack: Stack, directory: Path) -> None:
    """Make `directory` a project of the same program whose only stack is this one, with images from upstream."""
    project = stack.project
    stacks = project.stacks.relative_to(project.root)
    for entry in project.root.iterdir():
        if entry.name != stacks.parts[0] and not entry.name.startswith("."):
            (directory / entry.name).symlink_to(entry)
    (directory / stacks).mkdir(parents=True)
    text = yaml.safe_dump({"config": stack.without_mirror()}, sort_keys=False, allow_unicode=True)
    (directory / stacks / f"Pulumi.{stack.name}.yaml").write_text(text, encoding="utf-8")


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _secrets(value: object) -> set[str]:
    """Return the configuration keys that a setting refers to."""
    if isinstance(value, list):
        return {key for below in cast("list[object]", value) for key in _secrets(below)}
    entries = _mapping(value)
    own = {entries["secret"]} if isinstance(entries.get("secret"), str) else set[str]()
    return own.union(*(_secrets(below) for below in entries.values()))
