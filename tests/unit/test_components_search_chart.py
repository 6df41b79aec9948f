"""The operator's chart with the values that the program gives it, and the keys that it does not take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import stand_ins
from component_stage import ONE, REGISTRY, THREE
from rich.console import Console
from search_stage import ARGS
from stand_ins import Helm, Object, RefusedValuesError

from components.cluster.search.operator import operator_values
from components.hardening import harden_pod
from rehearsal.toolchain import ensure_tools

CHART = "eck-operator"


@pytest.fixture(scope="module")
def helm() -> Helm:
    return Helm(binary=ensure_tools(console=Console(stderr=True)).helm)


def rendered(helm: Helm, **changed: Any) -> list[Object]:
    return helm(CHART, operator_values(replace(ARGS, **changed)), namespace="elastic-system")


def test_rights_end_at_two_namespaces(helm: Helm) -> None:
    objects = rendered(helm)
    assert stand_ins.kinds(objects, "ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration") == []
    places = {(item["kind"], item["metadata"]["namespace"]) for item in stand_ins.kinds(objects, "Role", "RoleBinding")}
    assert places == {(kind, ns) for kind in ("Role", "RoleBinding") for ns in ("elastic-system", "seldon-logs")}


def test_the_pod_is_restricted(helm: Helm) -> None:
    ((_, spec),) = stand_ins.pod_specs(rendered(helm))
    hardened = harden_pod(spec, pull_secret="image-pull")
    assert hardened["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    for container in stand_ins.containers(hardened):
        security = container["securityContext"]
        assert (security["allowPrivilegeEscalation"], security["readOnlyRootFilesystem"]) == (False, True)
        assert security["capabilities"] == {"drop": ["ALL"]}


def test_the_pod_as_the_program_wants_it(helm: Helm) -> None:
    ((_, spec),) = stand_ins.pod_specs(rendered(helm))
    (container,) = spec["containers"]
    assert container["image"] == f"{REGISTRY}/eck/eck-operator:3.2.0"
    assert container["ports"] == [{"name": "metrics", "containerPort": 8080, "protocol": "TCP"}]
    assert container["resources"] == {**ONE.resources, "limits": {**ONE.resources["limits"], "cpu": 1}}
    assert spec["priorityClassName"] == "seldon-data"
    assert spec["imagePullSecrets"] == [{"name": "image-pull"}]


def test_two_operators_have_a_budget(helm: Helm) -> None:
    assert stand_ins.kinds(rendered(helm), "PodDisruptionBudget") == []
    (budget,) = stand_ins.kinds(rendered(helm, operator_size=THREE), "PodDisruptionBudget")
    assert budget["spec"]["minAvailable"] == 1


def test_the_operator_watches_one_namespace_and_reports_to_nobody(helm: Helm) -> None:
    text = stand_ins.named(rendered(helm), "ConfigMap", "elastic-operator")["data"]["eck.yaml"]
    told = dict(line.split(": ", 1) for line in text.splitlines())
    assert told["namespaces"] == "[seldon-logs]"
    assert (told["disable-telemetry"], told["enable-webhook"]) == ("true", "false")
    assert "exposed-node-labels" not in told


def test_resource_types_are_those_of_the_elastic_stack(helm: Helm) -> None:
    definitions = stand_ins.kinds(rendered(helm), "CustomResourceDefinition")
    assert len(definitions) == 10
    named = {item["spec"]["names"]["kind"]: item for item in definitions}
    elasticsearch = named["Elasticsearch"]
    assert elasticsearch["metadata"]["name"] == "elasticsearches.elasticsearch.k8s.elastic.co"
    assert [version["name"] for version in elasticsearch["spec"]["versions"]] == ["v1", "v1beta1"]
    for item in definitions:
        assert item["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


@pytest.mark.parametrize("asked", [{"webhook": {"enabled": True}}, {"config": {"validateStorageClass": True}}])
def test_what_needs_the_whole_cluster_is_refused_without_its_rights(helm: Helm, asked: Object) -> None:
    values = operator_values(ARGS)
    merged = {**values, **{key: {**values[key], **below} for key, below in asked.items()}}
    with pytest.raises(RefusedValuesError, match="needs rights in the whole cluster"):
        helm(CHART, merged, namespace="elastic-system")


@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 2},
        {"topologySpreadConstraints": []},
        {"softMultiTenancy": {"enabled": True}},
        {"config": {"metricsPort": 8080}},
        {"telemetry": {"enabled": False}},
    ],
)
def test_keys_that_the_chart_does_not_read_are_refused(helm: Helm, values: Object) -> None:
    with pytest.raises(RefusedValuesError, match="don't meet the specifications of the schema"):
        helm(CHART, values)
