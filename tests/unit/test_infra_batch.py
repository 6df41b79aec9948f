"""What a stack file makes of batch jobs: all of it, or nothing; and who reaches whom."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from buckets import bucket
from component_stage import CHART, CONFIG_MAP
from platforms import PLATFORM, enterprise, one_tenant, record_program
from recorder import assert_well_formed, leaves

from infra import batch
from infra.site import Site

if TYPE_CHECKING:
    from recorder import Recording

    from components.cluster.monitoring import Monitor
    from infra.settings import Settings

NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
RUNTIMES = ("fraud", "churn")


def without_batch() -> dict[str, Any]:
    """Return the configuration with everything but batch jobs."""
    config = copy.deepcopy(enterprise("in-cluster"))
    config[PLATFORM]["enterprise"]["batch"] = {"kind": "none"}
    return config


def made(config: dict[str, Any]) -> tuple[Recording, list[Monitor]]:
    """Record batch jobs of two runtimes, and what Prometheus is to scrape of them."""
    scraped: list[Monitor] = []

    def program(settings: Settings) -> None:
        site = Site(settings)
        for shared in ("seldon-monitoring", "seldon-storage"):
            site.namespace(shared, "a neighbour")
        runtimes = {name: site.namespace(name, "models of one tenant") for name in RUNTIMES}
        batch.build_batch(site, bucket=bucket("batch"), runtimes=runtimes, depends_on=())
        scraped.extend(batch.monitors(settings.platform))
        assert bool(batch.alerts(settings)) == bool(scraped)

    recording = record_program(config, program)
    assert_well_formed(recording)
    return recording, scraped


@pytest.mark.parametrize("config", [without_batch(), one_tenant()], ids=["other parts", "no Enterprise Platform"])
def test_without_batch_jobs_nothing_is_made(config: dict[str, Any]) -> None:
    recording, scraped = made(config)
    assert recording.of(CHART) == scraped == []
    assert "argo" not in [namespace.object_name for namespace in recording.of(NAMESPACE)]


def test_controllers_have_a_closed_namespace_of_their_own() -> None:
    recording, scraped = made(enterprise("in-cluster"))
    labels = recording.object(NAMESPACE, None, "argo").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert recording.object(POLICY, "argo", "default-deny")
    assert {chart.namespace for chart in recording.of(CHART)} == {"argo"}
    assert [monitor.namespaces for monitor in scraped] == [["argo"]]


def test_the_image_that_copies_is_known_where_it_comes_from_the_mirror() -> None:
    config = copy.deepcopy(enterprise("in-cluster"))
    config[PLATFORM]["images"] = {"registry": "registry.acme.example/mirror"}
    recording, _ = made(config)
    for settings in recording.of(CONFIG_MAP):
        images = json.loads(settings.inputs["data"]["config"])["images"]
        mirrored = "registry.acme.example/mirror/seldonio/rclone-storage-initializer:1.18.2"
        assert images == {mirrored: {"entrypoint": ["rclone", "copy"]}}


@pytest.mark.parametrize("exempted", [False, True])
def test_the_types_are_protected_unless_the_stack_lets_them_off(*, exempted: bool) -> None:
    config = copy.deepcopy(enterprise("in-cluster"))
    if exempted:
        off = {"control": "deletion-protection", "resource": "argo", "reason": "a test stack", "expires": "2027-05-31"}
        config[PLATFORM]["exemptions"].append(off)
    recording, _ = made(config)
    definition = pulumi.ResourceTransformArgs(
        custom=True,
        type_="kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
        name="workflows.argoproj.io",
        props={"metadata": {"name": "workflows.argoproj.io"}},
        opts=pulumi.ResourceOptions(),
    )
    results = [transform(definition) for transform in recording.one(CHART, "workflows-types").transforms]
    assert [result.opts.protect for result in results if result][-1] is not exempted


def test_every_runtime_has_rights_for_its_own_jobs() -> None:
    recording, _ = made(enterprise("in-cluster"))
    for role in ("workflow", "workflow-controller"):
        given = [made.namespace for made in recording.of(f"{RBAC}:Role") if made.object_name == role]
        assert sorted(str(namespace) for namespace in given) == sorted(RUNTIMES)
    for binding in recording.of(f"{RBAC}:RoleBinding"):
        (subject,) = binding.inputs["subjects"]
        assert subject["namespace"] in ("argo", binding.namespace)
        if binding.namespace != "argo" and subject["namespace"] == "argo":
            assert subject["name"] == f"{binding.namespace}-workflow-controller"


def test_the_network_is_open_before_anything_runs() -> None:
    recording, _ = made(enterprise("in-cluster"))
    opened = [policy for policy in recording.of(POLICY) if policy.name.startswith("network-batch-")]
    assert len(opened) == 3 + len(RUNTIMES) * 5
    for chart in recording.of(CHART):
        assert {policy.urn for policy in opened} <= recording.before(chart)


def test_jobs_of_one_runtime_do_not_reach_another() -> None:
    recording, _ = made(enterprise("in-cluster"))
    for policy in recording.of(POLICY):
        reached = {value for path, value, _ in leaves(policy.inputs["spec"]) if path.endswith("metadata.name")}
        others = {*RUNTIMES} - {policy.namespace}
        if policy.namespace in RUNTIMES:
            assert reached.isdisjoint(others), policy.name
