"""The generated schema and reference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from settings_stacks import DATA, GOOD, STACKS, read

from infra.settings.reference import reference
from infra.settings.schema import COMMAND, REFERENCE_FILE, SCHEMA_FILE, schema_text, stack_schema

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = (
    "api-server-networks",
    "authority-file-name",
    "buckets-invalid",
    "buckets-missing",
    "certificate-file-name",
    "certificate-provided-and-acme",
    "charts-both-sources",
    "empty",
    "enterprise-grants-invalid",
    "enterprise-invalid",
    "enterprise-runtimes",
    "images-not-fixed",
    "kafka-authentication-kinds",
    "kafka-bootstrap",
    "kafka-oauth-invalid",
    "kafka-strimzi-invalid",
    "kafka-without-authentication",
    "minio-images-missing",
    "missing-fields",
    "no-runtimes",
    "plain-text-config-keys",
    "plain-text-secrets",
    "postgres-invalid",
    "postgres-plain-text-password",
    "scalars-for-mappings",
    "search-image-missing",
    "search-invalid",
    "secret-inside-platform",
    "store-kinds-mixed",
    "unknown-keys",
    "unknown-kinds",
    "unquoted-version",
    "usage-rules-invalid",
    "wildcard-host",
    "wrong-types",
)
"""Bad stacks whose problem an editor can show; the other problems need more than a schema."""


def problems(path: Path) -> list[str]:
    document: dict[str, Any] = json.loads(json.dumps(read(path), default=str))
    return refusals(document)


def refusals(document: dict[str, Any]) -> list[str]:
    validator: Any = Draft202012Validator(stack_schema())
    return [error.message for error in validator.iter_errors(document)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(stack_schema())


def test_the_committed_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), f"run {COMMAND}"


def test_the_committed_reference_is_current() -> None:
    assert REFERENCE_FILE.read_text(encoding="utf-8") == reference(), f"run {COMMAND}"


@pytest.mark.parametrize("path", sorted(STACKS.glob("Pulumi.*.yaml")), ids=lambda path: path.stem)
def test_every_stack_names_the_schema_first(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE.name}"


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_it_accepts_good_stacks(path: Path) -> None:
    assert problems(path) == []


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_bad_stacks(name: str) -> None:
    assert problems(DATA / "bad" / f"{name}.yaml")


def test_it_asks_for_the_guard_against_default_providers() -> None:
    document = read(DATA / "good" / "minimal.yaml")
    del document["config"]["pulumi:disable-default-providers"]
    assert refusals(document)


def test_every_key_of_the_stacks_is_in_the_reference() -> None:
    page = reference()
    for key in (
        "modelVolumeGi",
        "storageClass",
        "serviceAccountKey",
        "expires",
        "sslMode",
        "bootstrap",
        "backups",
        "usageRules",
        "groups",
    ):
        assert f"| `{key}` |" in page
