"""What a namespace of the platform has before its first pod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.rules.exposure import DEFAULT_DENY, POLICY
from policy.rules.pods import POD_SECURITY
from policy.tree import value, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policy.model import Facts, Resource

NAMESPACE = "kubernetes:core/v1:Namespace"
BINDING = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding"
_ENFORCE = "pod-security.kubernetes.io/enforce"


def pod_security(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield namespaces in which Pod Security does not enforce `restricted`."""
    if resource.type != NAMESPACE or facts.exempt(POD_SECURITY, resource.object_name):
        return
    level = value(resource.metadata, "labels", _ENFORCE)
    if level != "restricted":
        yield f"label {_ENFORCE} is {level}, must be restricted"


def narrowed(resources: Sequence[Resource], facts: Facts) -> Iterator[str]:
    """Yield namespaces that are let off Pod Security with nothing in its place."""
    bindings = [each.spec for each in resources if each.type == BINDING]
    judged = {
        value(binding, "matchResources", "namespaceSelector", "matchLabels", "kubernetes.io/metadata.name")
        for binding in bindings
        if "Deny" in words(binding, "validationActions")
    }
    for resource in resources:
        exempt = resource.type == NAMESPACE and facts.exempt(POD_SECURITY, resource.object_name)
        if exempt and resource.object_name not in judged:
            yield f"{resource.name}: let off Pod Security, and no ValidatingAdmissionPolicyBinding denies in its place"


def closed_network(resources: Sequence[Resource], facts: Facts) -> Iterator[str]:
    """Yield namespaces without a policy that denies everything which no other allows."""
    closed: dict[str, set[str]] = {}
    for resource in resources:
        spec = resource.spec
        if resource.type == POLICY and not value(spec, "podSelector"):
            denied = {way for way in words(spec, "policyTypes") if not value(spec, way.lower())}
            closed.setdefault(resource.namespace, set()).update(denied)
    for resource in resources:
        if resource.type != NAMESPACE or facts.exempt(DEFAULT_DENY, resource.object_name):
            continue
        missing = {"Ingress", "Egress"} - closed.get(resource.object_name, set())
        if missing:
            yield f"{resource.name}: no NetworkPolicy denies {' and '.join(sorted(missing))} by default"
