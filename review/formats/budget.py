"""What to leave out when there is no room for everything: the least risky first, and never a risky one."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Detail(enum.IntEnum):
    """How much is shown of something."""

    FULL = 0
    LINE = 1
    NAME = 2
    NOTHING = 3
    """It is only counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Something that is shown in one of several lengths."""

    risky: bool
    texts: tuple[str, str, str]
    """In full, on a line, and its name."""

    def size(self, detail: Detail) -> int:
        """Return the bytes that it takes."""
        return 0 if detail is Detail.NOTHING else len(self.texts[detail].encode())


def fit(pieces: Sequence[Piece], limit: int) -> list[Detail]:
    """Return how much to show of each piece so that all take at most `limit` bytes, if that is possible at all.

    Args:
        pieces: the most important first.
        limit: bytes that there are.

    """
    details = [Detail.FULL] * len(pieces)
    used = sum(piece.size(Detail.FULL) for piece in pieces)
    for position, detail in _steps(pieces):
        if used <= limit:
            break
        piece = pieces[position]
        used += piece.size(detail) - piece.size(details[position])
        details[position] = detail
    return details


def _steps(pieces: Sequence[Piece]) -> Iterator[tuple[int, Detail]]:
    """Give what to shorten next: all of the calm pieces before any risky one, from the last to the first."""
    for risky in (False, True):
        for detail in (Detail.LINE, Detail.NAME, Detail.NOTHING):
            for position in reversed(range(len(pieces))):
                if pieces[position].risky is risky:
                    yield position, detail
