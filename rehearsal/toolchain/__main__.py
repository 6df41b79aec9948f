"""`python -m rehearsal.toolchain`: make sure that the tools are there, and list them."""

from __future__ import annotations

import sys
from dataclasses import fields

from rich.console import Console
from rich.table import Table

from rehearsal.preflight import size
from rehearsal.toolchain import ToolchainError, Tools, ensure_tools

_WIDTH = 1000
"""Columns to lay the table out in: a path that is cut or folded cannot be copied."""


def table(tools: Tools) -> Table:
    """Return name, version, size and path of every tool."""
    rows = Table("tool", "version", "size", "path", box=None)
    for field in fields(tools):
        path = getattr(tools, field.name)
        rows.add_row(field.name, tools.version(field.name), size(path.stat().st_size), str(path))
    return rows


def main() -> int:
    """Return the exit code: 1 with a message on stderr when the tools cannot be had, 130 after an interrupt."""
    try:
        tools = ensure_tools(console=Console())
    except ToolchainError as error:
        Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        Console(stderr=True).print("Interrupted; what was finished is kept, the rest is built the next time.")
        return 130
    Console(width=_WIDTH).print(table(tools))
    return 0


if __name__ == "__main__":
    sys.exit(main())
