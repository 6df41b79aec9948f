"""What a stack file makes of the audit trail: all of it with the Enterprise Platform, and nothing without."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from audit_stage import BUCKETS
from component_stage import CHART
from platforms import PLATFORM, enterprise, one_tenant, record_program
from recorder import assert_well_formed

from components.contracts import IssuerRef
from infra import audit, names
from infra.site import Site

if TYPE_CHECKING:
    from recorder import Recorded, Recording

    from components.contracts import AuditEndpoint
    from infra.settings import Settings

NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
STATEFUL = "kubernetes:apps/v1:StatefulSet"
QUOTA = "kubernetes:core/v1:ResourceQuota"


def made(config: dict[str, Any]) -> tuple[Recording, AuditEndpoint | None]:
    """Record the audit trail of a stack, with its neighbours' namespaces."""
    kept: list[AuditEndpoint | None] = []

    def program(settings: Settings) -> None:
        site = Site(settings)
        for neighbour in ("seldon-monitoring", "seldon-system", "seldon-storage"):
            site.namespace(neighbour, "a neighbour")
        issuer = IssuerRef(name="platform-authority", ready=[])
        kept.append(
            audit.build_audit(
                site,
                bucket=BUCKETS["in the cluster"],
                authority=issuer,
            )
        )
        there = kept[0] is not None
        assert bool(audit.monitors(settings.platform)) is bool(audit.alerts(settings)) is there

    recording = record_program(config, program)
    assert_well_formed(recording)
    return recording, kept[0]


def aggregator(recording: Recording) -> Recorded:
    return recording.object(STATEFUL, names.AUDIT, "audit-fluentd-aggregator")


def changed(**given: object) -> dict[str, Any]:
    config = copy.deepcopy(enterprise("in-cluster"))
    config[PLATFORM] |= given
    return config


def test_without_the_enterprise_platform_nothing_is_made() -> None:
    recording, endpoint = made(one_tenant())
    assert endpoint is None
    assert recording.of(STATEFUL) == []
    assert names.AUDIT not in [namespace.object_name for namespace in recording.of(NAMESPACE)]


def test_with_it_the_trail_has_a_closed_namespace_of_its_own() -> None:
    recording, endpoint = made(enterprise("in-cluster"))
    assert endpoint is not None
    assert endpoint.host == "audit-fluentd-aggregator.seldon-audit.svc.cluster.local"
    namespace = recording.object(NAMESPACE, None, names.AUDIT)
    assert namespace.protect is True
    assert namespace.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert recording.object(POLICY, names.AUDIT, "default-deny")
    assert recording.of(CHART) == []


def test_only_the_platform_and_prometheus_are_let_in() -> None:
    recording, _ = made(enterprise("in-cluster"))
    let_in = {
        (peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], port["port"])
        for policy in recording.of(POLICY)
        if policy.namespace == names.AUDIT
        for rule in policy.inputs["spec"].get("ingress", [])
        for peer in rule["from"]
        for port in rule["ports"]
    }
    assert let_in == {("seldon-system", 24225), ("seldon-monitoring", 24231)}


def test_sizes_come_from_the_environment_and_from_the_stack_file() -> None:
    recording, _ = made(changed(audit={}))
    spec = aggregator(recording).inputs["spec"]
    assert spec["replicas"] == 2
    assert spec["volumeClaimTemplates"][0]["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "50Gi"}},
        "storageClassName": "fast-encrypted",
    }
    recording, _ = made(changed(audit={"storageGi": 900, "image": "registry.acme.example/fluentd:1"}))
    spec = aggregator(recording).inputs["spec"]
    assert spec["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] == "900Gi"
    assert spec["template"]["spec"]["containers"][0]["image"] == "registry.acme.example/fluentd:1"
    assert recording.object(QUOTA, names.AUDIT, "platform").inputs["spec"]["hard"]["requests.storage"] == "3600Gi"


@pytest.mark.parametrize("protect", [True, False])
def test_an_exemption_of_the_namespace_lets_all_of_it_go(*, protect: bool) -> None:
    config = changed()
    if not protect:
        config[PLATFORM]["exemptions"].append(
            {
                "control": "deletion-protection",
                "resource": names.AUDIT,
                "reason": "The platform moves",
                "expires": "2027-05-31",
            }
        )
    recording, _ = made(config)
    assert aggregator(recording).protect is protect
    assert recording.object(NAMESPACE, None, names.AUDIT).protect is protect
