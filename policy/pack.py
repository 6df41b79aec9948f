"""The rules as a policy pack of Pulumi's; every violation stops the operation.

All rules about single resources are one policy of the pack, and so are those about all together: the SDK decodes a
resource anew for each policy, and definitions of types are large.
"""

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
from policy.model import Resource
from policy.reading import plain_mapping
from policy.rules import RULES
from policy.tree import known

if TYPE_CHECKING:
    from collections.abc import Callable

DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
"""The one type that no rule is about, and the largest."""


def make_pack() -> None:
    """Offer the pack to the engine that started this process."""
    configuration = Configuration()
    configuration.listen()
    policies: list[Policy] = [
        ResourceValidationPolicy("resources", "Every resource by itself.", _each(configuration)),
        StackValidationPolicy("stack", "All resources together.", _together(configuration)),
    ]
    PolicyPack("seldon-platform", policies, EnforcementLevel.MANDATORY)


def _resource(given: ResourceValidationArgs | PolicyResource) -> Resource:
    return Resource(
        type=given.resource_type, name=given.name, props=plain_mapping(given.props), protect=bool(given.opts.protect)
    )


def _each(configuration: Configuration) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type == DEFINITION:
            return
        resource = _resource(args)
        for rule in RULES:
            for problem in known(rule.check(resource, configuration.facts)) if rule.check else ():
                report(f"{rule.name}: {resource.name}: {problem}", args.urn)

    return validate


def _together(configuration: Configuration) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [_resource(each) for each in args.resources if each.resource_type != DEFINITION]
        for rule in RULES:
            for problem in known(rule.stack(resources, configuration.facts)) if rule.stack else ():
                report(f"{rule.name}: {problem}", None)

    return validate
