"""What a rule is: where it looks, what it looks for, and what a reader is told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from review.kinds import NAMESPACE, NETWORK_POLICY, Kind, identity, kind_of, label
from review.model import ABSENT, Marker, Risk, Value
from review.paths import at, parse, under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from review.model import Change, PropertyChange


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a rule may know besides the change it looks at."""

    changes: Mapping[str, Change] = field(default_factory=dict[str, "Change"])
    new_stack: bool = False
    """Whether nothing stood before, so that nothing can become weaker than it was."""
    deleted_namespaces: frozenset[str] = frozenset()
    made: Mapping[tuple[Kind, str, str], Change] = field(default_factory=dict[tuple[Kind, str, str], "Change"])
    """Kubernetes objects that the program creates, by kind, namespace and name."""
    gone: Mapping[tuple[Kind, str, str], Change] = field(default_factory=dict[tuple[Kind, str, str], "Change"])
    """Kubernetes objects that are deleted or forgotten, likewise."""
    policies: Mapping[str, Sequence[dict[str, Value]]] = field(default_factory=dict[str, "Sequence[dict[str, Value]]"])
    """Specifications of the network policies that are there after the change, by namespace."""


def context_of(changes: Iterable[Change]) -> Context:
    """Gather what rules may know."""
    by_urn = {change.urn: change for change in changes}
    made: dict[tuple[Kind, str, str], Change] = {}
    gone: dict[tuple[Kind, str, str], Change] = {}
    policies: dict[str, list[dict[str, Value]]] = defaultdict(list)
    for change in by_urn.values():
        kind = kind_of(change.type)
        if kind == NETWORK_POLICY and change.after and change.op not in {"delete", "forget"}:
            policies[identity(change.after.inputs)[0]].append(fields(change.after.inputs.get("spec")))
        if kind and change.op in {"create", "import"} and change.after:
            made[(kind, *identity(change.after.inputs))] = change
        elif kind and change.op in {"delete", "forget"} and change.before:
            gone[(kind, *identity(change.before.inputs))] = change
    return Context(
        changes=by_urn,
        new_stack=all(change.before is None for change in by_urn.values()),
        deleted_namespaces=frozenset(
            name for (kind, _, name), change in gone.items() if kind == NAMESPACE and change.op == "delete"
        ),
        made=made,
        gone=gone,
        policies=policies,
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """A change as rules look at it."""

    change: Change
    context: Context
    kind: Kind | None
    before: dict[str, Value]
    """Inputs that it had; empty for what is created."""
    after: dict[str, Value]
    """Inputs that it is to have; empty for what goes."""

    @property
    def created(self) -> bool:
        """Whether it did not stand before."""
        return self.change.op in {"create", "import"}

    @property
    def gone(self) -> bool:
        """Whether it stands no more, or not in the program's hands."""
        return self.change.op in {"delete", "forget"}

    @property
    def changed(self) -> bool:
        """Whether it stands before and after, by an update or a replacement."""
        return self.change.op in {"update", "replace"}

    @property
    def label(self) -> str:
        """The resource as readers know it."""
        return label(self.change.urn, self.change.after or self.change.before)

    def was(self, path: str) -> Value:
        """Return what an input was."""
        return at(self.before, path)

    def now(self, path: str) -> Value:
        """Return what an input is to be."""
        return at(self.after, path)

    def lost(self, path: str, value: Value) -> bool:
        """Say whether an input had the value and is not known to keep it."""
        return self.changed and self.was(path) == value and self.now(path) != value

    def gained(self, path: str, value: Value) -> bool:
        """Say whether an input gets the value that it did not have."""
        return not self.gone and self.was(path) != value and self.now(path) == value


def case_of(change: Change, context: Context) -> Case:
    """Return the change as rules look at it."""
    after = change.after.inputs if change.after and change.op not in {"delete", "forget"} else {}
    return Case(
        change=change,
        context=context,
        kind=kind_of(change.type),
        before=change.before.inputs if change.before else {},
        after=after,
    )


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of a table: what it applies to, what it says, and how to make it safe."""

    id: str
    risk: Risk
    on: frozenset[Kind | str]
    """Kinds of Kubernetes objects and type tokens; empty for all."""
    check: Callable[[Case], Iterable[str]]
    """Yields what happens, in words that go on from the resource's name; nothing if the rule does not apply."""
    why: str
    remedy: str
    paths: tuple[str, ...] = ()
    """Where the properties lie that it is about; empty if all that change are shown."""

    def applies(self, case: Case) -> bool:
        """Say whether the resource is of the rule's types."""
        return not self.on or case.change.type in self.on or (case.kind is not None and case.kind in self.on)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """What a rule found."""

    rule: str
    risk: Risk
    what: str
    """Goes on from the resource's name: `is deleted`."""
    why: str
    remedy: str
    properties: tuple[PropertyChange, ...] = ()


def run(rules: Iterable[Rule], case: Case) -> Iterator[Hit]:
    """Yield what the rules of a table find."""
    for rule in rules:
        if rule.applies(case):
            found = list(dict.fromkeys(rule.check(case)))
            if found:
                yield Hit(
                    rule=rule.id,
                    risk=rule.risk,
                    what=" and ".join(found),
                    why=rule.why,
                    remedy=rule.remedy,
                    properties=about(case.change, rule.paths) if rule.paths else case.change.properties,
                )


def about(change: Change, paths: Iterable[str]) -> tuple[PropertyChange, ...]:
    """Return the properties of a change that lie at or below the paths."""
    wanted = [parse(path) for path in paths]
    return tuple(
        found
        for found in change.properties
        if any(under(parse(found.path), path) or under(path, parse(found.path)) for path in wanted)
    )


def objects(value: Value) -> list[dict[str, Value]]:
    """Return the objects in a list; none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: Value) -> list[str]:
    """Return the texts in a list; none if it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def fields(value: Value) -> dict[str, Value]:
    """Return an object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def hidden(value: Value) -> bool:
    """Say whether a value cannot be seen."""
    return isinstance(value, Marker) and value is not ABSENT


def ranked(value: Value, order: tuple[str, ...]) -> int:
    """Return how strong a value is by an order from weak to strong; -1 for one that is not in it or not set."""
    return order.index(value) if isinstance(value, str) and value in order else -1
