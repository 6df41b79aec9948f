"""Puts findings together that are one to a reader: a chart not rendered, a component that goes, comes or moves."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from review.kinds import CHART, is_workload, label
from review.model import Change, Finding, Incomplete, Risk, Snapshot
from review.urns import STACK_TYPE, name_of, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from review.model import Diagnostic

_INCOMPLETE = "Preview is incomplete"
"""What the Kubernetes provider says of a chart whose values it does not know (`provider/helm/v4/chart.go`)."""
_GOING = frozenset({"delete", "forget"})
_RELEASES = frozenset({CHART, "kubernetes:yaml/v2:ConfigGroup", "kubernetes:yaml/v2:ConfigFile"})


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Which resource is whose child, in the old state and the new."""

    changes: Mapping[str, Change]
    resources: Mapping[str, Snapshot]
    failed: bool
    """Whether the preview failed, so that what it did not come to is in no step."""

    def parent(self, urn: str) -> str | None:
        """Return the parent; None for the stack and what is directly below it."""
        change, snapshot = self.changes.get(urn), self.resources.get(urn)
        found = (change.parent if change else None) or (snapshot.parent if snapshot else None)
        return found if found and type_of(found) != STACK_TYPE else None

    def children(self) -> dict[str, list[str]]:
        """Return the children of each resource that has any."""
        found: dict[str, list[str]] = defaultdict(list)
        for urn in {**self.resources, **self.changes}:
            if parent := self.parent(urn):
                found[parent].append(urn)
        return found

    def is_component(self, urn: str) -> bool:
        """Say whether a resource only groups others."""
        change = self.changes.get(urn)
        snapshot = (change.before or change.after) if change else self.resources.get(urn)
        return snapshot is not None and not snapshot.custom

    def top(self, urn: str, operations: frozenset[str]) -> str | None:
        """Return the outermost component above (or at) a resource to which the same happens."""
        best: str | None = None
        current: str | None = urn
        while current:
            if self.is_component(current) and self._happens(current, operations):
                best = current
            elif best:
                break
            current = self.parent(current)
        return best

    def _happens(self, urn: str, operations: frozenset[str]) -> bool:
        change = self.changes.get(urn)
        if change is None:
            # A protected child keeps the engine from coming to its parent's deletion.
            return self.failed and operations == _GOING
        return change.op in operations and (operations != frozenset({"same"}) or change.previous_urn is not None)


def incomplete_charts(tree: Tree, diagnostics: Iterable[Diagnostic]) -> list[Incomplete]:
    """Return the charts of which the preview does not know the resources.

    The provider says so; or a chart that stays loses every one of its resources and gets none.
    """
    children = tree.children()
    said = {note.urn: note.message for note in diagnostics if note.urn and _INCOMPLETE in note.message}
    charts = {urn for urn in [*tree.resources, *tree.changes] if type_of(urn) in _RELEASES}
    found: list[Incomplete] = []
    for urn in sorted(charts | set(said)):
        below = _descendants(urn, children)
        operations = {tree.changes[child].op if child in tree.changes else "same" for child in below}
        change = tree.changes.get(urn)
        stays = not tree.failed and (change is None or change.op in {"same", "update"})
        if urn in said or (stays and len(below) > 1 and operations <= _GOING):
            reason = said.get(urn, "Every resource of it is gone from the preview, and the chart itself stays.")
            found.append(Incomplete(urn=urn, name=name_of(urn), resources=tuple(below), reason=reason))
    return found


def chart_finding(chart: Incomplete, tree: Tree) -> Finding:
    """Return the one finding of a chart that could not be rendered."""
    snapshot = tree.resources.get(chart.urn)
    change = tree.changes.get(chart.urn) or Change(
        urn=chart.urn,
        type=type_of(chart.urn),
        name=chart.name,
        op="same",
        before=snapshot,
        after=snapshot,
        parent=snapshot.parent if snapshot else None,
    )
    count = len(chart.resources)
    shown = f": its {count} resources are shown as deleted, and may not be" if count else ""
    return Finding(
        risk=Risk.UNKNOWN,
        rule="unknown/chart-not-rendered",
        change=change,
        title=f"Chart {chart.name} could not be rendered in the preview{shown}",
        why=f"{chart.reason.rstrip('.')}. A value of it is known only after the update, so none of it is seen.",
        remedy=(
            "Give the chart plain values, and hand what is known later over in a Secret or a ConfigMap; or make what "
            "the value is taken from in a change of its own first."
        ),
        covers=chart.resources,
        blocked=True,
    )


def _descendants(urn: str, children: Mapping[str, Sequence[str]]) -> list[str]:
    found: list[str] = []
    queue = list(children.get(urn, ()))
    while queue:
        current = queue.pop(0)
        found.append(current)
        queue += children.get(current, ())
    return found


