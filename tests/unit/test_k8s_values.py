"""Property values and JSON: numbers, unknowns, secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pulumi import StringAsset
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime import rpc

from rehearsal.providers.kubernetes.state import checkpoint, drifted_inputs, old_inputs
from rehearsal.providers.kubernetes.values import (
    UNKNOWN,
    contains_unknown,
    plain,
    plain_map,
    redact,
    secret_texts,
    wrap_map,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def fields(value: PropertyValue) -> Mapping[str, PropertyValue]:
    """Return the fields of an object value."""
    inner: Any = value.value
    return inner


def test_whole_numbers_are_integers_again() -> None:
    obj = {"replicas": 3, "ratio": 0.5, "on": True, "nothing": None, "list": [1, "a"], "deep": {"a": 0}}
    back = plain_map(wrap_map(obj, {}))
    assert back == obj
    assert isinstance(back["replicas"], int)
    assert back["on"] is True


def test_dashes_of_schema_extensions_survive_the_sdk() -> None:
    given = {"schema": PropertyValue({"x_kubernetes_preserve_unknown_fields": PropertyValue(True)})}  # noqa: FBT003
    obj = plain_map(given)
    assert obj == {"schema": {"x-kubernetes-preserve-unknown-fields": True}}
    assert wrap_map(obj, {}) == given


def test_unknowns_are_found_wherever_they_are() -> None:
    value = plain(PropertyValue([PropertyValue({"a": PropertyValue.computed()})]))
    assert contains_unknown(value)
    assert value == [{"a": UNKNOWN}]
    assert not contains_unknown({"a": [1, {"b": "c"}]})


def test_an_unknown_in_a_secret_is_an_unknown() -> None:
    received = {"kind": PropertyValue("Secret"), "stringData": PropertyValue(rpc.UNKNOWN, is_secret=True)}
    assert plain_map(received)["stringData"] is UNKNOWN
    assert not secret_texts(received)
    sent = wrap_map(plain_map(received), received)["stringData"]
    assert sent.is_secret
    assert PropertyValue.unmarshal(sent.marshal()).value == rpc.UNKNOWN


def test_assets_are_refused() -> None:
    with pytest.raises(TypeError, match="StringAsset"):
        plain(PropertyValue(StringAsset("text")))


def test_secrets_stay_where_they_were() -> None:
    given = {
        "data": PropertyValue({"open": PropertyValue("a"), "shut": PropertyValue("b", is_secret=True)}),
        "list": PropertyValue([PropertyValue("c", is_secret=True)]),
        "whole": PropertyValue({"d": PropertyValue("e")}, is_secret=True),
    }
    back = wrap_map(plain_map(given), given)
    assert not back["data"].is_secret
    assert not fields(back["data"])["open"].is_secret
    assert fields(back["data"])["shut"].is_secret
    assert back["list"].is_secret
    assert back["whole"].is_secret


def test_a_secrets_data_is_secret_in_outputs_and_kept_inputs() -> None:
    given = wrap_map({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "plain"}}, {})
    live: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "data": {"a": "cGxhaW4="},
        "metadata": {"managedFields": [{}]},
    }
    state = checkpoint(plain_map(given), live, given, "me")
    assert state["data"].is_secret
    assert fields(state["__inputs"])["stringData"].is_secret
    assert plain(state["metadata"]) == {}
    assert old_inputs(state) == plain_map(given)


def test_messages_show_no_secret() -> None:
    given = wrap_map({"kind": "Secret", "data": {"a": "c2VjcmV0"}, "metadata": {"name": "login"}}, {})
    given["note"] = PropertyValue([PropertyValue("long-and-secret")], is_secret=True)
    texts = secret_texts(given)
    said = 'login: "c2VjcmV0" is long-and-secret, in base64 bG9uZy1hbmQtc2VjcmV0'
    assert redact(said, texts) == 'login: "[secret]" is [secret], in base64 [secret]'


def test_drift_of_string_data_is_seen_through_the_data() -> None:
    inputs = {"kind": "Secret", "stringData": {"a": "one"}}
    recorded = {"kind": "Secret", "data": {"a": "b25l"}, "metadata": {}}
    assert drifted_inputs(inputs, recorded, recorded) == inputs
    live = {"kind": "Secret", "data": {"a": "dHdv"}, "metadata": {}}
    assert drifted_inputs(inputs, recorded, live)["stringData"] == {"a": "two"}
