"""The stand-ins of CloudNativePG and of its backup plugin, with the values that the platform gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stand_ins
from component_stage import ONE, REGISTRY, SOURCES, THREE
from rich.console import Console
from stand_ins import Helm, Object, RefusedValuesError

from components.cluster.postgres import rights
from components.cluster.postgres.operator import OPERATOR_LABELS, PLUGIN_LABELS, operator_values, plugin_values
from rehearsal.toolchain import ensure_tools

if TYPE_CHECKING:
    from components.workload import Workload

OPERATOR, PLUGIN = "cloudnative-pg", "plugin-barman-cloud"


@pytest.fixture(scope="module")
def helm() -> Helm:
    return Helm(binary=ensure_tools(console=Console(stderr=True)).helm)


def values(chart: str, size: Workload = THREE) -> Object:
    if chart == OPERATOR:
        return operator_values(SOURCES, size, home="cnpg-system", watched="seldon-postgres")
    return plugin_values(SOURCES, size)


def pod(helm: Helm, chart: str, given: Object | None = None) -> Object:
    objects = helm(chart, values(chart) if given is None else given, namespace="cnpg-system")
    return stand_ins.named(objects, "Deployment", chart)["spec"]["template"]


@pytest.mark.parametrize("chart", [OPERATOR, PLUGIN])
def test_the_chart_grants_no_rights_beyond_its_own_namespace(helm: Helm, chart: str) -> None:
    given = helm(chart, values(chart), namespace="cnpg-system")
    assert stand_ins.kinds(given, "ClusterRole", "ClusterRoleBinding") == []
    assert {item["metadata"]["namespace"] for item in stand_ins.kinds(given, "Role", "RoleBinding")} <= {"cnpg-system"}
    by_default = helm(chart, namespace="cnpg-system")
    everywhere = stand_ins.named(by_default, "ClusterRole", chart)["rules"]
    assert any("secrets" in rule["resources"] and "get" in rule["verbs"] for rule in everywhere)


@pytest.mark.parametrize(("chart", "account"), [(OPERATOR, rights.OPERATOR), (PLUGIN, rights.PLUGIN)])
def test_rights_are_given_to_the_account_that_the_pod_runs_under(helm: Helm, chart: str, account: str) -> None:
    assert pod(helm, chart)["spec"]["serviceAccountName"] == account


@pytest.mark.parametrize(("chart", "labels"), [(OPERATOR, OPERATOR_LABELS), (PLUGIN, PLUGIN_LABELS)])
def test_flows_name_the_labels_of_the_pods(helm: Helm, chart: str, labels: dict[str, str]) -> None:
    assert labels.items() <= pod(helm, chart)["metadata"]["labels"].items()


@pytest.mark.parametrize("chart", [OPERATOR, PLUGIN])
def test_the_pods_are_restricted_and_come_from_the_mirror(helm: Helm, chart: str) -> None:
    spec = pod(helm, chart)["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["imagePullSecrets"] == [{"name": "image-pull"}]
    assert spec["priorityClassName"] == "seldon-data"
    (container,) = stand_ins.containers(spec)
    assert container["image"].startswith(f"{REGISTRY}/cloudnative-pg/")
    assert container["resources"] == THREE.resources
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_operator_is_told_once_what_to_watch(helm: Helm) -> None:
    def told(given: Object) -> list[str]:
        (container,) = pod(helm, OPERATOR, given)["spec"]["containers"]
        return [entry["value"] for entry in container["env"] if entry["name"] == "WATCH_NAMESPACE"]

    assert told(values(OPERATOR)) == ["cnpg-system,seldon-postgres"]
    # The chart's own switch sets the variable too: with both, server-side apply would refuse the Deployment.
    assert told({"config": {"clusterWide": False}}) == ["cnpg-system"]
    assert len(told({**values(OPERATOR), "config": {"clusterWide": False}})) == 2


def test_the_sidecar_of_the_instances_comes_from_the_mirror(helm: Helm) -> None:
    config = stand_ins.named(helm(PLUGIN, values(PLUGIN)), "ConfigMap", "plugin-barman-cloud-config")
    assert config["data"]["SIDECAR_IMAGE"] == f"{REGISTRY}/cloudnative-pg/plugin-barman-cloud-sidecar:v0.13.0"


def test_operator_and_plugin_find_each_other(helm: Helm) -> None:
    objects = helm(PLUGIN, values(PLUGIN), namespace="cnpg-system")
    service = stand_ins.named(objects, "Service", rights.PLUGIN_SERVICE)
    assert service["metadata"]["labels"]["cnpg.io/pluginName"] == "barman-cloud.cloudnative-pg.io"
    named = {service["metadata"]["annotations"][f"cnpg.io/plugin{role}Secret"] for role in ("Client", "Server")}
    made = {item["spec"]["secretName"] for item in stand_ins.kinds(objects, "Certificate")}
    mounted = {volume["secret"]["secretName"] for volume in pod(helm, PLUGIN)["spec"]["volumes"]}
    assert named == made == mounted


def test_there_is_one_plugin_however_many_operators(helm: Helm) -> None:
    for size in (ONE, THREE):
        operators = stand_ins.named(helm(OPERATOR, values(OPERATOR, size)), "Deployment", OPERATOR)
        plugins = stand_ins.named(helm(PLUGIN, values(PLUGIN, size)), "Deployment", PLUGIN)
        assert (operators["spec"]["replicas"], plugins["spec"]["replicas"]) == (size.replicas, 1)
        assert plugins["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize("chart", [OPERATOR, PLUGIN])
def test_resource_types_are_there_and_permissive(helm: Helm, chart: str) -> None:
    crds = stand_ins.kinds(helm(chart, values(chart)), "CustomResourceDefinition")
    assert len(crds) == (11 if chart == OPERATOR else 1)
    for crd in crds:
        (version,) = crd["spec"]["versions"]
        properties = version["schema"]["openAPIV3Schema"]["properties"]
        assert crd["metadata"]["name"] == f"{crd['spec']['names']['plural']}.{crd['spec']['group']}"
        assert properties["spec"]["x-kubernetes-preserve-unknown-fields"]


@pytest.mark.parametrize(
    ("chart", "refused"),
    [
        (OPERATOR, {"service": {"name": "webhooks"}}),
        (OPERATOR, {"monitoring": {"grafanaDashboard": {"create": True}}}),
        (OPERATOR, {"watchNamespace": "seldon-postgres"}),
        (PLUGIN, {"image": {"pullPolicy": "Always"}}),
        (PLUGIN, {"certificate": {"issuerName": "platform-authority"}}),
        (PLUGIN, {"updateStrategy": {}}),
        (PLUGIN, {"hostNetwork": True}),
    ],
)
def test_a_key_without_effect_is_refused(helm: Helm, chart: str, refused: Object) -> None:
    with pytest.raises(RefusedValuesError, match="don't meet the specifications of the schema"):
        helm(chart, refused)
