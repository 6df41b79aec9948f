"""What the engine keeps of an object: the living object, its inputs, its field manager and its first version."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from pulumi.provider.experimental.property_value import PropertyValue

from .diff import drifted
from .objects import dig, without_noise
from .values import KubeObject, plain, wrap_map

INPUTS: Final = "__inputs"
MANAGER: Final = "__fieldManager"
API_VERSION: Final = "__initialApiVersion"

Properties: TypeAlias = Mapping[str, PropertyValue]


def checkpoint(inputs: KubeObject, live: KubeObject, given: Properties, manager: str) -> dict[str, PropertyValue]:
    """Return the state of an object: secret wherever the inputs as `given` are, and in the data of a Secret."""
    state = wrap_map(without_noise(live), given)
    state[INPUTS] = PropertyValue(wrap_map(inputs, given))
    state[MANAGER] = PropertyValue(manager)
    state[API_VERSION] = PropertyValue(str(inputs.get("apiVersion", "")))
    return state


def old_inputs(state: Properties) -> KubeObject:
    """Return the inputs that a state was made from, empty when it has none."""
    kept = state.get(INPUTS)
    value = plain(kept) if kept is not None else None
    return value if isinstance(value, dict) else {}


def dig_properties(state: Properties, key: str) -> Properties:
    """Return the fields of an object in a property map, none when it is absent."""
    value = state.get(key)
    return value.value if value is not None and isinstance(value.value, Mapping) else {}


def text_of(state: Properties, key: str) -> str:
    """Return a text in a property map, "" when it is absent."""
    value = state.get(key)
    return value.value if value is not None and isinstance(value.value, str) else ""


def drifted_inputs(inputs: KubeObject, recorded: KubeObject, live: KubeObject) -> KubeObject:
    """Return `inputs` with what has changed on the living object since it was `recorded`; see `drifted`."""
    if isinstance(inputs.get("stringData"), dict):
        recorded, live = _with_string_data(recorded), _with_string_data(live)
    result = drifted(inputs, without_noise(recorded) if recorded else {}, without_noise(live))
    return result if isinstance(result, dict) else inputs


def _with_string_data(secret: KubeObject) -> KubeObject:
    """Return a Secret with its data as text too: stringData, which the server never returns, can then be compared."""
    data: dict[str, Any] = dig(secret, "data") or {}
    return {**secret, "stringData": {key: _decoded(value) for key, value in data.items()}}


def _decoded(value: object) -> object:
    try:
        return base64.b64decode(str(value)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value
