"""Parsing without Pulumi: what survives any mutation of a good file, and rules that files show less well."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from pydantic import ValidationError
from settings_stacks import DATA, PREFIX, STACKS, TODAY, platform_of, read

from infra.settings import SettingsError
from infra.settings.parse import parse, warnings_for
from infra.settings.platform import Platform
from infra.settings.shape import shape_of_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.settings.base import Model

ONPREM = STACKS / "Pulumi.initech-onprem.yaml"
GOOD = DATA / "good"
MINIMAL = GOOD / "minimal.yaml"
FULL = GOOD / "private-ca-and-stores.yaml"
MUTATED = (
    "private-ca-and-stores.yaml",
    "stores-external.yaml",
    "stores-in-cluster.yaml",
    "enterprise-in-cluster.yaml",
)
KEYS = ("registryPassword", "ca_key-1", "storageKey")
PASSWORD = "hunter2-hunter2"
REPLACEMENTS: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    20270331,
    "",
    PASSWORD,
    [],
    [PASSWORD],
    {},
    {"kind": "nothing"},
    {"kind": ["s3"]},
    {"secret": None},
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, entry in cast("dict[str, Any]", value).items():
            yield from places(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(cast("list[Any]", value)):
            yield from places(entry, (*path, index))


def replaced(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    parent: Any = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return changed


def attempt(document: dict[str, Any]) -> SettingsError | Platform:
    keys = KEYS if "images" in document else ()
    try:
        return parse(document, secret_keys=keys, today=TODAY)
    except SettingsError as error:
        return error


@pytest.mark.parametrize(
    ("stack", "path"),
    [(stack, path) for stack in MUTATED for path in places(platform_of(GOOD / stack))],
    ids=str,
)
def test_any_value_anywhere_is_accepted_or_gets_problems(stack: str, path: tuple[str | int, ...]) -> None:
    document = platform_of(GOOD / stack)
    for value in REPLACEMENTS:
        outcome = attempt(replaced(document, path, value))
        if isinstance(outcome, SettingsError):
            assert outcome.problems
            assert all("\n" not in str(problem) for problem in outcome.problems)


@pytest.mark.parametrize("field", [("images", "pullSecret", "password"), ("ingress", "certificate", "privateKey")])
def test_plain_text_in_a_secret_field_is_refused_and_not_shown(field: tuple[str, ...]) -> None:
    outcome = attempt(replaced(platform_of(FULL), field, PASSWORD))
    assert isinstance(outcome, SettingsError)
    assert "plain-text secret" in str(outcome)
    assert PASSWORD not in str(outcome)


def test_the_message_counts_the_problems() -> None:
    outcome = attempt(replaced(platform_of(FULL), ("customer",), "Initech"))
    assert isinstance(outcome, SettingsError)
    assert str(outcome).startswith("1 problem in its settings; nothing was changed\n  platform.customer: ")


def test_a_long_value_is_folded() -> None:
    outcome = attempt(replaced(platform_of(FULL), ("customer",), "x" * 1000))
    assert isinstance(outcome, SettingsError)
    assert "... (1002 characters) is not allowed" in str(outcome)


def test_something_else_than_a_mapping_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"platform: a list has the wrong type; allowed: a mapping"):
        parse(cast("Any", ["customer"]), secret_keys=(), today=TODAY)


def test_settings_cannot_be_changed() -> None:
    platform = parse(platform_of(FULL), secret_keys=KEYS, today=TODAY)
    with pytest.raises(ValidationError, match="frozen"):
        platform.customer = "acme"  # pyright: ignore[reportAttributeAccessIssue]


def test_a_key_that_is_no_name_is_folded_into_one_line() -> None:
    document = platform_of(MINIMAL)
    document["-----BEGIN PRIVATE KEY-----\n" + "c3VwZXItc2VjcmV0" * 10] = None
    outcome = attempt(document)
    assert isinstance(outcome, SettingsError)
    (problem,) = outcome.problems
    assert "\n" not in str(problem)
    assert str(problem).startswith("platform.<key of 188 characters>: unknown key; allowed: customer,")


def test_a_private_key_in_the_wrong_field_is_not_shown() -> None:
    outcome = attempt(replaced(platform_of(MINIMAL), ("customer",), "-----BEGIN RSA PRIVATE KEY-----\nMIIE"))
    assert isinstance(outcome, SettingsError)
    assert "platform.customer: a private key (not shown) is not allowed" in str(outcome)


def test_a_python_name_is_not_a_key() -> None:
    document = platform_of(FULL)
    document["cluster"]["api_server"] = document["cluster"].pop("apiServer")
    outcome = attempt(document)
    assert isinstance(outcome, SettingsError)
    assert "platform.cluster.api_server: unknown key, did you mean apiServer?" in str(outcome)


@pytest.mark.parametrize(("version", "count"), [("1.26", 1), ("1.27", 0), ("1.33", 0), ("1.34", 1)])
def test_a_version_outside_the_list_of_seldon_is_a_warning(version: str, count: int) -> None:
    platform = attempt(replaced(platform_of(MINIMAL), ("cluster", "version"), version))
    assert isinstance(platform, Platform)
    assert len(warnings_for(platform, TODAY)) == count


def test_every_exemption_is_a_warning() -> None:
    platform = attempt(platform_of(FULL))
    assert isinstance(platform, Platform)
    first, second = warnings_for(platform, TODAY)
    assert first.startswith("platform.exemptions[0]: deletion-protection is off for fraud until 2027-06-02: The name")
    assert second.startswith("platform.exemptions[1]: default-deny is off for fraud until 2026-06-01: Until the mesh")


@pytest.mark.parametrize(("today", "count"), [(date(2045, 12, 1), 0), (date(2045, 12, 2), 1)])
def test_a_provided_certificate_that_expires_soon_is_a_warning(today: date, count: int) -> None:
    keys = [key.removeprefix(PREFIX) for key in read(ONPREM)["config"] if key.startswith(PREFIX)]
    given = platform_of(ONPREM)
    # Other dated things of the stack; so long after today they would have expired.
    given["exemptions"] = [{**entry, "expires": str(today + timedelta(days=30))} for entry in given["exemptions"]]
    platform = parse(given, secret_keys=set(keys) - {"platform"}, today=today)
    warnings = [warning for warning in warnings_for(platform, today) if "renews" in warning]
    assert len(warnings) == count
    assert all("expires on 2046-01-01; nobody but you renews it" in warning for warning in warnings)


def models_below(model: type[Model]) -> Iterator[type[Model]]:
    yield model
    for field in model.model_fields.values():
        shape = shape_of_field(field)
        for below in (shape.item or shape).models:
            yield from models_below(below)


MODELS: list[type[Model]] = sorted(set(models_below(Platform)), key=str)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_every_field_says_what_it_means(model: type[Model]) -> None:
    assert model.__doc__
    for name, field in model.model_fields.items():
        assert field.description, name
        assert shape_of_field(field).allowed, name
