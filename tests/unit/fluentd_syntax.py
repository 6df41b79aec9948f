"""A strict reader of fluentd's configuration: it refuses what it does not know, where fluentd would warn or go on.

Syntax: lib/fluent/config/v1_parser.rb and literal_parser.rb of fluentd 1.19.3, without includes, JSON values and `#`
comments, which nothing here needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fluentd_parameters import ROOT, Section

if TYPE_CHECKING:
    from collections.abc import Iterator


class FluentdError(ValueError):
    """Something that is no configuration of fluentd, or of a plugin that is known here."""


class Evaluated(str):
    """A value with Ruby in it, which fluentd evaluates when it starts."""

    __slots__ = ()


@dataclass(frozen=True)
class Element:
    """A section, as it was read."""

    name: str
    argument: str
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    inside: list[Element] = field(default_factory=list["Element"])

    @property
    def type(self) -> str:
        """The plugin."""
        return self.parameters.get("@type", "")

    def all(self, name: str) -> Iterator[Element]:
        """Yield the sections of a name directly inside."""
        return (element for element in self.inside if element.name == name)

    def one(self, name: str) -> Element:
        """Return the only section of a name directly inside."""
        (element,) = self.all(name)
        return element


_OPEN = re.compile(r"<([A-Za-z0-9_]+)(?:[ \t]+([^>]*?))?[ \t]*>")
_CLOSE = re.compile(r"</([A-Za-z0-9_]+)>")
_PARAMETER = re.compile(r"(@?[A-Za-z0-9_]+)[ \t]+(\S.*)")
_SINGLE = re.compile(r"'((?:[^'\\]|\\['\\])*)'")
_DOUBLE = re.compile(r'"((?:[^"\\#]|\\["\\#nrt]|#\{[^{}"]*\}|#(?!\{))*)"')
_BARE = re.compile(r"[^\s'\"#\[{][^\s'\"#]*")


def _value(text: str) -> str:
    """Read a literal; that of a parameter is the rest of its line."""
    if found := _SINGLE.fullmatch(text):
        return re.sub(r"\\(['\\])", r"\1", found[1])
    if found := _DOUBLE.fullmatch(text):
        plain = re.sub(r'\\(["\\#])', r"\1", found[1])
        return Evaluated(plain) if re.search(r"(?<!\\)#\{", found[1]) else plain
    if _BARE.fullmatch(text):
        return text
    raise FluentdError(f"no value: {text}")


def _read(lines: Iterator[str], closing: str | None) -> tuple[dict[str, str], list[Element]]:
    parameters: dict[str, str] = {}
    inside: list[Element] = []
    for line in lines:
        if found := _CLOSE.fullmatch(line):
            if found[1] != closing:
                raise FluentdError(f"{line} where <{closing}> is open")
            return parameters, inside
        if found := _OPEN.fullmatch(line):
            inside.append(Element(found[1], found[2] or "", *_read(lines, found[1])))
        elif found := _PARAMETER.fullmatch(line):
            if found[1] in parameters:
                raise FluentdError(f"{found[1]} is there twice")
            parameters[found[1]] = _value(found[2])
        else:
            raise FluentdError(f"neither a section nor a parameter: {line}")
    if closing is not None:
        raise FluentdError(f"<{closing}> is not closed")
    return parameters, inside


def _section(element: Element, known: Section, where: str) -> Section:
    """Find what may stand in an element, by its plugin where it has one."""
    if not known.plugins:
        return known
    if element.type not in known.plugins:
        raise FluentdError(f"{where}: @type {element.type} is not known")
    return known.plugins[element.type]


def _check(element: Element, known: Section, where: str) -> None:
    if not known.argument.fullmatch(element.argument):
        raise FluentdError(f"{where}: the argument {element.argument!r} is not known")
    section = _section(element, known, where)
    for name, value in element.parameters.items():
        if name not in section.parameters:
            raise FluentdError(f"{where}: the parameter {name} is not known")
        if not isinstance(value, Evaluated) and not section.parameters[name].fullmatch(value):
            raise FluentdError(f"{where}: {name} cannot be {value!r}")
    for name in section.required:
        if not element.parameters.get(name):
            raise FluentdError(f"{where}: the parameter {name} is missing")
    for inner in element.inside:
        if inner.name not in section.inside:
            raise FluentdError(f"{where}: the section {inner.name} is not known")
        _check(inner, section.inside[inner.name], f"{where} <{inner.name}>")


def read(text: str) -> Element:
    """Read a configuration and check every section, parameter and value.

    Raises:
        FluentdError: something is not known.
    """
    lines = (line for line in map(str.strip, text.splitlines()) if line)
    root = Element("ROOT", "", *_read(lines, None))
    _check(root, ROOT, "ROOT")
    identifiers = [identifier for element in _below(root) if (identifier := element.parameters.get("@id"))]
    if len({*identifiers}) != len(identifiers):
        raise FluentdError(f"two plugins have one @id: {identifiers}")
    labels = [label.argument for label in root.all("label")]
    if len({*labels}) != len(labels):
        raise FluentdError(f"two labels have one name: {labels}")
    return root


def _below(element: Element) -> Iterator[Element]:
    for inner in element.inside:
        yield inner
        yield from _below(inner)
