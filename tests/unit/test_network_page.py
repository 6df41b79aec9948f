"""docs/network.md shows the flows that the stacks declare."""

from __future__ import annotations

import re

import network_page
from connectivity import platform
from platforms import STACKS


def test_the_page_is_current() -> None:
    text = network_page.PAGE.read_text(encoding="utf-8")
    assert text == network_page.page(text), "write it anew: .venv/bin/python tests/unit/network_page.py"


def test_every_flow_of_every_stack_is_in_a_table() -> None:
    text = network_page.PAGE.read_text(encoding="utf-8")
    missing = [
        row
        for path in STACKS
        for row in network_page.rows(platform(path))
        if f"| {row.source} | {row.target} | {row.ports} | {row.why} |\n" not in text
    ]
    assert missing == []


def test_every_flow_of_the_drawn_stack_is_drawn_unless_the_api_server_has_it() -> None:
    drawings = re.findall(r"```mermaid\n(.*?)```", network_page.generated(), re.DOTALL)
    edges = {
        edge for drawing in drawings for edge in re.findall(r"^  (\w+) -->\|\"[^\"]+\"\| (\w+)$", drawing, re.MULTILINE)
    }
    wanted = [row for row in network_page.rows(platform(network_page.FIRST)) if not network_page.is_control(row)]
    ends = {(network_page.identifier(row.source), network_page.identifier(row.target)) for row in wanted}
    assert edges == ends
    parts = {end for row in wanted for end in (row.source, row.target)}
    assert len({network_page.identifier(end) for end in parts}) == len(parts)
