"""Stages of custom resources."""

from __future__ import annotations

from typing import Any

from rehearsal.controlplane import bootstrap, stages

RESOURCE = stages.CustomResource(
    group="example.com", version="v1", kind="Thing", conditions=("Started", "Ready"), finalizer="thing.finalizer"
)


def test_kinds_are_read_with_their_group_version_and_finalizer() -> None:
    (thing, plain) = stages.parse(
        {
            "example.com/v1": {
                "Thing": {"conditions": ["Started", "Ready"], "finalizer": "thing.finalizer"},
                "Plain": {"conditions": ["Ready"], "status": {"replicas": "1"}},
            }
        }
    )
    assert thing == RESOURCE
    assert (plain.kind, plain.finalizer, plain.status) == ("Plain", None, {"replicas": "1"})


def test_the_kinds_that_a_platform_waits_for_are_known() -> None:
    known = stages.parse(bootstrap.load("custom-resources.yaml")[0])
    finalizers = {each.kind: each.finalizer for each in known}
    assert {"Certificate", "Issuer", "ClusterIssuer", "Server", "Prometheus", "Alertmanager"} <= set(finalizers)
    assert finalizers["SeldonRuntime"] == "seldon.runtime.finalizer"
    assert finalizers["Model"] == "seldon.model.finalizer"


def test_a_stage_waits_for_the_definition_and_belongs_to_it() -> None:
    waiting = RESOURCE.definition_stage()["spec"]
    assert waiting["resourceRef"] == {"apiGroup": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    templates = [step["apply"]["template"] for step in waiting["steps"]]
    assert len(templates) == 2
    for template in templates:
        assert '"ownerReferences": [{"apiVersion": "apiextensions.k8s.io/v1"' in template
        assert '"uid": "{{ .metadata.uid }}"' in template


def test_templates_of_the_inner_stage_reach_it_unrendered() -> None:
    (_, template) = [step["apply"]["template"] for step in RESOURCE.definition_stage()["spec"]["steps"]]
    inner = "observedGeneration: {{ .metadata.generation }}"
    assert inner not in template
    assert inner in template.replace('{{ "{{" }}', "{{")


def test_conditions_are_set_together_with_the_finalizer() -> None:
    (removed, ready) = list[dict[str, Any]](RESOURCE.stages())
    assert removed["spec"]["steps"] == [{"finalizers": {"remove": [{"value": "thing.finalizer"}]}}]
    (add, patch) = ready["spec"]["steps"]
    assert add == {"finalizers": {"add": [{"value": "thing.finalizer"}]}}
    assert '{type: Started, status: "True"' in patch["patch"]["template"]
    assert '{type: Ready, status: "True"' in patch["patch"]["template"]


def test_a_kind_without_conditions_gets_its_fields_once() -> None:
    route = stages.CustomResource(group="example.com", version="v1", kind="Route", status={"state": "Valid"})
    (ready,) = list[dict[str, Any]](route.stages())
    (expression,) = ready["spec"]["selector"]["matchExpressions"]
    assert expression["jq"]["key"] == ".metadata.deletionTimestamp == null and .status.state == null"
    (patch,) = ready["spec"]["steps"]
    assert patch["patch"]["template"] == "state: Valid"
