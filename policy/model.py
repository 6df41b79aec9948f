"""What rules judge, and what a rule is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from policy.tree import mapping, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from policy.tree import Tree


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource, as the engine is about to make it."""

    type: str
    """Type token, such as `kubernetes:core/v1:Service`."""
    name: str
    props: Tree
    """Plain JSON; `policy.tree.UNKNOWN` for what is not known yet."""
    protect: bool = False

    @property
    def namespace(self) -> str:
        """Namespace of an object of the cluster, empty for others."""
        return str(value(self.metadata, "namespace") or "")

    @property
    def object_name(self) -> str:
        """Name in the cluster."""
        return str(value(self.metadata, "name") or "")

    @property
    def metadata(self) -> Tree:
        """Metadata of an object of the cluster."""
        return mapping(self.props, "metadata")

    @property
    def spec(self) -> Tree:
        """Spec of an object of the cluster."""
        return mapping(self.props, "spec")


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """A named weakening of the stack file."""

    control: str
    resource: str
    reason: str
    expires: str
    """ISO 8601 date, the last day on which it holds."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the stack file says that rules need."""

    registry: str | None = None
    """Host and path of the customer's mirror."""
    storage_class: str | None = None
    exemptions: Sequence[Exemption] = field(default_factory=tuple)

    def exempt(self, control: str, *resources: str) -> bool:
        """Say whether one of these resources is let off a control."""
        return any(each.control == control and each.resource in resources for each in self.exemptions)


Check: TypeAlias = "Callable[[Resource, Facts], Iterator[str]]"
"""Yields what is wrong with one resource: the property, what it is, and what it must be; ends at what is not known."""
StackCheck: TypeAlias = "Callable[[Sequence[Resource], Facts], Iterator[str]]"
"""Yields what is wrong with all of them together; each text names its resource."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that must hold, of each resource or of all together."""

    name: str
    description: str
    exemption: str | None = None
    """Control of the stack file's `exemptions` that lets a resource off; None when nothing does."""
    check: Check | None = None
    stack: StackCheck | None = None
