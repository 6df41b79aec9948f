"""Argo Workflows: resource types once, and per runtime a controller that can do little and only there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from component_stage import CHART, CONFIG_MAP, ONE, REGISTRY, SOURCES, WITHOUT_MIRROR, perform, waits_for

from components.cluster.workflows import Workflows, WorkflowsArgs
from components.cluster.workflows.names import BATCH_PRIORITY, controller, release
from components.contracts import PlacedIn

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recorded, Recording

RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
ARGS = WorkflowsArgs(
    sources=SOURCES,
    placed=PlacedIn(namespace="argo", ready=[]),
    runtimes=[],
    size=ONE,
    authority="batch-authority",
    commands={},
)


def made(*, preview: bool = False, runtimes: tuple[str, ...] = ("fraud", "churn"), **changed: Any) -> Recording:
    def make(stage: Stage) -> None:
        args = replace(
            replace(ARGS, **changed),
            placed=stage.place("argo"),
            runtimes=[stage.place(runtime) for runtime in runtimes],
            depends_on=[stage.prop("flows")],
        )
        Workflows("workflows", args, stage.opts)

    return perform(make, preview=preview)


def values(recording: Recording, runtime: str) -> dict[str, Any]:
    return recording.one(CHART, f"workflows-{runtime}-controller").inputs["values"]


def rules(recording: Recording, namespace: str, name: str) -> list[dict[str, Any]]:
    return recording.object(f"{RBAC}:Role", namespace, name).inputs["rules"]


@pytest.mark.parametrize("preview", [True, False])
def test_types_come_once_and_before_the_controllers(*, preview: bool) -> None:
    recording = made(preview=preview)
    types = recording.one(CHART, "workflows-types")
    assert recording.names(CHART) == ["workflows-churn-controller", "workflows-fraud-controller", "workflows-types"]
    assert types.inputs["values"]["crds"] == {"install": True, "keep": False}
    assert types.inputs["values"]["controller"]["replicas"] == 0
    for runtime in ("fraud", "churn"):
        chart = recording.one(CHART, f"workflows-{runtime}-controller")
        assert chart.namespace == "argo"
        assert chart.inputs["values"]["crds"] == {"install": False}
        before = waits_for(recording, chart)
        assert {"workflows-types", "workflows-priority", f"workflows-{runtime}-config", "flows"} <= before
        assert {"guards-of-argo", f"guards-of-{runtime}"} <= before
        rights = [resource for resource in recording.of(f"{RBAC}:RoleBinding") if runtime in resource.name]
        assert {resource.name for resource in rights} <= before


def test_each_controller_manages_its_own_namespace_alone() -> None:
    recording = made()
    for runtime in ("fraud", "churn"):
        told = values(recording, runtime)
        assert told["singleNamespace"] is True
        assert told["controller"]["extraArgs"] == ["--managed-namespace", runtime]
        binding = recording.object(f"{RBAC}:RoleBinding", runtime, "workflow-controller").inputs
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": controller(runtime), "namespace": "argo"}]
        assert told["controller"]["serviceAccount"]["name"] == controller(runtime)


def test_no_right_spans_the_cluster_and_none_is_the_charts() -> None:
    recording = made()
    assert recording.of(f"{RBAC}:ClusterRole") == recording.of(f"{RBAC}:ClusterRoleBinding") == []
    for chart in recording.of(CHART):
        told = chart.inputs["values"]
        assert told["createAggregateRoles"] is False
        assert told["controller"]["rbac"] == told["workflow"]["rbac"] == {"create": False}
        assert told["controller"]["clusterWorkflowTemplates"] == {"enabled": False}
        assert told["server"] == {"enabled": False}


def test_a_controller_enters_no_pod_and_reads_no_secret() -> None:
    given = rules(made(), "fraud", "workflow-controller")
    resources = {resource for rule in given for resource in rule["resources"]}
    assert resources.isdisjoint({"pods/exec", "pods/log", "secrets", "serviceaccounts", "roles", "rolebindings"})
    assert not [rule for rule in given if "*" in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]]


def test_a_controller_watches_every_kind_that_it_waits_for() -> None:
    """The informers that WaitForCacheSync names in workflow/controller/controller.go at v3.5.15."""
    watched = {
        resource
        for rule in rules(made(), "fraud", "workflow-controller")
        if {"list", "watch"} <= {*rule["verbs"]}
        for resource in rule["resources"]
    }
    assert watched >= {
        "configmaps",
        "pods",
        "workflowartifactgctasks",
        "workflows",
        "workflowtaskresults",
        "workflowtasksets",
        "workflowtemplates",
    }


def test_a_controller_reads_its_own_configuration_at_home() -> None:
    recording = made()
    name = controller("fraud")
    read = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"], "resourceNames": [f"{name}-config"]}
    assert rules(recording, "argo", name) == [read]
    assert values(recording, "fraud")["controller"]["configMap"] == {"create": False, "name": f"{name}-config"}
    config = recording.object(CONFIG_MAP, "argo", f"{name}-config").inputs["data"]
    assert [*config] == ["config"], "upstream refuses another key beside it"
    assert json.loads(config["config"])["workflowDefaults"]["spec"]["serviceAccountName"] == "workflow"


def test_a_new_configuration_makes_a_new_pod() -> None:
    def hashed(**changed: Any) -> str:
        annotations = values(made(**changed), "fraud")["controller"]["podAnnotations"]
        return annotations["seldon-platform/config"]

    assert hashed() == hashed()
    assert hashed() != hashed(authority=None)


def test_batch_jobs_go_first_when_nodes_run_short() -> None:
    (priority,) = made().of("kubernetes:scheduling.k8s.io/v1:PriorityClass")
    assert (priority.object_name, priority.inputs["preemptionPolicy"]) == (BATCH_PRIORITY, "Never")
    assert priority.inputs["value"] < 0


def test_images() -> None:
    for chart in made().of(CHART):
        told = chart.inputs["values"]
        assert told["controller"]["image"] == told["executor"]["image"] == {"registry": REGISTRY}
        assert told["images"]["pullSecrets"] == [{"name": "image-pull"}]
        assert told["images"]["tag"] == "v3.5.15"
    upstream = values(made(sources=WITHOUT_MIRROR), "fraud")
    assert upstream["controller"]["image"] == {"registry": "quay.io"}
    assert "pullSecrets" not in upstream["images"]


@pytest.mark.parametrize("namespace", ["a" * 43, "a" * 44, "b" * 63])
def test_long_names_stay_whole_for_the_chart(namespace: str) -> None:
    assert len(controller(namespace)) <= 63
    assert (release(namespace) == namespace) == (len(namespace) <= 43)


def test_long_names_stay_different() -> None:
    assert release("c" * 50 + "-one") != release("c" * 50 + "-two")


def transformed(chart: Recorded, type_: str, props: dict[str, Any]) -> tuple[dict[str, Any], bool | None]:
    """Return what the transforms of a chart make of one of its objects, and whether it is protected."""
    opts = pulumi.ResourceOptions(protect=False)
    for transform in chart.transforms:
        args = pulumi.ResourceTransformArgs(custom=True, type_=type_, name="x", props=props, opts=opts)
        result = transform(args)
        if result:
            props, opts = dict(result.props), result.opts
    return props, opts.protect


def test_one_controller_ends_before_the_next_starts() -> None:
    spec: dict[str, Any] = {
        "replicas": 1,
        "strategy": {"type": "RollingUpdate"},
        "template": {"spec": {"containers": []}},
    }
    recording = made()
    for runtime in ("fraud", "churn"):
        chart = recording.one(CHART, f"workflows-{runtime}-controller")
        assert transformed(chart, DEPLOYMENT, {"spec": spec})[0]["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize("protect", [True, False])
def test_types_are_protected_with_every_job_that_they_hold(*, protect: bool) -> None:
    chart = made(protect=protect).one(CHART, "workflows-types")
    definition = {"metadata": {"name": "workflows.argoproj.io", "annotations": {"helm.sh/resource-policy": "keep"}}}
    props, protected = transformed(chart, DEFINITION, definition)
    assert (props["metadata"]["annotations"], protected) == ({}, protect)
