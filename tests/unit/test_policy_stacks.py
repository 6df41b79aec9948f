"""The policy pack on every object of every stack: those of the program, and those of its charts as they are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import platforms
import pytest
from recorder import Unknown, unsecret
from supply_objects import NAMES, objects, stack

from policy.facts import read_facts
from policy.model import Resource
from policy.rules import RULES
from policy.tree import UNKNOWN, known

if TYPE_CHECKING:
    from collections.abc import Iterator


def _plain(value: object) -> object:
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in cast("list[object]", value)]
    return value


def _type(body: Mapping[str, Any]) -> str:
    version: str = body["apiVersion"]
    return f"kubernetes:{version if '/' in version else f'core/{version}'}:{body['kind']}"


@cache
def resources(name: str) -> tuple[Resource, ...]:
    """Return what a stack makes, as the engine hands it to the pack."""
    recording = platforms.record_platform(stack(name).config)
    protected = {(r.type, r.namespace, r.object_name) for r in recording.resources if r.protect and "kind" in r.inputs}
    made: list[Resource] = []
    for each in objects(name):
        body = cast("dict[str, object]", _plain(unsecret(each.body)))
        protect = (_type(each.body), each.namespace or None, each.name) in protected
        made.append(Resource(type=_type(each.body), name=each.name, props=body, protect=protect))
    return tuple(made)


def stopped(name: str, made: tuple[Resource, ...]) -> Iterator[str]:
    """Yield everything that the pack would stop."""
    facts = read_facts(stack(name).config[platforms.PLATFORM])
    for rule in RULES:
        if rule.stack:
            yield from (f"{rule.name}: {problem}" for problem in known(rule.stack(made, facts)))
        for resource in made if rule.check else ():
            assert rule.check
            yield from (f"{rule.name}: {resource.name}: {problem}" for problem in known(rule.check(resource, facts)))


@pytest.mark.parametrize("name", NAMES)
def test_every_stack_passes(name: str) -> None:
    assert len(resources(name)) > 400
    assert [*stopped(name, resources(name))] == []


def test_one_namespace_that_is_let_off_unseen_is_found() -> None:
    made = resources(NAMES[0])
    closed = tuple(each for each in made if not each.type.endswith(":NetworkPolicy"))
    assert [problem for problem in stopped(NAMES[0], closed) if problem.startswith("default-deny")]
    open_to_all = tuple(replace(each, protect=False) for each in made)
    assert [problem for problem in stopped(NAMES[0], open_to_all) if problem.startswith("protected")]
