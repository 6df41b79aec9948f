"""What a change of the corpus is: edits of a production stack, and what the review has to say of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from standing import edit, edit_platform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

STACK = "initech-onprem"
BLOCKING = ("data-loss", "exposure", "protection-removed", "interruption", "unknown")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A text in a file of the project that another one takes the place of."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change to the stack, made together with others that have nothing to do with it."""

    name: str
    finds: Mapping[str, str]
    """Class of what is found, by the name of the resource; several classes are separated by spaces."""
    may_find: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is found besides, unless the engine refuses something else first and does not come to it."""
    platform: Callable[[dict[str, Any]], object] | None = None
    """Edits what the stack file says of the platform."""
    rotates: str | None = None
    """Secret of the stack file that is set anew."""
    sources: tuple[Source, ...] = field(default=())

    @property
    def expected(self) -> set[tuple[str, str]]:
        """Class and resource of each finding."""
        return _each(self.finds)

    @property
    def blocked(self) -> set[tuple[str, str]]:
        """Those of them that must not pass."""
        return {found for found in self.expected if found[0] in BLOCKING}

    @property
    def possible(self) -> set[tuple[str, str]]:
        """Class and resource of what is found besides."""
        return _each(self.may_find)

    def make(self, project: Path) -> None:
        """Edit the project."""
        stack_file = project / "stacks" / f"Pulumi.{STACK}.yaml"
        if self.platform:
            edit_platform(stack_file, self.platform)
        if self.rotates:
            document = yaml.safe_load(stack_file.read_text())
            document["config"][f"seldon-platform:{self.rotates}"]["secure"] = "v1:ANEW:ANEW"
            stack_file.write_text(yaml.safe_dump(document, sort_keys=False))
        for source in self.sources:
            edit(project / source.path, source.old, source.new)


def _each(found: Mapping[str, str]) -> set[tuple[str, str]]:
    return {(risk, name) for name, risks in found.items() for risk in risks.split()}
