"""Every rule of the policy pack passes what is good, and stops what is not."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
from policy_cases import CASES
from policy_objects import CONTEXT, FACTS, FIRST, POLICY, PORTS, SPEC, Case, changed, kube, pods
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from infra.settings.platform import Control
from policy.configuration import KEY, Configuration
from policy.reading import plain
from policy.rules import RULES, exemptions
from policy.tree import UNKNOWN, known

if TYPE_CHECKING:
    from policy.model import Rule

ROOT = Path(__file__).resolve().parents[2]
BY_NAME = {rule.name: rule for rule in RULES}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exemptions, "today", lambda: date(2026, 11, 24))


def found(rule: Rule, case: Case) -> list[str]:
    if rule.stack:
        return [*known(rule.stack(case.resources, case.facts))]
    assert rule.check
    return [problem for resource in case.resources for problem in known(rule.check(resource, case.facts))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_a_rule_passes_what_is_good_and_stops_what_is_not(case: Case) -> None:
    problems = found(BY_NAME[case.rule], case)
    if case.says:
        assert [problem for problem in problems if case.says in problem], problems
    else:
        assert problems == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_has_been_seen_to_pass_and_to_stop(rule: Rule) -> None:
    assert {bool(case.says) for case in CASES if case.rule == rule.name} == {True, False}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.check], ids=lambda rule: rule.name)
def test_what_a_preview_does_not_know_stops_nothing_and_breaks_nothing(rule: Rule) -> None:
    assert rule.check
    unknown_pods = (
        pods(changed(SPEC, *path, to=UNKNOWN))
        for path in ((*FIRST, "image"), CONTEXT, ("securityContext",), ("volumes",), (*FIRST, "env"))
    )
    peers = kube(POLICY, {"ingress": [{"from": UNKNOWN, "ports": PORTS}]})
    claim = kube("core/v1:PersistentVolumeClaim", {"storageClassName": UNKNOWN})
    for resource in (kube("core/v1:Secret", UNKNOWN), peers, claim, *unknown_pods):
        assert [*known(rule.check(resource, FACTS))] == []


def test_what_the_sdk_hands_over_becomes_plain_json() -> None:
    given = unknown_checking_proxy({"port": 8080.0, "host": UNKNOWN_STRING_VALUE, "list": [1.5, UNKNOWN_STRING_VALUE]})
    assert plain(given) == {"port": 8080, "host": UNKNOWN, "list": [1.5, UNKNOWN]}
    assert isinstance(plain(given["port"]), int)


def test_only_the_platform_is_kept_of_the_configuration() -> None:
    configuration = Configuration()
    platform = '{"images": {"registry": "registry.acme.example"}, "exemptions": [{"control": "end-of-life"}]}'
    configuration.take({KEY: platform, "seldon-platform:password": "planted"})
    assert configuration.facts.registry == "registry.acme.example"
    assert [each.control for each in configuration.facts.exemptions] == ["end-of-life"]
    assert "planted" not in repr(vars(configuration))


def test_without_the_configuration_nothing_is_judged() -> None:
    configuration = Configuration()
    configuration.take({"seldon-platform:password": "planted"})
    with pytest.raises(RuntimeError, match="the engine sent no seldon-platform:platform"):
        _ = configuration.facts


def test_controls_are_those_of_the_stack_file() -> None:
    assert set(exemptions.CONTROLS) == set(get_args(Control))


def test_the_page_has_every_rule() -> None:
    text = (ROOT / "docs" / "policy.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    assert rows == [(r.name, r.description, f"`{r.exemption}`" if r.exemption else "none") for r in RULES]


def test_a_pod_of_the_harness_is_good() -> None:
    assert [problem for rule in RULES if rule.check for problem in rule.check(pods(SPEC), FACTS)] == []
