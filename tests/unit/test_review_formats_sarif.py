"""The review for code scanning: what SARIF 2.1.0 asks for (OASIS, sections 3.13 to 3.58), checked strictly."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from review_samples import FILE, approval, calm, changed, found, reviewed, risky

from review.formats.sarif import render
from review.model import ApprovalUse, Diagnostic, Review, Risk

ALLOWED: dict[str, set[str]] = {
    "log": {"$schema", "version", "runs"},
    "run": {"tool", "automationDetails", "columnKind", "invocations", "results", "properties"},
    "driver": {"name", "rules"},
    "rule": {"id", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"},
    "invocation": {"executionSuccessful", "toolExecutionNotifications"},
    "notification": {"level", "message"},
    "result": {
        "ruleId",
        "ruleIndex",
        "level",
        "message",
        "locations",
        "partialFingerprints",
        "properties",
        "suppressions",
    },
    "location": {"physicalLocation", "logicalLocations"},
    "physicalLocation": {"artifactLocation", "region"},
    "artifactLocation": {"uri", "uriBaseId"},
    "logicalLocation": {"name", "fullyQualifiedName", "kind"},
    "suppression": {"kind", "status", "justification"},
}
"""Members that the standard has for each object, of those that we write."""
LEVELS = {"none", "note", "warning", "error"}
RESULTS_OF_GITHUB = 25_000


def only(kind: str, item: dict[str, Any], *needed: str) -> dict[str, Any]:
    assert set(item) <= ALLOWED[kind], f"{kind}: {set(item) - ALLOWED[kind]}"
    assert set(needed) <= set(item), f"{kind}: {set(needed) - set(item)}"
    return item


def run_of(review: Review) -> dict[str, Any]:
    log = only("log", json.loads(render(review)), "$schema", "version", "runs")
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("/sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    return only("run", run, "tool", "results")


def message(item: dict[str, Any]) -> str:
    assert set(item["message"]) == {"text"}
    assert item["message"]["text"].strip()
    return item["message"]["text"]


@pytest.mark.parametrize("review", [calm(), risky(), reviewed([])], ids=["calm", "risky", "empty"])
def test_a_log_is_what_the_standard_says(review: Review) -> None:
    run = run_of(review)
    rules = only("driver", run["tool"]["driver"], "name")["rules"]
    for rule in rules:
        only("rule", rule, "id")
        assert rule["defaultConfiguration"]["level"] in LEVELS
        assert all(rule[part]["text"] for part in ("shortDescription", "fullDescription", "help"))
        assert len(rule["properties"]["tags"]) == len(set(rule["properties"]["tags"])) <= 10
        assert 0 <= float(rule["properties"].get("security-severity", 0)) <= 10
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        only("result", result, "ruleId", "message", "locations")
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in LEVELS
        message(result)
        (location,) = result["locations"]
        check_location(location)
        for suppression in result.get("suppressions", []):
            only("suppression", suppression, "kind")
            assert suppression["kind"] in {"inSource", "external"}
            assert suppression["status"] in {"accepted", "underReview", "rejected"}
    (invocation,) = run["invocations"]
    for notification in only("invocation", invocation, "executionSuccessful")["toolExecutionNotifications"]:
        assert only("notification", notification, "message")["level"] in LEVELS
        message(notification)
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    assert run["automationDetails"]["id"] == f"review/{review.stack}/"


def check_location(location: dict[str, Any]) -> None:
    only("location", location, "physicalLocation")
    physical = only("physicalLocation", location["physicalLocation"], "artifactLocation", "region")
    assert only("artifactLocation", physical["artifactLocation"], "uri")["uriBaseId"] == "%SRCROOT%"
    uri = physical["artifactLocation"]["uri"]
    assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri)
    assert not uri.startswith("/")
    assert physical["region"] == {"startLine": 1}
    for logical in location["logicalLocations"]:
        only("logicalLocation", logical)
        assert logical["kind"] == "resource"


def test_a_finding_is_at_the_stack_file_and_names_its_resource() -> None:
    result = run_of(risky())["results"][0]
    finding = risky().findings[0]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == FILE
    (logical,) = location["logicalLocations"]
    assert (logical["fullyQualifiedName"], logical["name"]) == (finding.change.urn, finding.change.name)
    text = message(result)
    for part in (
        finding.title,
        finding.why,
        "14 resources depend on it",
        "NetworkPolicy postgres is deleted",
        finding.remedy,
    ):
        assert part in text


def test_levels_follow_the_class() -> None:
    levels = {result["ruleId"]: result["level"] for result in run_of(risky())["results"]}
    assert levels["data-loss/component"] == levels["unknown/update"] == levels["approval/unused"] == "error"
    assert levels["change/update"] == levels["create/create"] == "note"
    assert not any(rule.startswith("no-op") for rule in levels)


def test_an_approved_finding_is_suppressed_with_its_reason() -> None:
    suppressed = [result for result in run_of(risky())["results"] if "suppressions" in result]
    assert [result["ruleId"] for result in suppressed] == ["interruption/replace"]
    assert "Window CHG-2291" in suppressed[0]["suppressions"][0]["justification"]


def test_a_finding_whose_parts_are_approved_is_suppressed() -> None:
    whole = risky().findings[0]
    agreed = approval("Cluster", "catalogue", Risk.DATA_LOSS, "Moved by hand")
    parts = tuple(replace(part, blocked=False, approval=agreed if part.risk.blocks else None) for part in whole.parts)
    (result,) = run_of(reviewed([replace(whole, parts=parts, blocked=False)]))["results"]
    assert "Moved by hand" in result["suppressions"][0]["justification"]


def test_fingerprints_tell_results_apart_and_stay_the_same() -> None:
    results = run_of(risky())["results"]
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]
    assert len(set(prints)) == len(prints)
    assert prints == [result["partialFingerprints"]["primaryLocationLineHash"] for result in run_of(risky())["results"]]
    other = run_of(replace(risky(), stack="initech-staging"))["results"]
    assert not set(prints) & {result["partialFingerprints"]["primaryLocationLineHash"] for result in other}


def test_a_failed_preview_and_a_refused_approval_are_said() -> None:
    agreed = approval("Secret", "a", Risk.DATA_LOSS, "Agreed")
    use = ApprovalUse(approval=agreed, state="too wide", explanation="Two findings match it.")
    run = run_of(reviewed([], diagnostics=(Diagnostic(severity="error", message="no cluster"),), approvals=(use,)))
    assert run["invocations"][0]["executionSuccessful"] is False
    assert [result["ruleId"] for result in run["results"]] == ["approval/too-wide"]
    assert run["properties"]["blocked"] is True


def test_paths_are_relative_addresses() -> None:
    review = replace(risky(), stack_file="stacks/Pulumi.a b#é.yaml")
    uri = run_of(review)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "stacks/Pulumi.a%20b%23%C3%A9.yaml"
    assert unquote(uri) == review.stack_file
    absolute = run_of(replace(review, stack_file="/home/a/stacks/x.yaml"))["results"][0]
    assert absolute["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "x.yaml"


def test_a_large_review_stays_within_what_forges_take() -> None:
    findings = [
        found(Risk.CHANGE, changed("Secret", f"s{index}"), f"Secret s{index} changes") for index in range(5_000)
    ]
    assert len(run_of(reviewed(findings))["results"]) == 5_000 < RESULTS_OF_GITHUB
