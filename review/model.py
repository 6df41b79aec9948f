"""What a review is made of: values, changes, findings and the review itself; everything is plain frozen data."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

Operation: TypeAlias = Literal["create", "update", "replace", "delete", "forget", "read", "import", "same"]
"""What the engine would do to a resource; the steps of a replacement are one `replace`.

`forget` takes the resource out of the state and leaves it standing; `same` may still carry changed options or outputs.
"""

Place: TypeAlias = Literal["input", "output", "option", "config"]
"""What a property is: an input or output of the resource, one of the engine's options for it (`protect`, ...), or, of
the stack, a setting of its file."""


class Marker(enum.Enum):
    """What stands for a value that cannot be shown; nothing of the value is kept."""

    SECRET = "[secret]"  # noqa: S105 (the text that is shown in place of one)
    UNKNOWN = "[known after apply]"
    ABSENT = "[absent]"

    def __bool__(self) -> bool:
        """Count what is absent as nothing; of what is hidden it is known that it is there."""
        return self is not Marker.ABSENT


SECRET = Marker.SECRET
UNKNOWN = Marker.UNKNOWN
ABSENT = Marker.ABSENT

Value: TypeAlias = "bool | int | float | str | Marker | list[Value] | dict[str, Value] | None"
"""A JSON value in which secrets and values known only after apply are markers, at any depth."""


class Risk(enum.IntEnum):
    """Classes of findings, the gravest first (and lowest)."""

    DATA_LOSS = 0
    EXPOSURE = 1
    PROTECTION_REMOVED = 2
    INTERRUPTION = 3
    UNKNOWN = 4
    CHANGE = 5
    CREATE = 6
    NO_OP = 7

    @property
    def slug(self) -> str:
        """The class in files and in approvals: `data-loss`."""
        return self.name.lower().replace("_", "-")

    @property
    def label(self) -> str:
        """The class for readers: `data loss`."""
        return self.name.lower().replace("_", " ")

    @property
    def blocks(self) -> bool:
        """Whether a finding of the class passes through an approval only."""
        return self <= Risk.UNKNOWN


@dataclass(frozen=True, kw_only=True, slots=True)
class PropertyChange:
    """A property that is not what it was."""

    path: str
    """Path in the resource, such as `spec.template.spec.containers[0].image`; of an option its name (`protect`)."""
    before: Value
    """ABSENT if it was not set."""
    after: Value
    """ABSENT if it is not set any more. SECRET on both sides is a secret that changed."""
    replaces: bool = False
    """Whether the engine replaces the resource because of it."""
    place: Place = "input"


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A resource as the state has it, or as the program wants it."""

    inputs: dict[str, Value] = field(default_factory=dict["str", "Value"])
    outputs: dict[str, Value] = field(default_factory=dict["str", "Value"])
    id: str | None = None
    """Identifier that the provider gave it."""
    custom: bool = True
    """False for a component, which nothing stands for outside of the state."""
    protect: bool = False
    retain_on_delete: bool = False
    parent: str | None = None
    provider: str | None = None
    """Reference to its provider without the identifier: the URN."""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict["str", "tuple[str, ...]"])
    deleted_with: str | None = None
    external: bool = False
    """Whether it is only read, not managed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """All that the engine would do to one resource."""

    urn: str
    type: str
    name: str
    op: Operation
    before: Snapshot | None = None
    """None for what is not there yet."""
    after: Snapshot | None = None
    """None for what goes, and for what the engine did not tell."""
    properties: tuple[PropertyChange, ...] = ()
    replace_reasons: tuple[str, ...] = ()
    """Paths that the engine says force the replacement."""
    delete_before_replace: bool = False
    parent: str | None = None
    previous_urn: str | None = None
    """URN in the state if an alias led from another one to this: the resource moves and nothing happens to it."""
    hidden: bool = False
    """Whether something changes that the engine's own count leaves out (options, outputs)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependants:
    """What would notice a change to a resource."""

    urns: tuple[str, ...] = ()
    """All that depend on it, directly or through others, nearest first."""
    workloads: tuple[str, ...] = ()
    """Those of them that run something, as readers know them: `Deployment seldon-mesh/scheduler`.

    Of a finding that speaks for a whole component or chart, first what runs in it.
    """

    @property
    def count(self) -> int:
        """Number of resources that depend on it."""
        return len(self.urns)


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """A line of `stacks/approvals/<stack>.yaml`."""

    urn: str
    risk: Risk
    reason: str
    expires: dt.date
    """Last day that it holds."""


ApprovalState: TypeAlias = Literal["used", "unused", "expired", "too wide"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalUse:
    """What became of an approval; every state but `used` blocks."""

    approval: Approval
    state: ApprovalState
    explanation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that the change does, as one class of risk sees it."""

    risk: Risk
    rule: str
    """Identifier of the rule that found it, such as `data-loss/delete`."""
    change: Change
    title: str
    """One line: what happens to what."""
    why: str
    """Why the engine does it, or why it is of this class."""
    remedy: str
    """How to make it safe; empty for what needs nothing."""
    properties: tuple[PropertyChange, ...] = ()
    """The properties that the finding is about; empty if it is about the resource."""
    dependants: Dependants = Dependants()
    covers: tuple[str, ...] = ()
    """URNs of further resources that the finding speaks for, such as all of a chart that could not be rendered."""
    parts: tuple[Finding, ...] = ()
    """The findings it is made of, the gravest first, when a component goes as a whole: approved one by one."""
    approval: Approval | None = None
    """The approval that lets it pass."""
    blocked: bool = False
    """Whether it, or one of its parts, must not pass."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostic:
    """Something that the engine, the program or a provider said."""

    severity: Literal["info", "warning", "error"]
    message: str
    urn: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Incomplete:
    """A chart of which the preview does not know the resources."""

    urn: str
    name: str
    """Name of the release."""
    resources: tuple[str, ...]
    """URNs of what the state has of it, which the preview shows as deleted or not at all."""
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A resource in the graph."""

    urn: str
    type: str
    label: str
    """As readers know it: `Deployment seldon-mesh/scheduler`, or the type's last part and the resource's name."""
    parent: str | None
    workload: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A resource that depends on another."""

    dependant: str
    dependency: str
    kind: Literal["dependency", "parent", "provider", "reference"]
    """`reference` is a Kubernetes object that refers to the other by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """All resources of the old and the new state, and what depends on what."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """The change, reviewed."""

    stack: str
    stack_file: str
    """Path of the stack's settings in the repository."""
    findings: tuple[Finding, ...]
    """All of them, the gravest class first, in a class what most depends on first."""
    counts: Mapping[Risk, int]
    """Number of findings in each class, all classes present; of NO_OP the number of resources that stay as they are."""
    operations: Mapping[str, int] = field(default_factory=dict["str", "int"])
    """Number of resources by operation, replacements folded."""
    diagnostics: tuple[Diagnostic, ...] = ()
    incomplete: tuple[Incomplete, ...] = ()
    approvals: tuple[ApprovalUse, ...] = ()
    limits: tuple[str, ...] = ()
    """What this review cannot see, each a sentence."""
    graph: Graph = Graph()

    @property
    def blocked(self) -> bool:
        """Whether the change must not pass: a blocked finding, an approval that is not used, or a failed preview."""
        return (
            any(finding.blocked for finding in self.findings)
            or any(use.state != "used" for use in self.approvals)
            or any(diagnostic.severity == "error" for diagnostic in self.diagnostics)
        )
