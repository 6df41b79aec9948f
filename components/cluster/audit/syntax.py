"""Fluentd's configuration as values, and how they are written down.

The rules are those of its own parser (lib/fluent/config/v1_parser.rb and literal_parser.rb of fluentd 1.19): between
single quotes nothing is evaluated, between double quotes `#{...}` is Ruby.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_BARE = re.compile(r"[A-Za-z0-9_@./:*][A-Za-z0-9_@./:*+-]*")
"""Values that need no quotes."""


@dataclass(frozen=True, kw_only=True)
class Ruby:
    """A value that fluentd evaluates when it starts: text of ours, with one expression of ours after it."""

    expression: str
    before: str = ""
    after: str = ""


Value: TypeAlias = "str | int | bool | Ruby"


@dataclass(frozen=True, kw_only=True)
class Directive:
    """One section: `<name argument>`, its parameters, the sections inside."""

    name: str
    argument: str = ""
    parameters: Mapping[str, Value] = field(default_factory=dict[str, Value])
    inside: Sequence[Directive] = ()


def _double(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("#", "\\#")


def literal(value: Value) -> str:
    """Write a value so that fluentd reads the same.

    Raises:
        ValueError: a text has a line break, which no kind of quotes keeps.
    """
    if isinstance(value, Ruby):
        return f'"{_double(value.before)}#{{{value.expression}}}{_double(value.after)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if "\n" in text or "\r" in text:
        raise ValueError(f"{text!r} has a line break, which a value of fluentd's configuration cannot have")
    if _BARE.fullmatch(text):
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _lines(directive: Directive, indent: str) -> Iterator[str]:
    yield f"{indent}<{' '.join(filter(None, (directive.name, directive.argument)))}>"
    deeper = f"{indent}  "
    for key, value in directive.parameters.items():
        yield f"{deeper}{key} {literal(value)}"
    for section in directive.inside:
        yield from _lines(section, deeper)
    yield f"{indent}</{directive.name}>"


def render(directives: Sequence[Directive]) -> str:
    """Write sections down, in their order.

    Raises:
        ValueError: as `literal` does.
    """
    return "\n\n".join("\n".join(_lines(directive, "")) for directive in directives) + "\n"
