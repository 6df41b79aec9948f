"""The rules as a policy pack of Pulumi's; every violation stops the operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.configuration import Configuration
from policy.model import Resource, Rule
from policy.reading import plain_mapping
from policy.rules import RULES
from policy.tree import known

if TYPE_CHECKING:
    from collections.abc import Callable

    from policy.model import Check, StackCheck


def make_pack() -> None:
    """Offer the pack to the engine that started this process."""
    configuration = Configuration()
    configuration.listen()
    PolicyPack("seldon-platform", [_policy(rule, configuration) for rule in RULES], EnforcementLevel.MANDATORY)


def _policy(rule: Rule, configuration: Configuration) -> Policy:
    description = rule.description if rule.exemption is None else f"{rule.description} (exemption: {rule.exemption})"
    if rule.check:
        return ResourceValidationPolicy(rule.name, description, _each(rule.check, configuration))
    if rule.stack:
        return StackValidationPolicy(rule.name, description, _together(rule.stack, configuration))
    raise AssertionError(f"rule {rule.name} checks nothing")


def _resource(given: ResourceValidationArgs | PolicyResource) -> Resource:
    return Resource(
        type=given.resource_type, name=given.name, props=plain_mapping(given.props), protect=bool(given.opts.protect)
    )


def _each(check: Check, configuration: Configuration) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = _resource(args)
        for problem in known(check(resource, configuration.facts)):
            report(f"{resource.name}: {problem}", args.urn)

    return validate


def _together(
    check: StackCheck, configuration: Configuration
) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for problem in known(check([_resource(each) for each in args.resources], configuration.facts)):
            report(problem, None)

    return validate
