"""Reads one big JSON document piece by piece, so that a state of thousands of resources is never whole in memory."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, cast

from review.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def members(text: str, *, name: str, lists: frozenset[str]) -> Iterator[tuple[str, object]]:
    """Yield the members of the document's object; of a list named in `lists` each element as a member of its own.

    A member `deployment` is entered, its members come as `deployment.resources` and so on. `name` is how errors call
    the document.

    Raises:
        ReviewError: the text is no JSON object, or `lists` names something that is no list.

    """
    try:
        yield from _Scanner(text, name, lists).members(_skip(text, 0), "")
    except json.JSONDecodeError as error:
        raise ReviewError(f"{name}: line {error.lineno} is not JSON: {error.msg}") from None


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


class _Scanner:
    def __init__(self, text: str, name: str, lists: frozenset[str]) -> None:
        self._text = text
        self._name = name
        self._lists = lists
        self.end = 0
        """Where the last thing read ended."""

    def members(self, at: int, prefix: str) -> Iterator[tuple[str, object]]:
        if self._text[at : at + 1] != "{":
            raise ReviewError(f"{self._name}: expected a JSON object, found {self._text[at : at + 20]!r}")
        at = _skip(self._text, at + 1)
        while self._text[at : at + 1] != "}":
            key, at = self._value(at)
            at = self._expect(at, ":")
            path = f"{prefix}{key}"
            if path in self._lists and self._text[at : at + 1] != "n":
                yield from self._elements(at, path)
                at = self.end
            elif path == "deployment" and self._text[at : at + 1] == "{":
                yield from self.members(at, "deployment.")
                at = self.end
            else:
                value, at = self._value(at)
                yield path, value
            at = self._separator(at, "}")
        self.end = at + 1

    def _elements(self, at: int, path: str) -> Iterator[tuple[str, object]]:
        if self._text[at : at + 1] != "[":
            raise ReviewError(f"{self._name}: {path}: expected a list, found {self._text[at : at + 20]!r}")
        at = _skip(self._text, at + 1)
        while self._text[at : at + 1] != "]":
            value, at = self._value(at)
            yield path, value
            at = self._separator(at, "]")
        self.end = at + 1

    def _value(self, at: int) -> tuple[object, int]:
        value, end = _DECODER.raw_decode(self._text, at)
        return cast("object", value), end

    def _expect(self, at: int, sign: str) -> int:
        at = _skip(self._text, at)
        if self._text[at : at + 1] != sign:
            raise json.JSONDecodeError(f"expected {sign!r}", self._text, at)
        return _skip(self._text, at + 1)

    def _separator(self, at: int, close: str) -> int:
        at = _skip(self._text, at)
        if self._text[at : at + 1] == ",":
            return _skip(self._text, at + 1)
        if self._text[at : at + 1] != close:
            raise json.JSONDecodeError(f"expected ',' or {close!r}", self._text, at)
        return at