def folded(findings: Iterable[Finding], tree: Tree) -> list[Finding]:
    """Return the findings with those of one component, to which as a whole the same happens, put together."""
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    rest: list[Finding] = []
    for finding in findings:
        kind, operations = _kind(finding)
        top = tree.top(finding.change.urn, operations) if operations else None
        if top and not finding.covers:
            groups[kind, top].append(finding)
        else:
            rest.append(finding)
    created = {top: parts for (kind, top), parts in groups.items() if kind == "comes"}
    for (kind, top), parts in groups.items():
        if len(parts) == 1 and parts[0].change.urn != top:
            rest += parts
        elif kind == "goes":
            rest.append(_going(top, parts, tree, created))
        else:
            rest.append(_coming(top, parts, tree, kind))
    return rest


def _kind(finding: Finding) -> tuple[str, frozenset[str]]:
    change = finding.change
    if change.op in _GOING:
        return "goes", _GOING
    if finding.risk is Risk.CREATE and change.op == "create":
        return "comes", frozenset({"create"})
    if finding.risk is Risk.NO_OP and change.previous_urn:
        return "moves", frozenset({"same"})
    return "", frozenset()


def _change(urn: str, tree: Tree) -> Change:
    found = tree.changes.get(urn)
    if found:
        return found
    snapshot = tree.resources.get(urn)
    return Change(
        urn=urn,
        type=type_of(urn),
        name=name_of(urn),
        op="delete",
        before=snapshot,
        parent=snapshot.parent if snapshot else None,
    )


def _going(top: str, parts: list[Finding], tree: Tree, created: Mapping[str, list[Finding]]) -> Finding:
    ordered = sorted(parts, key=lambda part: (part.risk, not is_workload(part.change.type), part.change.urn))
    covers = dict.fromkeys(part.change.urn for part in ordered if part.change.urn != top)
    if tree.failed:  # what the engine did not come to goes with the rest
        covers |= dict.fromkeys(urn for urn in _descendants(top, tree.children()) if urn not in tree.changes)
    gravest = ordered[0]
    worst = [part for part in ordered if part.risk is gravest.risk]
    heir = _heir(top, parts, created)
    others = len(covers)
    named = f"{worst[0].title}{f', and {len(worst) - 1} more like it' if len(worst) > 1 else ''}"
    what = f"{label(top, None)} is deleted with {others} resource{'s' if others != 1 else ''}"
    if heir:
        what = f"{label(top, None)} is deleted and made anew as {name_of(heir)}, with {others} resources"
    return Finding(
        risk=gravest.risk,
        rule=f"{gravest.risk.slug}/component-deleted",
        change=_change(top, tree),
        title=f"{what}: {named}" if gravest.risk.blocks else what,
        why=_going_why(heir, gravest),
        remedy=_going_remedy(top, heir, gravest),
        covers=tuple(covers),
        parts=tuple(part for part in ordered if part.risk.blocks),
        blocked=any(part.blocked for part in parts),
    )


def _going_why(heir: str | None, gravest: Finding) -> str:
    if not heir:
        return gravest.why or "The program has it no more."
    return (
        f"To the engine the new name is another component: it makes {name_of(heir)} and deletes this one with all "
        f"that is in it. {gravest.why}"
    ).strip()


def _going_remedy(top: str, heir: str | None, gravest: Finding) -> str:
    if heir:
        return (
            f'If it was renamed, give {name_of(heir)} an alias: `aliases=[pulumi.Alias(name="{name_of(top)}")]`; then '
            "nothing is deleted. Take the alias away once every stack has been brought up to date."
        )
    return gravest.remedy


def _heir(top: str, parts: list[Finding], created: Mapping[str, list[Finding]]) -> str | None:
    """Return the new component that looks like one that goes: of the same type, with children of the same types."""
    lost = Counter(part.change.type for part in {part.change.urn: part for part in parts}.values())
    candidates = [
        urn
        for urn, made in created.items()
        if type_of(urn) == type_of(top) and Counter(part.change.type for part in made) & lost
    ]
    return max(candidates, key=lambda urn: (_likeness(top, urn), urn)) if candidates else None


def _likeness(old: str, new: str) -> int:
    return sum(1 for left, right in zip(name_of(old), name_of(new), strict=False) if left == right)


def _coming(top: str, parts: list[Finding], tree: Tree, kind: str) -> Finding:
    own = next((part for part in parts if part.change.urn == top), parts[0])
    covers = tuple(part.change.urn for part in parts if part.change.urn != top)
    change = tree.changes[top]
    if kind == "comes":
        verb = "is created"
    else:
        verb = f"moves in the program, from {name_of(change.previous_urn or top)}, and stays as it is"
    more = f", with {len(covers)} resource{'s' if len(covers) != 1 else ''}" if covers else ""
    return dataclasses.replace(
        own, change=change, title=f"{label(top, None)} {verb}{more}", covers=covers, properties=()
    )


def parts_below(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many findings that block lie in each fold, by the component's URN."""
    return {finding.change.urn: len(finding.parts) for finding in findings if finding.parts}
