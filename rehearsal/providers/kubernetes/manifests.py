"""YAML as Kubernetes reads it, into plain objects."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import yaml

Manifest = dict[str, Any]

_TAG = "tag:yaml.org,2002:"
# What an unquoted scalar means to sigs.k8s.io/yaml (YAML 1.1 without dates, base-60 numbers and the `=` tag).
_SCALARS: Mapping[str, tuple[str, str]] = {
    "merge": ("<", r"<<"),
    "null": ("~nN", r"~|null|Null|NULL|"),
    "bool": ("yYtToOnNfF", r"[yY]|yes|Yes|YES|[tT]rue|TRUE|[oO]n|ON|[nN]|no|No|NO|[fF]alse|FALSE|[oO]ff|OFF"),
    "int": ("-+0123456789", r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)"),
    "float": (
        "-+.0123456789",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    ),
}


class RenderingError(ValueError):
    """A chart cannot be rendered, or renders what cannot be registered; the message names the object only."""


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {"": [(_TAG + "null", re.compile("^$"))]}
    for tag, (first, pattern) in _SCALARS.items():
        for character in first:
            resolvers.setdefault(character, []).append((_TAG + tag, re.compile(f"^(?:{pattern})$")))
    return resolvers


class _Loader(yaml.CSafeLoader):
    """PyYAML's safe loader on libyaml, with Kubernetes' reading of unquoted scalars."""

    yaml_implicit_resolvers = _resolvers()
    bool_values = {**yaml.CSafeLoader.bool_values, "y": True, "n": False}  # noqa: RUF012 (PyYAML looks it up here)


def parse(text: str) -> list[Manifest]:
    """Give the objects of a stream of YAML documents: lists flattened, empty documents and null fields left out.

    Raises RenderingError for a document that is no object or has no apiVersion, kind or metadata.name.
    """
    try:
        documents = list(yaml.load_all(text, Loader=_Loader))
    except yaml.YAMLError as error:
        raise RenderingError(f"the rendered chart is not valid YAML: {error}") from error
    return [manifest for document in documents if document for manifest in _flatten(_without_nulls(document))]


def _without_nulls(value: object) -> object:
    """Drop null fields, which Kubernetes reads as absent, and make every key the string that it is in JSON."""
    if isinstance(value, dict):
        fields = cast("dict[object, object]", value)
        return {_key(key): _without_nulls(item) for key, item in fields.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in cast("list[object]", value)]
    return value


def _key(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _flatten(document: object) -> Iterator[Manifest]:
    if not isinstance(document, dict):
        raise RenderingError(f"a document of the rendered chart is a {type(document).__name__}, no Kubernetes object")
    manifest = cast("Manifest", document)
    api_version, kind = manifest.get("apiVersion"), manifest.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str):
        raise RenderingError(
            f"an object of the rendered chart has apiVersion {api_version!r} and kind {kind!r}; both have to be text"
        )
    if kind.endswith("List") and isinstance(manifest.get("items"), list):
        for item in manifest["items"]:
            yield from _flatten(item)
        return
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(cast("Manifest", metadata).get("name"), str):
        raise RenderingError(f"a {kind} ({api_version}) of the rendered chart has no metadata.name")
    yield manifest
