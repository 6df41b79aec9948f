"""The random provider without an engine: its calls and what they draw."""

from __future__ import annotations

import asyncio
import string
from typing import Any

import pytest
from pulumi.provider.experimental import provider as engine
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.rpc import UNKNOWN

from rehearsal.providers.random.bcrypt import bcrypt_hash
from rehearsal.providers.random.kinds import SPECIAL
from rehearsal.providers.random.provider import RandomProvider

STUB = RandomProvider()


def urn(kind: str) -> str:
    return f"urn:pulumi:test::globex::random:index/{kind[0].lower()}{kind[1:]}:{kind}::one"


def values(inputs: dict[str, Any]) -> dict[str, PropertyValue]:
    return {name: value if isinstance(value, PropertyValue) else wrapped(value) for name, value in inputs.items()}


def wrapped(value: Any) -> PropertyValue:
    if isinstance(value, dict):
        return PropertyValue({str(name): wrapped(item) for name, item in value.items()})  # type: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return PropertyValue([wrapped(item) for item in value])  # type: ignore[reportUnknownVariableType]
    return PropertyValue(float(value) if type(value) is int else value)


def create(kind: str, *, preview: bool = False, **inputs: Any) -> engine.CreateResponse:
    return asyncio.run(STUB.create(engine.CreateRequest(urn(kind), values(inputs), 0, preview)))


def state(kind: str, **inputs: Any) -> dict[str, Any]:
    return {name: value.value for name, value in create(kind, **inputs).properties.items()}


def failures(kind: str, **inputs: Any) -> dict[str, str]:
    checked = asyncio.run(STUB.check(engine.CheckRequest(urn(kind), {}, values(inputs), b"")))
    return {failure.property: failure.reason for failure in checked.failures or ()}


def replaced_by(kind: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    old = create(kind, **before)
    request = engine.DiffRequest(urn(kind), str(old.resource_id), old.properties, values(after), [])
    answer = asyncio.run(STUB.diff(request))
    assert answer.changes is bool(answer.replaces)
    return answer.replaces


def imported(kind: str, identity: str) -> engine.ReadResponse:
    return asyncio.run(STUB.read(engine.ReadRequest(urn(kind), identity, {}, {})))


def test_a_string_has_the_classes_and_the_length_that_were_asked_for() -> None:
    drawn = state("RandomString", length=60, minUpper=5, minLower=6, minNumeric=7, minSpecial=8)
    result = drawn["result"]
    assert len(result) == 60
    assert set(result) <= set(string.ascii_letters + string.digits + SPECIAL)
    for characters, least in (
        (string.ascii_uppercase, 5),
        (string.ascii_lowercase, 6),
        (string.digits, 7),
        (SPECIAL, 8),
    ):
        assert sum(character in characters for character in result) >= least


def test_classes_that_are_off_are_not_drawn() -> None:
    only = state("RandomString", length=200, upper=False, lower=False, numeric=False, overrideSpecial="_-")
    assert set(only["result"]) == {"_", "-"}
    assert set(state("RandomString", length=200, special=False)["result"]) <= set(string.ascii_letters + string.digits)


def test_two_draws_differ() -> None:
    assert len({state("RandomString", length=24)["result"] for _ in range(20)}) == 20


def test_defaults_are_those_of_the_official_provider() -> None:
    drawn = state("RandomString", length=12)
    del drawn["result"]
    minima = dict.fromkeys(("minLower", "minUpper", "minNumeric", "minSpecial"), 0.0)
    classes = dict.fromkeys(("special", "upper", "lower", "number", "numeric"), True)
    assert drawn == {"length": 12.0, **minima, **classes}
    assert state("RandomPet") == {"length": 2.0, "separator": "-"}


def test_the_results_of_a_password_are_secret_and_its_id_says_nothing() -> None:
    made = create("RandomPassword", length=16)
    assert made.resource_id == "none"
    assert {name for name, value in made.properties.items() if value.is_secret} == {"result", "bcryptHash"}
    assert {name for name, value in create("RandomString", length=16).properties.items() if value.is_secret} == set()


def test_the_bcrypt_hash_is_that_of_the_result() -> None:
    import ctypes

    drawn = state("RandomPassword", length=80)
    digest: str = drawn["bcryptHash"]
    assert digest.startswith("$2a$10$")
    assert len(digest) == 60
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    assert library.crypt(drawn["result"].encode()[:72], digest.encode()) == digest.encode()
    assert library.crypt(drawn["result"].encode()[:71], digest.encode()) != digest.encode()
    assert bcrypt_hash("same") != bcrypt_hash("same")


def test_an_input_that_was_secret_stays_secret() -> None:
    keepers = PropertyValue({"from": PropertyValue("hush", is_secret=True)})
    assert create("RandomPet", keepers=keepers).properties["keepers"].contains_secret()


def test_an_id_is_one_number_in_four_notations() -> None:
    made = create("RandomId", byteLength=6, prefix="acme-")
    texts = {name: str(value.value) for name, value in made.properties.items()}
    number = int(texts["dec"].removeprefix("acme-"))
    assert number == int(texts["hex"].removeprefix("acme-"), 16)
    assert len(texts["hex"]) == len("acme-") + 12
    assert texts["b64Url"] == f"acme-{made.resource_id}"
    assert texts["b64Std"].rstrip("=").replace("+", "-").replace("/", "_") == texts["b64Url"]


def test_pets_uuids_integers_and_lists() -> None:
    assert len(str(create("RandomPet", length=4, prefix="acme", separator="_").resource_id).split("_")) == 5
    assert state("RandomUuid")["result"][14] == "4"
    assert {state("RandomInteger", min=1, max=3)["result"] for _ in range(200)} == {1.0, 2.0, 3.0}
    shuffled = [item.value for item in state("RandomShuffle", inputs=["a", "b", "c"], resultCount=7)["results"]]
    assert [sorted(shuffled[:3]), sorted(shuffled[3:6]), len(shuffled)] == [["a", "b", "c"], ["a", "b", "c"], 7]
    assert state("RandomShuffle", inputs=["a"], resultCount=0)["results"] == ()


def test_a_preview_draws_nothing_and_knows_the_defaults() -> None:
    shown = create("RandomPassword", preview=True, length=16).properties
    assert shown["result"].value == shown["bcryptHash"].value == UNKNOWN
    assert shown["result"].is_secret
    assert shown["special"].value is True
    assert create("RandomPet", preview=True, keepers={"a": UNKNOWN}).resource_id == ""


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({}, "length", "Field required"),
        ({"length": 0}, "length", "greater than or equal to 1"),
        ({"length": 2, "minUpper": 2, "minLower": 1}, "", "length is 2, less than the 3 characters of the minima"),
        ({"length": 8, "number": True, "numeric": False}, "", "number and numeric differ"),
        ({"length": 8, "special": False, "upper": False, "lower": False, "numeric": False}, "", "at least one of"),
        ({"length": "eight"}, "length", "valid integer"),
        ({"lenght": 8, "length": 8}, "lenght", "no such input; there are keepers, length, special"),
        ({"length": 8, "keepers": {"a": ["b"]}}, "keepers.a", "valid string"),
    ],
)
def test_bad_inputs_are_refused(inputs: dict[str, Any], path: str, reason: str) -> None:
    found = failures("RandomPassword", **inputs)
    assert list(found) == [path]
    assert reason in found[path]


