"""Reads what the engine says: previews in both forms, and states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review.errors import ReviewError
from review.reading.digest import read_digest
from review.reading.state import read_state
from review.reading.stream import is_stream, read_stream

if TYPE_CHECKING:
    from review.reading.reading import Preview

__all__ = ["read_preview", "read_state"]


def read_preview(text: str, *, name: str) -> Preview:
    """Read a preview in whichever form it is; `name` is how errors call it.

    Raises:
        ReviewError: it is neither the document of `pulumi preview --json` nor a stream of events.

    """
    if not text.strip():
        raise ReviewError(f"{name}: it is empty; expected what `pulumi preview --json` prints")
    if is_stream(text):
        return read_stream(text.splitlines(), name=name)
    return read_digest(text, name=name)
