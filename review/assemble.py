"""Makes the review of what was read: preview, state, settings and approvals."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from review import approvals, folds
from review.errors import ReviewError
from review.graph import Dependencies
from review.limits import limits
from review.model import Change, Dependants, Finding, Review, Risk, Snapshot
from review.notes import condensed, refused
from review.rules import classify, merged
from review.rules.base import Context, case_of, context_of
from review.rules.exposure.settings import exempted
from review.urns import STACK_TYPE, name_of, stack_of, type_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from review.model import Approval
    from review.reading.reading import Deployment, Preview


@dataclass(frozen=True, kw_only=True)
class Material:
    """All that a review is made of."""

    preview: Preview
    today: dt.date
    deployment: Deployment | None = None
    approvals: Sequence[Approval] = ()
    config_before: Mapping[str, str] | None = None
    """Settings of the stack as they were, or None if nobody said."""
    stack: str | None = None
    """Name that the stack must have."""


def assemble(material: Material) -> Review:
    """Review the change.

    Raises:
        ReviewError: preview, state and stack do not belong together.

    """
    preview = material.preview
    stack = _stack(material)
    resources: Mapping[str, Snapshot] = material.deployment.resources if material.deployment else {}
    changes = _with_state(_with_refused(preview, resources), resources)
    tree = folds.Tree(changes=changes, resources=resources, failed=_failed(preview))
    made = frozenset(change.urn for change in changes.values() if change.op in {"create", "import"})
    dependencies = Dependencies(_union(changes, resources), made=made)
    charts = folds.incomplete_charts(tree, preview.diagnostics)
    unseen = {urn for chart in charts for urn in (chart.urn, *chart.resources)}
    single = [folds.chart_finding(chart, tree) for chart in charts]
    context = context_of(change for change in changes.values() if change.urn not in unseen)
    for change in changes.values():
        if change.urn not in unseen:
            single += [found for found in classify(change, context) if _told(found)]
    single = _with_exemptions(single, material, changes, stack)
    below = folds.parts_below(folds.folded(single, tree))
    single, uses = approvals.apply(single, material.approvals, today=material.today, components=below)
    findings = _ordered(_with_dependants(folds.folded(single, tree), dependencies), dependencies)
    counts = {risk: sum(finding.risk is risk for finding in findings) for risk in Risk}
    counts[Risk.NO_OP] = _unchanged(preview, changes)
    return Review(
        stack=stack,
        stack_file=f"stacks/Pulumi.{stack}.yaml",
        findings=findings,
        counts=counts,
        operations=_operations(changes, preview),
        diagnostics=condensed(preview.diagnostics, dependencies.label),
        incomplete=tuple(charts),
        approvals=uses,
        limits=_limits(material, changes, context),
        graph=dependencies.graph(),
    )


def _limits(material: Material, changes: Mapping[str, Change], context: Context) -> tuple[str, ...]:
    compared = material.config_before is not None
    return tuple(limits(material.preview, material.deployment, changes, new=context.new_stack, compared=compared))


def _stack(material: Material) -> str:
    told = {stack_of(change.urn) for change in material.preview.changes}
    held = {stack_of(urn) for urn in (material.deployment.resources if material.deployment else ())}
    found = sorted(told | held | ({material.stack} if material.stack else set()))
    if len(found) > 1:
        raise ReviewError(f"preview, state and stack belong together, but speak of several stacks: {', '.join(found)}")
    if not found:
        raise ReviewError("the preview names no resource and so no stack; name it with --stack")
    return found[0]


def _failed(preview: Preview) -> bool:
    return any(note.severity == "error" for note in preview.diagnostics)


def _with_refused(preview: Preview, resources: Mapping[str, Snapshot]) -> dict[str, Change]:
    """Return the changes by URN, with deletions that the engine refused before it made them steps."""
    changes = {change.urn: change for change in preview.changes}
    for note in preview.diagnostics:
        for urn in refused(note.message):
            if changes.get(urn) is None or changes[urn].op in {"same", "read"}:
                before = resources.get(urn) or (changes[urn].before if urn in changes else None)
                changes[urn] = Change(
                    urn=urn,
                    type=type_of(urn),
                    name=name_of(urn),
                    op="delete",
                    before=before,
                    parent=before.parent if before else None,
                )
    return changes


def _with_state(changes: dict[str, Change], resources: Mapping[str, Snapshot]) -> dict[str, Change]:
    """Fill in what events leave out and the state has: dependencies."""
    for urn, change in changes.items():
        held = resources.get(change.previous_urn or urn)
        before = change.before
        if held and before and not before.dependencies and not before.property_dependencies:
            known = dataclasses.replace(
                before, dependencies=held.dependencies, property_dependencies=held.property_dependencies
            )
            changes[urn] = dataclasses.replace(change, before=known)
        elif held and before is None and change.op != "create":
            changes[urn] = dataclasses.replace(change, before=held)
    return changes


def _union(changes: Mapping[str, Change], resources: Mapping[str, Snapshot]) -> dict[str, Snapshot]:
    """Return each resource once, as it is to be, with the dependencies that it has or is to have."""
    moved = {change.previous_urn for change in changes.values() if change.previous_urn}
    found = {urn: snapshot for urn, snapshot in resources.items() if urn not in moved}
    for urn, change in changes.items():
        after, before = change.after, change.before
        snapshot = after or before
        if snapshot is None:
            continue
        if after and before and before.dependencies != after.dependencies:
            both = tuple(dict.fromkeys((*after.dependencies, *before.dependencies)))
            snapshot = dataclasses.replace(after, dependencies=both)
        if not snapshot.inputs and urn in resources:
            snapshot = dataclasses.replace(snapshot, inputs=resources[urn].inputs)
        found[urn] = snapshot
    return found


def _told(finding: Finding) -> bool:
    """Whether a reader is told: what stays as it is and where it is is only counted."""
    return finding.risk is not Risk.NO_OP or finding.change.previous_urn is not None


def _with_exemptions(
    findings: list[Finding], material: Material, changes: Mapping[str, Change], stack: str
) -> list[Finding]:
    if material.config_before is None or not material.preview.config:
        return findings
    hits = list(exempted(material.config_before, material.preview.config))
    if not hits:
        return findings
    root = next((change for change in changes.values() if change.type == STACK_TYPE), None)
    project = next((urn.split("::")[1] for urn in changes), stack)
    urn = f"urn:pulumi:{stack}::{project}::{STACK_TYPE}::{project}-{stack}"
    change = root or Change(urn=urn, type=STACK_TYPE, name=name_of(urn), op="same", hidden=True)
    return [*findings, merged(case_of(change, context_of(())), Risk.EXPOSURE, hits)]


def _with_dependants(findings: Iterable[Finding], dependencies: Dependencies) -> list[Finding]:
    found: list[Finding] = []
    for finding in findings:
        quiet = finding.risk in {Risk.CREATE, Risk.NO_OP} or finding.change.type == STACK_TYPE
        found.append(finding if quiet else _with_its_dependants(finding, dependencies))
    return found


def _with_its_dependants(finding: Finding, dependencies: Dependencies) -> Finding:
    covered = dict.fromkeys((finding.change.urn, *finding.covers))
    reached = [dependencies.dependants(urn) for urn in covered]
    urns = tuple(dict.fromkeys(urn for found in reached for urn in found.urns if urn not in covered))
    # What runs in a component stops with it, and so is noticed as much as what runs on it.
    workloads = dependencies.workloads((*finding.covers, *urns))
    parts = tuple(
        dataclasses.replace(part, dependants=dependencies.dependants(part.change.urn)) for part in finding.parts
    )
    return dataclasses.replace(finding, dependants=Dependants(urns=urns, workloads=workloads), parts=parts)


def _ordered(findings: Iterable[Finding], dependencies: Dependencies) -> tuple[Finding, ...]:
    return tuple(
        sorted(
            findings,
            key=lambda finding: (
                finding.risk,
                not finding.blocked,
                -len(finding.dependants.workloads),
                -finding.dependants.count,
                dependencies.label(finding.change.urn),
                finding.change.urn,
            ),
        )
    )


def _operations(changes: Mapping[str, Change], preview: Preview) -> dict[str, int]:
    found = Counter(change.op for change in changes.values())
    found["same"] = max(found["same"], preview.counted.get("same", 0))
    return {op: number for op, number in sorted(found.items()) if number}


def _unchanged(preview: Preview, changes: Mapping[str, Change]) -> int:
    told = sum(change.op in {"same", "read"} and not change.hidden for change in changes.values())
    hidden = sum(change.op in {"same", "read"} and change.hidden for change in changes.values())
    return max(told, preview.counted.get("same", 0) - hidden)
