"""Says what a change risks: every rule is asked, and what they find is put together by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review.model import Finding, PropertyChange, Risk
from review.rules import data_loss, interruption, protection, unknown
from review.rules.base import Hit, case_of, run
from review.rules.exposure import cloud, cloud_guards, mesh, network, pods, rights, settings, stores

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from review.model import Change
    from review.rules.base import Case, Context

EXPOSURE = (
    *network.TABLE,
    *pods.TABLE,
    *mesh.TABLE,
    *rights.TABLE,
    *stores.TABLE,
    *cloud_guards.TABLE,
    *cloud.TABLE,
    *settings.TABLE,
)
TABLES = (*data_loss.TABLE, *EXPOSURE, *protection.TABLE, *interruption.TABLE)
_PLAIN = {"create": Risk.CREATE, "import": Risk.CREATE, "same": Risk.NO_OP, "read": Risk.NO_OP}
_VERBS = {
    "create": "is created",
    "import": "is taken over as it stands",
    "update": "changes",
    "replace": "is replaced",
    "delete": "is deleted",
    "forget": "is forgotten",
    "same": "stays as it is",
    "read": "is read",
}


def classify(change: Change, context: Context) -> list[Finding]:
    """Return what a change risks, the gravest class first, one finding for each class that is found.

    A change that no rule finds anything in gets one finding of a class that does not block. In a stack that is new,
    nothing can be weaker than it was: there all is a creation.
    """
    case = case_of(change, context)
    hits = [] if context.new_stack else list(_hits(case))
    found = [
        merged(case, risk, [hit for hit in hits if hit.risk == risk]) for risk in sorted({hit.risk for hit in hits})
    ]
    return found or [_plain(case)]


def _hits(case: Case) -> Iterator[Hit]:
    if case.change.op in {"same", "read"} and not case.change.properties:
        return
    yield from data_loss.lifecycle(case)
    yield from protection.options(case)
    yield from interruption.lifecycle(case)
    yield from unknown.unknowns(case)
    if case.change.op not in {"same", "read"}:
        yield from run(TABLES, case)


def merged(case: Case, risk: Risk, hits: Iterable[Hit]) -> Finding:
    """Return one finding of what was found in one class."""
    found = list(hits)
    properties: dict[tuple[str, str], PropertyChange] = {}
    for hit in found:
        properties |= {(changed.place, changed.path): changed for changed in hit.properties}
    whats = list(dict.fromkeys(hit.what for hit in found))
    return Finding(
        risk=risk,
        rule=found[0].rule,
        change=case.change,
        title=f"{case.label} {' and '.join(whats)}",
        why=" ".join(dict.fromkeys(hit.why for hit in found)),
        remedy=" ".join(dict.fromkeys(hit.remedy for hit in found)),
        properties=tuple(properties.values()),
        blocked=risk.blocks,
    )


def _plain(case: Case) -> Finding:
    change = case.change
    risk = _PLAIN.get(change.op, Risk.CHANGE)
    if change.op in {"same", "read"} and change.hidden and _matters(change):
        risk = Risk.CHANGE
    return Finding(
        risk=risk,
        rule=f"{risk.slug}/{change.op}",
        change=change,
        title=f"{case.label} {_said(change)}",
        why=_why(change),
        remedy="",
        properties=change.properties,
    )


def _matters(change: Change) -> bool:
    """Whether a hidden change is worth a line; that something waits for something else when it is made is not."""
    return any(found.path != "dependencies" for found in change.properties)


def _said(change: Change) -> str:
    if change.previous_urn and change.op == "same":
        return f"moves in the program, from {change.previous_urn.rpartition('::')[2]}, and stays as it is"
    if change.hidden and _matters(change):
        return "changes in the program alone"
    return _VERBS[change.op]


def _why(change: Change) -> str:
    if change.op == "same" and change.previous_urn:
        return "An alias leads from its old name to the new one."
    if change.hidden and _matters(change):
        return "The engine counts it as unchanged: nothing happens to the resource itself."
    if change.op == "replace":
        return (
            f"{', '.join(change.replace_reasons) or 'What changes'} cannot change on it; it holds nothing that is lost."
        )
    if change.op == "forget":
        return "The program lets go of it and leaves it standing; from then on nothing manages it."
    return ""
