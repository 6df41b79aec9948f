"""A figure of the resource graph as inline SVG, which needs no script."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from review.formats.layout import layered
from review.formats.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from review.formats.layout import Cell
    from review.formats.picture import Box, Picture

WIDTH, HEIGHT, ACROSS, DOWN, EDGE = 142, 62, 34, 14, 4
"""Pixels: of a box, between boxes, and around the drawing. Two layers fit on a phone."""
LEFT = 14
"""Pixels from the left side of a box to its text."""
_EMS = {**dict.fromkeys("iljtf.,:;|!'-/()[] ", 0.36), **dict.fromkeys("mwMW@%", 0.97)}
"""About how wide letters are in usual fonts, in parts of their size; the others are told by their sort."""
LETTERS = 18
"""Characters of a name on a line of a box."""
LINES = 2
_BREAK = re.compile(r"(?<=[-/._ ])")


class _Point(NamedTuple):
    x: float
    y: float


def drawn(picture: Picture, figure: Sequence[int], number: int) -> str:
    """Return the figure with these boxes; `number` keeps its identifiers apart from those of the others."""
    cells = layered(figure, [(link.source, link.target) for link in picture.links])
    tallest = max(sum(1 for cell in cells.values() if cell.layer == layer) for layer in _layers(cells))
    places = {box: _place(cell, cells, tallest) for box, cell in cells.items()}
    width = (max(_layers(cells)) + 1) * (WIDTH + ACROSS) - ACROSS + 2 * EDGE
    height = tallest * (HEIGHT + DOWN) - DOWN + 2 * EDGE
    lines = [
        f'<path class="{"firm" if link.firm else "loose"}" d="{_curve(places[link.source], places[link.target])}" '
        f'marker-end="url(#arrow-{number})"/>'
        for link in picture.links
        if link.source in places and link.target in places
    ]
    boxes = [_box(picture.boxes[box], box, places[box]) for box in figure]
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="group" '
        f'aria-label="{_label(len(figure))}">'
        f'<defs><marker id="arrow-{number}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        f'orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>{"".join(lines)}{"".join(boxes)}</svg>'
    )


def _label(boxes: int) -> str:
    return (
        f"Drawing with {boxes} boxes: arrows go from what changes to what depends on it. The list below says the same."
    )


def _layers(cells: dict[int, Cell]) -> set[int]:
    return {cell.layer for cell in cells.values()}


def _place(cell: Cell, cells: dict[int, Cell], tallest: int) -> _Point:
    """Return the upper left corner; layers with fewer boxes are centred."""
    own = sum(1 for other in cells.values() if other.layer == cell.layer)
    shift = (tallest - own) * (HEIGHT + DOWN) / 2
    return _Point(EDGE + cell.layer * (WIDTH + ACROSS), EDGE + shift + cell.row * (HEIGHT + DOWN))


def _curve(source: _Point, target: _Point) -> str:
    start = _Point(source.x + WIDTH, source.y + HEIGHT / 2)
    end = _Point(target.x, target.y + HEIGHT / 2)
    bend = ACROSS / 2
    return f"M{start.x:g} {start.y:g}C{start.x + bend:g} {start.y:g} {end.x - bend:g} {end.y:g} {end.x:g} {end.y:g}"


def _box(box: Box, number: int, place: _Point) -> str:
    several = len(box.nodes) > 1
    link = f"#g-{number}" if several else None if box.finding is None else f"#f-{box.finding}"
    words = f"{visible(box.title)}: {box.risk.label if box.changed else 'depends on what changes'}"
    inside = "".join(_inside(box, several=several))
    shape = (
        f'<g class="r{box.risk.value} {"changed" if box.changed else "near"}" transform="translate({place.x:g} '
        f'{place.y:g})"><title>{escape(words)}</title>{inside}</g>'
    )
    return f'<a href="{link}" aria-label="{escape(words)}">{shape}</a>' if link else shape


def _inside(box: Box, *, several: bool) -> Iterator[str]:
    size = f'width="{WIDTH}" height="{HEIGHT}" rx="5"'
    if several:
        yield f'<rect x="4" y="4" {size}/>'
    yield f'<rect {size}/><rect class="face" {size}/>'
    if box.changed:
        yield f'<rect class="bar" width="6" height="{HEIGHT}" rx="3"/>'
    yield _text("kind", 16, _short(visible(box.kind), LETTERS + 4), 11)
    for index, line in enumerate(wrapped(visible(box.name))):
        yield _text("name", 31 + 14 * index, line, 13)
    if box.changed:
        yield f'<text class="risk" x="{WIDTH - 6}" y="{HEIGHT - 4}" text-anchor="end">{box.risk.label}</text>'


def _text(name: str, y: int, text: str, size: int) -> str:
    """Return a line of a box in letters of a size, pressed together if it may not fit otherwise."""
    room = WIDTH - LEFT - 4
    pressed = f' textLength="{room}" lengthAdjust="spacingAndGlyphs"' if size * sum(map(_ems, text)) > room else ""
    return f'<text class="{name}" x="{LEFT}" y="{y}"{pressed}>{escape(text)}</text>'


def _ems(letter: str) -> float:
    return _EMS.get(letter) or (1.0 if not letter.isascii() else 0.72 if letter.isupper() else 0.61)


def wrapped(name: str) -> list[str]:
    """Return a name on the lines of a box, broken where names have their joints, the middle left out if too long."""
    name = _short(name, LETTERS * LINES - 4)
    lines = [""]
    for part in _BREAK.split(name):
        rest = part
        if len(lines[-1]) + len(rest) > LETTERS and lines[-1] and len(lines) < LINES:
            lines.append("")
        while len(lines[-1]) + len(rest) > LETTERS and len(lines) < LINES:
            room = LETTERS - len(lines[-1])
            lines[-1] += rest[:room]
            rest = rest[room:]
            lines.append("")
        lines[-1] += rest
    return [_short(line, LETTERS) for line in lines if line]


def _short(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    tail = most // 3
    return f"{text[: most - tail - 1]}…{text[len(text) - tail :]}"
