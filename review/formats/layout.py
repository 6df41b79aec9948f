"""Where the boxes of a drawing go: in layers from what is depended on to what depends, with few crossings."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SWEEPS = 6
"""Passes over the layers, which each bring boxes nearer to what they are connected with."""


class Cell(NamedTuple):
    """Where a box is."""

    layer: int
    """From 0: what depends on nothing that is drawn."""
    row: int
    """From 0 in its layer."""


def layered(boxes: Sequence[int], pairs: Iterable[tuple[int, int]]) -> dict[int, Cell]:
    """Return the place of each box.

    Args:
        boxes: identifiers, the most important first.
        pairs: arrows (from, to) without a circle; those of other boxes are ignored.

    """
    known = set(boxes)
    after: dict[int, list[int]] = defaultdict(list)
    before: dict[int, list[int]] = defaultdict(list)
    for source, target in pairs:
        if source in known and target in known:
            after[source].append(target)
            before[target].append(source)
    layer: dict[int, int] = {}
    waiting = {box: len(before[box]) for box in boxes}
    ready = [box for box in boxes if not waiting[box]]
    while ready:
        box = ready.pop(0)
        layer[box] = max((layer[source] + 1 for source in before[box]), default=0)
        for target in after[box]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    rows: dict[int, list[int]] = defaultdict(list)
    for box in boxes:
        rows[layer[box]].append(box)
    height = {box: float(row) for of in rows.values() for row, box in enumerate(of)}
    for sweep in range(SWEEPS):
        near, order = (before, sorted(rows)) if sweep % 2 == 0 else (after, sorted(rows, reverse=True))
        for level in order:
            middle = {box: _middle([height[other] for other in near[box]], height[box]) for box in rows[level]}
            rows[level].sort(key=lambda box, middle=middle: middle[box])
            height.update({box: float(row) for row, box in enumerate(rows[level])})
    return {box: Cell(level, row) for level, of in rows.items() for row, box in enumerate(of)}


def _middle(heights: Sequence[float], own: float) -> float:
    return sum(heights) / len(heights) if heights else own
