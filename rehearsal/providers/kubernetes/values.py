"""Between the engine's property values and plain JSON, with secrets and unknowns kept apart.

Kubernetes objects are handled as plain JSON everywhere else in this package; secretness is read off the inputs and put
back on what goes to the engine.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from pulumi.provider.experimental.property_value import Computed, PropertyValue
from pulumi.runtime import rpc

_DASHED: Final = {
    f"x_kubernetes_{name}": f"x-kubernetes-{name.replace('_', '-')}"
    for name in (
        "embedded_resource",
        "int_or_string",
        "list_map_keys",
        "list_type",
        "map_type",
        "preserve_unknown_fields",
        "validations",
    )
}
"""Keys that the SDKs spell with underscores and the API server with dashes."""
_UNDERSCORED: Final = {dashed: plain for plain, dashed in _DASHED.items()}

_SHORTEST_REDACTED: Final = 4
"""Shorter secrets are not looked for in messages: they would match by accident everywhere."""


class Unknown:
    """A value that is only known once other resources exist."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Final = Unknown()

Json: TypeAlias = dict[str, Any] | list[Any] | str | int | float | bool | Unknown | None
KubeObject: TypeAlias = dict[str, Any]


def plain(value: PropertyValue) -> Json:
    """Return the JSON in `value`: secrets unwrapped, unknowns as `UNKNOWN`, whole numbers as integers.

    Raises TypeError for assets, archives and resource references, which no Kubernetes field takes.
    """
    inner = value.value
    if isinstance(inner, Computed) or inner == rpc.UNKNOWN:  # the SDK hands on the engine's text for it
        return UNKNOWN
    if inner is None or isinstance(inner, (str, bool)):
        return inner
    if isinstance(inner, float):
        return int(inner) if inner.is_integer() else inner
    if isinstance(inner, Mapping):
        return {_DASHED.get(key, key): plain(item) for key, item in inner.items()}
    if isinstance(inner, Sequence):
        return [plain(item) for item in inner]
    msg = f"a Kubernetes object cannot hold a value of type {type(inner).__name__}"
    raise TypeError(msg)


def plain_map(values: Mapping[str, PropertyValue]) -> KubeObject:
    """Return a property map as one plain object; keys that start with `__` are the provider's own and left out."""
    return {key: plain(value) for key, value in values.items() if not key.startswith("__")}


def wrap(value: Json, like: PropertyValue | None = None) -> PropertyValue:
    """Return `value` for the engine, secret wherever `like` (the inputs it came from) is, and in the data of a Secret.

    Arrays with a secret inside become secret as a whole, because the server may reorder them.
    """
    if isinstance(value, Unknown):
        return PropertyValue(rpc.UNKNOWN, is_secret=like is not None and like.is_secret)  # it cannot send `Computed`
    if isinstance(value, dict):
        wrapped = PropertyValue(wrap_map(value, _fields(like)))
        return wrapped.with_secret(is_secret=True) if like is not None and like.is_secret else wrapped
    secret = like is not None and like.contains_secret()
    if isinstance(value, list):
        return PropertyValue([wrap(item) for item in value], is_secret=secret)
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return PropertyValue(value, is_secret=secret)


def wrap_map(values: KubeObject, like: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    """Return an object for the engine, field by field; see `wrap`."""
    hidden = ("data", "stringData") if values.get("kind") == "Secret" else ()
    result: dict[str, PropertyValue] = {}
    for key, value in values.items():
        name = _UNDERSCORED.get(key, key)
        wrapped = wrap(value, like.get(name, like.get(key)))
        result[name] = wrapped.with_secret(is_secret=True) if key in hidden else wrapped
    return result


def _fields(like: PropertyValue | None) -> Mapping[str, PropertyValue]:
    return like.value if like is not None and isinstance(like.value, Mapping) else {}


def contains_unknown(value: Json) -> bool:
    """Say whether a value that is not known yet is anywhere in `value`."""
    if isinstance(value, dict):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return isinstance(value, Unknown)


def secret_texts(values: Mapping[str, PropertyValue]) -> frozenset[str]:
    """Return every text in `values` that no message may show, as it is and in base64: secrets, and a Secret's data."""
    kind = values.get("kind")
    hidden = ("data", "stringData") if kind is not None and kind.value == "Secret" else ()
    found: set[str] = set()
    for key, value in values.items():
        found.update(_texts(value, secret=key in hidden))
    return frozenset(found)


def _texts(value: PropertyValue, *, secret: bool) -> Iterator[str]:
    secret = secret or value.is_secret
    inner = value.value
    if isinstance(inner, str):
        if secret and len(inner) >= _SHORTEST_REDACTED and inner != rpc.UNKNOWN:
            yield inner
            yield base64.b64encode(inner.encode()).decode()
    elif isinstance(inner, Mapping):
        for item in inner.values():
            yield from _texts(item, secret=secret)
    elif isinstance(inner, Sequence):
        for item in inner:
            yield from _texts(item, secret=secret)


def redact(message: str, secrets: frozenset[str]) -> str:
    """Return `message` with every secret text replaced; the API server quotes bad values in its errors."""
    for text in sorted(secrets, key=len, reverse=True):
        message = message.replace(text, "[secret]")
    return message