def test_what_is_not_supported_says_so() -> None:
    assert "not supported" in failures("RandomInteger", min=1, max=2, seed="x")["seed"]
    assert "max is less than min" in failures("RandomInteger", min=2, max=1)[""]
    with pytest.raises(ValueError, match=r"randomBytes:RandomBytes is not available in a rehearsal; .*RandomPassword"):
        create("RandomBytes", length=3)


def test_a_resource_may_have_a_parent() -> None:
    nested = urn("RandomPet").replace("::random:", "::acme:index:Shop$random:")
    made = asyncio.run(STUB.create(engine.CreateRequest(nested, {}, 0, preview=False)))
    assert len(str(made.resource_id).split("-")) == 2


def test_inputs_that_are_not_known_yet_are_not_refused() -> None:
    assert failures("RandomPassword", length=UNKNOWN) == {}


@pytest.mark.parametrize(
    ("kind", "before", "after", "replaced"),
    [
        ("RandomPassword", {"length": 8}, {"length": 8, "special": True, "minUpper": 0}, []),
        ("RandomPassword", {"length": 8}, {"length": 9}, ["length"]),
        ("RandomPassword", {"length": 8}, {"length": 8, "upper": False}, ["upper"]),
        ("RandomPassword", {"length": 8, "number": False}, {"length": 8, "numeric": False}, []),
        ("RandomPassword", {"length": 8, "overrideSpecial": ""}, {"length": 8}, []),
        ("RandomPassword", {"length": 8, "overrideSpecial": "_"}, {"length": 8}, ["overrideSpecial"]),
        ("RandomPet", {"keepers": {"a": "1"}}, {"keepers": {"a": "1"}}, []),
        ("RandomPet", {"keepers": {"a": "1"}}, {"keepers": {"a": "2"}}, ["keepers"]),
        ("RandomPet", {"keepers": {"a": "1"}}, {"keepers": {"a": "1", "b": None}}, []),
        ("RandomPet", {"keepers": {"a": "1"}}, {"keepers": {"a": UNKNOWN}}, ["keepers"]),
        ("RandomPet", {"keepers": {"a": "1"}}, {}, ["keepers"]),
        ("RandomId", {"byteLength": 4}, {"byteLength": 4, "prefix": "x"}, ["prefix"]),
        ("RandomShuffle", {"inputs": ["a"], "resultCount": 0}, {"inputs": ["a"]}, ["resultCount"]),
    ],
)
def test_changed_inputs_replace(kind: str, before: dict[str, Any], after: dict[str, Any], replaced: list[str]) -> None:
    assert replaced_by(kind, before, after) == replaced


def test_imports_take_the_id_as_the_result() -> None:
    password = imported("RandomPassword", "swordfish")
    assert password.resource_id == "none"
    assert password.properties["result"] == PropertyValue("swordfish", is_secret=True)
    assert password.inputs == {"length": PropertyValue(9.0)}
    assert imported("RandomString", "abc").resource_id == "abc"
    made = imported("RandomId", "x,AQID")
    assert made.resource_id == "AQID"
    assert {name: made.properties[name].value for name in ("hex", "dec", "byteLength", "prefix")} == {
        "hex": "x010203",
        "dec": "x66051",
        "byteLength": 3.0,
        "prefix": "x",
    }
    assert imported("RandomInteger", "5,1,9").properties["max"].value == 9.0


@pytest.mark.parametrize(
    ("kind", "identity"),
    [("RandomId", "!"), ("RandomId", ""), ("RandomUuid", "x"), ("RandomInteger", "5"), ("RandomPet", "wise-owl")],
)
def test_bad_imports_are_refused(kind: str, identity: str) -> None:
    with pytest.raises(ValueError, match="one cannot be imported: "):
        imported(kind, identity)


def test_a_refresh_changes_nothing() -> None:
    made = create("RandomPassword", length=8)
    request = engine.ReadRequest(urn("RandomPassword"), "none", made.properties, {"length": PropertyValue(8.0)})
    answer = asyncio.run(STUB.read(request))
    assert (answer.resource_id, answer.properties, answer.inputs) == ("none", made.properties, request.inputs)
