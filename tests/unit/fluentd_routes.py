"""Where fluentd brings a record, by its configuration: tags, labels and the first match that takes them."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fluentd_syntax import Element

PARTS = ("deploy_audit", "api", "fluent", "kube", "", "0", "a b", "é", "var.log", "**", "@ERROR")
TAGS = [".".join(parts) for length in (1, 2, 3) for parts in product(PARTS, repeat=length)]
"""Every tag of up to three parts, odd ones among them; `deploy_audit.**` is what the Enterprise Platform sends."""
BUCKETS = ("s3", "gcs")


def _pattern(glob: str) -> re.Pattern[str]:
    """Translate one pattern of tags (lib/fluent/match.rb), those with `*` and `**` alone."""
    text = re.escape(glob)
    text = text.replace(r"\.\*\*", r"(?![^.]).*").replace(r"\*\*\.", r"(?:.*\.|\A)").replace(r"\*\*", ".*")
    return re.compile(rf"\A{text.replace(chr(92) + '*', '[^.]*')}\Z", re.DOTALL)


def takes(patterns: str, tag: str) -> bool:
    """Say whether a section takes a tag."""
    return any(glob == "**" or _pattern(glob).match(tag) for glob in patterns.split())


def _labelled(root: Element, label: str) -> Element | None:
    return next((element for element in root.all("label") if element.argument == label), None)


def _followed(root: Element, place: Element, tag: str) -> Element | str:
    """Return the output that a tag ends in, or what happens to it instead."""
    seen: list[str] = []
    while True:
        for element in (e for e in place.inside if e.name in ("filter", "match") and takes(e.argument, tag)):
            if element.name == "filter" and element.type != "stdout":
                return f"may be dropped by a filter {element.type}"
            if element.name == "match":
                break
        else:
            return "matches nothing"
        if element.type != "relabel":
            return element
        label = element.parameters["@label"]
        following = _labelled(root, label)
        if following is None or label in seen:
            return f"is sent to {label}, which is not there, or back"
        seen.append(label)
        place = following


def entries(root: Element) -> Iterator[tuple[str, Element]]:
    """Yield where records come in: at listeners, and from fluentd itself when it could not do what it should."""
    for source in root.all("source"):
        if source.type == "forward":
            label = source.parameters.get("@label")
            place = _labelled(root, label) if label else root
            yield source.parameters["@id"], place or _nowhere(root)
    yield "@ERROR", _labelled(root, "@ERROR") or _nowhere(root)


def _nowhere(root: Element) -> Element:
    return type(root)("nowhere", "")


def lost(root: Element) -> Iterator[str]:
    """Yield each entry at which some record does not end in the bucket, with one of its tags."""
    for entry, place in entries(root):
        for tag in TAGS:
            end = _followed(root, place, tag)
            if isinstance(end, str) or end.type not in BUCKETS:
                yield f"{entry}: {tag!r} {end if isinstance(end, str) else f'ends in {end.type}'}"
                break


def outputs(root: Element) -> list[Element]:
    """Return the outputs that write to a bucket."""
    places = [root, *root.all("label")]
    return [match for place in places for match in place.all("match") if match.type in BUCKETS]
