"""Reads a state: what `pulumi stack export` prints, or a checkpoint of a file backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from review.errors import ReviewError
from review.reading.items import members
from review.reading.reading import Deployment
from review.reading.states import State
from review.reading.validation import valid
from review.urns import STACK_TYPE

if TYPE_CHECKING:
    from review.model import Snapshot

_RESOURCES = "deployment.resources"
_PENDING = "deployment.pending_operations"


def read_state(text: str, *, name: str) -> Deployment:
    """Read a state; `name` is how errors call it.

    Raises:
        ReviewError: the text is no state.

    """
    resources: dict[str, Snapshot] = {}
    left: list[str] = []
    pending: list[str] = []
    found = False
    for path, value in members(text, name=name, lists=frozenset({_RESOURCES, _PENDING})):
        found = found or path.startswith("deployment.")
        if path == _RESOURCES:
            state = valid(State, value, f"{name}: {_RESOURCES}[{len(resources) + len(left)}]")
            if state.delete:
                left.append(state.urn)
            else:
                resources[state.urn] = state.snapshot(outputs=state.type == STACK_TYPE)
        elif path == _PENDING:
            pending.append(_pending_urn(value))
    if not found:
        raise ReviewError(f"{name}: no `deployment` in it; expected what `pulumi stack export` prints")
    return Deployment(resources=resources, left_to_delete=tuple(left), pending=tuple(pending))


def _pending_urn(value: object) -> str:
    entry = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    resource = entry.get("resource")
    return str(cast("dict[str, Any]", resource).get("urn", "")) if isinstance(resource, dict) else ""
