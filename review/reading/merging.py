"""Joins the two forms of one preview: the document has dependencies, the events have outputs and policies."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from review.errors import ReviewError
from review.urns import STACK_TYPE

if TYPE_CHECKING:
    from review.reading.reading import Preview


def with_events(document: Preview, events: Preview) -> Preview:
    """Return the document with what only the events tell.

    Raises:
        ReviewError: the two are of different previews.

    """
    told = {change.urn: change for change in events.changes}
    unknown = [change.urn for change in document.changes if change.urn not in told]
    if unknown:
        raise ReviewError(f"the events are of another preview: they do not tell of {unknown[0]}")
    return dataclasses.replace(
        document,
        changes=tuple(
            told[change.urn] if change.type == STACK_TYPE and change.op == told[change.urn].op else change
            for change in document.changes
        ),
        diagnostics=tuple(dict.fromkeys((*document.diagnostics, *events.diagnostics))),
        shows_outputs=events.shows_outputs,
    )
