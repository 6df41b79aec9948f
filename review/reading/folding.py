"""Makes the engine's steps changes: one for each resource, with all that differs between its two states."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from review.model import ABSENT, Change, Operation, PropertyChange, Snapshot, Value
from review.reading.differences import differences, with_engine_view
from review.urns import STACK_TYPE, name_of, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from review.reading.states import State

_REPLACING = frozenset(
    {"replace", "create-replacement", "delete-replaced", "read-replacement", "import-replacement", "discard-replaced"}
)
_STATE_ONLY = frozenset({"remove-pending-replace", "refresh", "diff", "extend-parameterize", "same"})
_PLAIN: dict[str, Operation] = {
    "create": "create",
    "update": "update",
    "read": "read",
    "discard": "read",
    "import": "import",
}
OPERATIONS = _REPLACING | _STATE_ONLY | _PLAIN.keys() | {"delete"}
"""Operations of the engine (pulumi `pkg/resource/deploy/step.go`)."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the engine."""

    op: str
    urn: str
    old: State | None
    new: State | None
    reasons: Sequence[str] = ()
    """Properties that the engine names for a replacement."""
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    """Its detailed diff: path to kind (`update`, `add-replace`, ...)."""
    outputs_known: bool = False
    """Whether the outputs of `new` are those after the program ran."""


def change_of(step: Step) -> Change:
    """Return the change that one step is."""
    old, new = step.old, step.new
    op = _operation(step)
    wanted = op != "same" or type_of(step.urn) == STACK_TYPE
    before = old.snapshot(outputs=wanted) if old else None
    after = _after(step, before, wanted=wanted) if new and op not in {"delete", "forget"} else None
    options: tuple[PropertyChange, ...] = ()
    properties: tuple[PropertyChange, ...] = ()
    if old and before and new and after:
        options = (*_options(before, after), *_outputs(step, before, after))
        raw = old.properties("inputs"), new.properties("inputs")
        properties = with_engine_view(
            list(differences(raw, (before.inputs, after.inputs))),
            kinds=step.kinds,
            reasons=step.reasons,
            shown=(before.inputs, after.inputs),
            live=before.outputs,
        )
    previous = old.urn if old and old.urn != step.urn else None
    state = after or before
    return Change(
        urn=step.urn,
        type=new.type if new else old.type if old else type_of(step.urn),
        name=name_of(step.urn),
        op=op,
        before=before,
        after=after,
        properties=(*properties, *options),
        replace_reasons=tuple(dict.fromkeys(step.reasons)),
        parent=state.parent if state else None,
        previous_urn=previous,
        hidden=bool(options) and op in {"same", "read"},
    )


def _after(step: Step, before: Snapshot | None, *, wanted: bool) -> Snapshot | None:
    old, new = step.old, step.new
    if new is None:
        return None
    if old and before and old.inputs == new.inputs:
        # Most resources stay what they are: what is equal is masked and kept once.
        new = new.model_copy(update={"inputs": None})
        return dataclasses.replace(new.snapshot(outputs=wanted), inputs=before.inputs)
    return new.snapshot(outputs=wanted)


def _operation(step: Step) -> Operation:
    if step.op in _REPLACING:
        return "replace"
    if step.op == "delete":
        return "forget" if step.old and (step.old.retain_on_delete or step.old.external) else "delete"
    return _PLAIN.get(step.op, "same")


def _options(before: Snapshot, after: Snapshot) -> Iterator[PropertyChange]:
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("protect", before.protect, after.protect),
        ("retainOnDelete", before.retain_on_delete, after.retain_on_delete),
        ("provider", before.provider, after.provider),
        ("parent", before.parent, after.parent),
        ("deletedWith", before.deleted_with, after.deleted_with),
    )
    for name, old, new in pairs:
        if old != new:
            yield PropertyChange(path=name, before=_given(old), after=_given(new), place="option")
    gone = sorted(set(before.dependencies) - set(after.dependencies))
    come = sorted(set(after.dependencies) - set(before.dependencies))
    if gone or come:
        yield PropertyChange(path="dependencies", before=[*gone], after=[*come], place="option")


def _given(value: Any) -> Value:  # noqa: ANN401 (a URN, a truth value or None)
    return ABSENT if value is None else value


def _outputs(step: Step, before: Snapshot, after: Snapshot) -> Iterator[PropertyChange]:
    if not (step.outputs_known and step.old and step.new):
        return
    raw = step.old.properties("outputs"), step.new.properties("outputs")
    for change in differences(raw, (before.outputs, after.outputs)):
        yield dataclasses.replace(change, place="output")


class Folding:
    """Gathers steps; those of one resource become one change."""

    def __init__(self) -> None:
        self._changes: dict[str, Change] = {}
        self._deleted_first: set[str] = set()

    def add(self, step: Step) -> None:
        """Take one step."""
        change = change_of(step)
        earlier = self._changes.get(step.urn)
        if step.op == "delete-replaced" and (earlier is None or earlier.after is None):
            self._deleted_first.add(step.urn)
        self._changes[step.urn] = _joined(earlier, change) if earlier else change

    def changes(self) -> tuple[Change, ...]:
        """Return a change for each resource, in the order in which the engine came to it."""
        moved = {change.previous_urn: change.urn for change in self._changes.values() if change.previous_urn}
        return tuple(
            dataclasses.replace(change, delete_before_replace=True)
            if change.op == "replace" and change.urn in self._deleted_first
            else _without_moves(change, moved)
            for change in self._changes.values()
        )


def _without_moves(change: Change, moved: Mapping[str, str]) -> Change:
    """Leave out options that name the same resource as before, only by the name that it moves to."""
    if not moved or not any(found.place == "option" for found in change.properties):
        return change
    kept = [_unmoved(found, moved) if found.place == "option" else found for found in change.properties]
    properties = tuple(found for found in kept if found is not None)
    hidden = change.hidden and any(found.place in {"option", "output"} for found in properties)
    return dataclasses.replace(change, properties=properties, hidden=hidden)


def _unmoved(option: PropertyChange, moved: Mapping[str, str]) -> PropertyChange | None:
    if isinstance(option.before, list) and isinstance(option.after, list):
        before = [moved.get(urn, urn) for urn in option.before if isinstance(urn, str)]
        gone = [urn for urn in before if urn not in option.after]
        come = [urn for urn in option.after if urn not in before]
        return dataclasses.replace(option, before=[*gone], after=come) if gone or come else None
    if isinstance(option.before, str) and moved.get(option.before) == option.after:
        return None
    return option


def _joined(first: Change, second: Change) -> Change:
    """Join two steps of one resource: a replacement, or what a refresh found and what the program wants."""
    best = max(first, second, key=lambda change: (len(change.properties), change.after is not None))
    after = second.after or (first.after if second.op not in {"delete", "forget"} else None)
    return dataclasses.replace(
        best,
        op=_joined_operation(first.op, second.op),
        before=first.before or second.before,
        after=after,
        replace_reasons=tuple(dict.fromkeys((*first.replace_reasons, *second.replace_reasons))),
        previous_urn=first.previous_urn or second.previous_urn,
        hidden=first.hidden and second.hidden,
    )


def _joined_operation(first: Operation, second: Operation) -> Operation:
    if "replace" in {first, second}:
        return "replace"
    if first == "same":
        return second
    if second == "same":
        return first
    if {first, second} == {"create", "delete"}:
        # A refresh found it gone and the program makes it anew; the other order is a replacement.
        return "create" if first == "delete" else "replace"
    return second
