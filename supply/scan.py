"""A second, simple look at every text of a stack, for what looks like an image and is explained by no rule.

It knows nothing of pods or operators, so a chart or an operator with images in a place of its own cannot go unseen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supply.collect import DEFINITIONS
from supply.objects import leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from supply.collect import Use
    from supply.objects import StackObject

UPSTREAM = (
    "docker.elastic.co",
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "mcr.microsoft.com",
    "nvcr.io",
    "public.ecr.aws",
    "quay.io",
    "registry.istio.io",
    "registry.k8s.io",
)
"""Public registries: whatever names one is looked at, be it a reference or not."""

_WORD = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_VERSION = rf"(?::{_WORD}(?:@sha256:\w+)?|@sha256:\w+)"
_REFERENCE = re.compile(rf"(?<![\w@:/.$-])(?:{_WORD}(?::\d+)?/)?(?:{_WORD}/)*{_WORD}{_VERSION}")
_KEY = re.compile(r"image(name)?$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A text that looks like an image and is none, and why; regular expressions match all of kind, field and text."""

    kind: str
    field: str
    text: str
    reason: str


KNOWN: tuple[Known, ...] = (
    Known(
        kind="/Secret",
        field=r"stringData\.\.dockerconfigjson",
        text="[^/]+",
        reason="credentials name the host that they are for",
    ),
    Known(
        kind="apps/Deployment",
        field=r".*\.containers\[istio-proxy\]\.image",
        text="auto",
        reason="Istio's injector puts its own image in the place of this word",
    ),
    Known(
        kind="/ConfigMap",
        field=r"data\.eck\.yaml",
        text=r"\S+",
        reason="the registry of images that ECK chooses itself; every Elasticsearch here names its image",
    ),
    Known(
        kind="/ConfigMap",
        field=r"data\.(values|merged-values)",
        text=r"\S+/release",
        reason="the registry of Istio's images, which the rule of the injector reads with name and tag",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Unexplained:
    """Something that looks like an image, and that no rule found."""

    object: str
    field: str
    text: str


def unexplained(objects: Sequence[StackObject], uses: Iterable[Use], *, registry: str | None) -> list[Unexplained]:
    """Return what looks like an image in the objects of a stack and is neither in `uses` nor in `KNOWN`.

    Looked at are references with a tag or a digest, everything that names a public registry or the mirror, and each
    field whose name is `image` or ends with it. Definitions of resource types are left out: they describe fields.
    """
    found = {(use.object_id, use.image) for use in uses}
    host = re.escape(registry) if registry else None
    hosts = "|".join(filter(None, [*map(re.escape, UPSTREAM), host]))
    named = re.compile(rf"(?<![\w.-])(?:{hosts})(?:/[A-Za-z0-9._:@/-]*[A-Za-z0-9])?")
    strange: list[Unexplained] = []
    for item in objects:
        if item.kind == DEFINITIONS:
            continue
        for path, text in leaves(item.body):
            strange += [
                Unexplained(object=item.title, field=path, text=candidate)
                for candidate in dict.fromkeys(_candidates(path, text, named))
                if (item.id, candidate) not in found and not _is_known(item.kind, path, candidate)
            ]
    return strange


def _candidates(path: str, text: str, named: re.Pattern[str]) -> Iterator[str]:
    yield from named.findall(text)
    yield from (reference for reference in _REFERENCE.findall(text) if "/" in reference or "@" in reference)
    if text and _KEY.search(path):
        yield text


def _is_known(kind: str, path: str, text: str) -> bool:
    return any(
        re.fullmatch(known.kind, kind) and re.fullmatch(known.field, path) and re.fullmatch(known.text, text)
        for known in KNOWN
    )
