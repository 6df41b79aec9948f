"""Foreign text in Markdown: resource names and values that cannot become markup, a mention or a command.

A comment is written with the rights of the pipeline. A name such as `@team`, `#1`, `/merge` or `<img src=...>` must
stay a name, on GitHub and on GitLab. What is not plainly a word goes into code, where neither looks for anything.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from review.formats.text import both, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from review.model import PropertyChange

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._'%/-]*[A-Za-z0-9%])?"
_WORD = re.compile(rf"""[("']?{_PART}(?::{_PART})?[)"']?[.,;?!)]{{0,2}}|[("']?{_PART}:|[-→…=+]""")
_LINK = re.compile(r"www\.|//|gh-\d", re.IGNORECASE)
_TICKS = re.compile(r"`+")


def prose(text: str) -> str:
    """Return a sentence in Markdown in which all that is not plain words is code."""
    words = (word for word in visible(text).split(" ") if word)
    parts: list[str] = []
    for plain, group in groupby(words, key=_plain):
        joined = " ".join(group)
        parts.append(joined if plain else code(joined))
    return " ".join(parts)


def _plain(word: str) -> bool:
    return _WORD.fullmatch(word) is not None and not _LINK.search(word)


def code(text: str) -> str:
    """Return a text as a code span."""
    shown = visible(text) or " "
    fence = "`" * (max((len(run) for run in _TICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def difference(properties: Iterable[PropertyChange], width: int) -> list[str]:
    """Return the lines of a block with what properties were and what they become; no lines if there are none.

    No line of it begins with what is foreign, so none can end the block.
    """
    lines: list[str] = []
    for item in properties:
        before, after = both(item, width)
        lines += [f"@@ {visible(item.path)} @@{' forces the replacement' if item.replaces else ''}"]
        lines += [f"- {before}", f"+ {after}"]
    return ["```diff", *lines, "```"] if lines else []
