"""An inventory as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from supply.inventory import Image, Inventory

_SHOWN = 3
"""Uses of one image that are shown."""
WIDTH = 160
"""Columns where there is no terminal that says how many it has."""


def show(found: Inventory, out: Console) -> None:
    """Print all of an inventory."""
    used = [image for image in found.images if not image.idle]
    idle = [image for image in found.images if image.idle]
    out.print(_images(f"{found.stack}: {len(used)} images", used, mirror=bool(found.registry)))
    if idle:
        out.print(_images("Named, and pulled by nothing in this stack", idle, mirror=bool(found.registry)))
    if found.hooks:
        table = Table(title=f"Never run: {found.hooks[0].reason}", title_justify="left", expand=True)
        for header in ("image", "hook"):
            table.add_column(header, ratio=1, overflow="fold")
        for hook in found.hooks:
            table.add_row(Text(hook.image), Text(f"{hook.chart}, {hook.object}, {hook.event}"))
        out.print(table)
    for line in problems(found):
        out.print(Text(line, style="red"))


def problems(found: Inventory) -> Iterator[str]:
    """Say in one line each what must not be: images past the mirror, without a pull secret, or seen by no rule."""
    for image in found.escapes:
        use = image.uses[0]
        yield f"not from {found.registry}: {image.name} ({use.object}: {use.field})"
    for use in found.unauthorized:
        yield f"no pull secret: {use.image} ({use.object}: {use.field})"
    for strange in found.unexplained:
        yield f"looks like an image, and no rule knows it: {strange.text} ({strange.object}: {strange.field})"


def _images(title: str, images: list[Image], *, mirror: bool) -> Table:
    table = Table(title=title, title_justify="left", expand=True, show_lines=True)
    for header, ratio in (("image", 4), ("from", 2), ("used by", 4)):
        table.add_column(header, ratio=ratio, overflow="fold")
    for image in images:
        table.add_row(_name(image, mirror=mirror), Text(_charts(image)), Text("\n".join(_uses(image))))
    return table


def _name(image: Image, *, mirror: bool) -> Text:
    if not mirror or image.upstream is None:
        return Text(image.name)
    return Text(f"{image.upstream}\n").append(image.name, style="dim")


def _charts(image: Image) -> str:
    origins = sorted({use.chart or "ours" for use in image.uses})
    return "\n".join([*origins, *(["brought by the customer"] if image.brought else [])])


def _uses(image: Image) -> Iterator[str]:
    for use in sorted(image.uses, key=lambda use: bool(use.idle))[:_SHOWN]:
        yield f"{use.object}, {use.role}{f' {use.container}' if use.container else ''}"
        reasons = (f"made by {use.runs}" if use.runs != "Kubernetes" else "", use.idle or "")
        if told := ", ".join(filter(None, reasons)):
            yield f"  {told}"
    if len(image.uses) > _SHOWN:
        yield f"and {len(image.uses) - _SHOWN} more"
