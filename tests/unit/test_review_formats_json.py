"""The review for other programs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from review_samples import FILE, STACK, calm, changed, found, reviewed, risky, urn

from review.formats.json_ import NEAREST, render
from review.formats.schema import COMMAND, SCHEMA_FILE, schema_text
from review.model import ABSENT, SECRET, UNKNOWN, Dependants, PropertyChange, Review, Risk, Value

SCHEMA: dict[str, Any] = json.loads(schema_text())


def read(review: Review) -> dict[str, Any]:
    return json.loads(render(review))


def test_the_schema_file_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), f"run `{COMMAND}`"


@pytest.mark.parametrize("review", [calm(), risky(), reviewed([])], ids=["calm", "risky", "empty"])
def test_documents_are_as_the_schema_says(review: Review) -> None:
    validator: Any = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    validator.check_schema(SCHEMA)
    assert [error.message for error in validator.iter_errors(read(review))] == []


def test_the_schema_refuses_what_is_not_a_review() -> None:
    validator: Any = Draft202012Validator(SCHEMA)
    document = read(risky())
    for key in document:
        assert not validator.is_valid({name: value for name, value in document.items() if name != key}), key
    assert not validator.is_valid({**document, "extra": 1})
    document["findings"][0]["class"] = "harmless"
    assert not validator.is_valid(document)


def test_a_document_has_what_the_review_has() -> None:
    document = read(risky())
    assert (document["version"], document["stack"], document["stackFile"]) == (1, STACK, FILE)
    assert document["blocked"] is True
    assert document["counts"] == {risk.slug: risky().counts[risk] for risk in Risk}
    classes = [finding["class"] for finding in document["findings"]]
    assert classes == [finding.risk.slug for finding in risky().findings]
    whole = document["findings"][0]
    assert [part["class"] for part in whole["parts"]] == ["data-loss", "exposure", "change"]
    assert whole["dependants"]["count"] == 14
    assert [use["state"] for use in document["approvals"]] == ["used", "unused"]
    assert document["approvals"][0]["expires"] == "2027-03-31"
    assert document["incomplete"][0]["name"] == "seldon-core-v2-setup"
    assert read(calm())["blocked"] is False


def test_values_that_are_not_shown_cannot_be_taken_for_values() -> None:
    values: dict[str, Value] = {
        "a": SECRET,
        "b": [UNKNOWN, "[secret]"],
        "$marker": "secret",
        "$$x": 1,
        "c": {"$marker": "y"},
    }
    change = changed("Deployment", "a", properties=[PropertyChange(path="spec", before=ABSENT, after=values)])
    (finding,) = read(reviewed([found(Risk.CHANGE, change, "Deployment a is changed")]))["findings"]
    (item,) = finding["properties"]
    assert item["before"] == {"$marker": "absent"}
    assert item["after"] == {
        "a": {"$marker": "secret"},
        "b": [{"$marker": "unknown"}, "[secret]"],
        "$$marker": "secret",
        "$$$x": 1,
        "c": {"$$marker": "y"},
    }


def test_dependants_are_counted_when_they_are_too_many_to_be_named() -> None:
    urns = tuple(urn("Deployment", f"part-{index}") for index in range(3_000))
    finding = found(Risk.CHANGE, changed("Secret", "a"), "Secret a is changed")
    finding = replace(finding, dependants=Dependants(urns=urns, workloads=urns))
    (shown,) = read(reviewed([finding]))["findings"]
    assert (shown["dependants"]["count"], shown["dependants"]["workloadCount"]) == (3_000, 3_000)
    assert shown["dependants"]["urns"] == list(urns[:NEAREST])


def test_the_text_is_ascii_and_the_same_each_time() -> None:
    finding = found(Risk.CHANGE, changed("Secret", "\u202e東京"), "\x1b[2J")
    text = render(reviewed([finding]))
    assert text.isascii()
    assert "\x1b" not in text
    assert text == render(reviewed([finding]))
