"""Approvals: lines of a file in the repository, each of which lets exactly one finding pass, until a date."""

from __future__ import annotations

import dataclasses
import datetime as dt  # noqa: TC003 (pydantic reads it)
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from review.errors import ReviewError
from review.model import Approval, ApprovalState, ApprovalUse, Risk
from review.urns import is_urn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from review.model import Finding

DIRECTORY = Path("stacks/approvals")
_CLASSES = {risk.slug: risk for risk in Risk if risk.blocks}


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    urn: str
    risk: str = Field(alias="class")
    reason: Annotated[str, Field(min_length=10)]
    expires: dt.date


_ENTRIES = TypeAdapter(list[_Entry])


def read_approvals(path: Path) -> list[Approval]:
    """Read a file of approvals.

    Raises:
        ReviewError: it cannot be read, or a line of it is not `urn`, `class`, `reason` and `expires`.

    """
    try:
        given: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReviewError(f"{path}: {' '.join(str(error).split())}") from None
    try:
        entries = _ENTRIES.validate_python(given or [])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
        raise ReviewError(
            f"{path}{where}: {first['msg']}; allowed: a list of entries with urn, class, reason (10 characters or "
            "more) and expires (YYYY-MM-DD)"
        ) from None
    return [_approval(entry, f"{path}[{index}]") for index, entry in enumerate(entries)]


def _approval(entry: _Entry, where: str) -> Approval:
    if entry.risk not in _CLASSES:
        raise ReviewError(f"{where}.class: {entry.risk!r} is no class that blocks; allowed: {', '.join(_CLASSES)}")
    return Approval(urn=entry.urn, risk=_CLASSES[entry.risk], reason=entry.reason.strip(), expires=entry.expires)


def apply(
    findings: Iterable[Finding], approvals: Sequence[Approval], *, today: dt.date, components: dict[str, int]
) -> tuple[list[Finding], tuple[ApprovalUse, ...]]:
    """Return the findings with those unblocked that an approval lets pass, and what became of each approval.

    `components` gives, by URN, how many blocked findings lie below a component that goes as a whole: an approval of it
    would be wider than one resource.
    """
    by_key = {(finding.change.urn, finding.risk): finding for finding in findings}
    uses: list[ApprovalUse] = []
    seen: set[tuple[str, Risk]] = set()
    for approval in approvals:
        key = approval.urn, approval.risk
        state, explanation = _state(approval, by_key, today=today, components=components, again=key in seen)
        seen.add(key)
        uses.append(ApprovalUse(approval=approval, state=state, explanation=explanation))
        if state == "used":
            by_key[key] = dataclasses.replace(by_key[key], approval=approval, blocked=False)
    return list(by_key.values()), tuple(uses)


def _state(
    approval: Approval,
    findings: dict[tuple[str, Risk], Finding],
    *,
    today: dt.date,
    components: dict[str, int],
    again: bool,
) -> tuple[ApprovalState, str]:
    if not is_urn(approval.urn) or any(sign in approval.urn for sign in "*?"):
        return "too wide", "It must name one resource by its whole URN, without wildcards."
    finding = findings.get((approval.urn, approval.risk))
    if finding is None or not finding.risk.blocks:
        if components.get(approval.urn):
            return "too wide", (
                f"{components[approval.urn]} findings lie below this component: approve each by its own URN."
            )
        return "unused", _unused(approval, findings)
    if again:
        return "unused", "Another line approves the same already."
    if approval.expires < today:
        return "expired", f"It held until {approval.expires}."
    return "used", finding.title


def _unused(approval: Approval, findings: dict[tuple[str, Risk], Finding]) -> str:
    others = sorted({risk.slug for urn, risk in findings if urn == approval.urn and risk.blocks})
    if others:
        return f"The change risks {', '.join(others)} there, not {approval.risk.slug}."
    return "Nothing in this change needs it: take the line away."
