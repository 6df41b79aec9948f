"""Where images stand: in pods, and in what operators read; whether anything pulls them, and with which secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from supply_objects import kube

from supply.collect import uses
from supply.errors import SupplyError

if TYPE_CHECKING:
    from supply.objects import StackObject

IMAGE = "quay.io/acme/shop:1"
PULL = [{"name": "image-pull"}]


def deployment(**container: Any) -> StackObject:
    pod = {"containers": [{"name": "main", **container}]}
    return kube("apps/v1/Deployment", {"spec": {"template": {"spec": pod}}})


def ways(*objects: StackObject) -> set[tuple[str, str, bool]]:
    """Return image, role and idleness of each use."""
    return {(use.image, use.role, bool(use.idle)) for use in uses(objects)}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("v1/Pod", ("spec",)),
        ("apps/v1/DaemonSet", ("spec", "template", "spec")),
        ("batch/v1/CronJob", ("spec", "jobTemplate", "spec", "template", "spec")),
        ("mlops.seldon.io/v1alpha1/ServerConfig", ("spec", "podSpec")),
        ("argoproj.io/v1alpha1/WorkflowTemplate", ("spec",)),
    ],
)
def test_all_containers_of_a_pod_are_found_wherever_it_stands(kind: str, path: tuple[str, ...]) -> None:
    body: dict[str, Any] = {
        "containers": [{"name": "a", "image": "x.example/a:1"}],
        "initContainers": [{"name": "b", "image": "x.example/b:1"}],
        "ephemeralContainers": [{"name": "c", "image": "x.example/c:1"}],
        "volumes": [{"name": "d", "image": {"reference": "x.example/d:1"}}, {"name": "e", "emptyDir": {}}],
    }
    for key in reversed(path):
        body = {key: body}
    assert ways(kube(kind, body)) == {
        ("x.example/a:1", "container", False),
        ("x.example/b:1", "init container", False),
        ("x.example/c:1", "ephemeral container", False),
        ("x.example/d:1", "volume", False),
    }


@pytest.mark.parametrize(
    ("pod", "account", "with_"),
    [
        ({"imagePullSecrets": PULL}, {}, "the pod"),
        ({"imagePullSecrets": []}, {}, None),
        ({"serviceAccountName": "shop"}, {"imagePullSecrets": PULL}, "service account shop"),
        ({"serviceAccountName": "other"}, {"imagePullSecrets": PULL}, None),
        ({}, {"imagePullSecrets": PULL}, None),
    ],
)
def test_the_pull_secret_is_the_pods_or_its_accounts(pod: dict[str, Any], account: dict[str, Any], with_: str) -> None:
    spec = {**pod, "containers": [{"name": "main", "image": IMAGE}]}
    (use,) = uses([kube("v1/Pod", {"spec": spec}), kube("v1/ServiceAccount", account)])
    assert use.pulls_with == with_


def test_the_default_account_counts_for_pods_that_name_none() -> None:
    pod = kube("v1/Pod", {"spec": {"containers": [{"name": "main", "image": IMAGE}]}})
    account = kube("v1/ServiceAccount", {"imagePullSecrets": PULL}, name="default")
    elsewhere = kube("v1/ServiceAccount", {"imagePullSecrets": PULL}, name="default", namespace="globex")
    assert [use.pulls_with for use in uses([pod, account])] == ["service account default"]
    assert [use.pulls_with for use in uses([pod, elsewhere])] == [None]


ISSUER = kube("cert-manager.io/v1/ClusterIssuer", {"spec": {"acme": {"server": "https://acme.example"}}})
KAFKA = kube("kafka.strimzi.io/v1/Kafka", {"spec": {"kafka": {}, "cruiseControl": {}}})
CLUSTER = kube("postgresql.cnpg.io/v1/Cluster", {"spec": {"plugins": [{"name": "barman"}]}})
WORKFLOWS = kube("v1/ServiceAccount", {}, name="workflow")
PROMETHEUS = kube("monitoring.coreos.com/v1/Prometheus", {"spec": {"thanos": {}}})


@pytest.mark.parametrize(
    ("container", "needed"),
    [
        ({"args": [f"--prometheus-config-reloader={IMAGE}"]}, PROMETHEUS),
        ({"args": [f"--thanos-default-base-image={IMAGE}"]}, PROMETHEUS),
        ({"args": ["--v=2", f"--acme-http01-solver-image={IMAGE}"]}, ISSUER),
        ({"args": ["--executor-image", IMAGE]}, WORKFLOWS),
        ({"env": [{"name": "OPERATOR_IMAGE_NAME", "value": IMAGE}]}, CLUSTER),
        ({"env": [{"name": "STRIMZI_DEFAULT_CRUISE_CONTROL_IMAGE", "value": IMAGE}]}, KAFKA),
        ({"env": [{"name": "STRIMZI_KAFKA_IMAGES", "value": f"4.3.1={IMAGE}\n"}]}, KAFKA),
        ({"env": [{"name": "BATCHJOBS_PROCESSOR_V2_IMAGE", "value": IMAGE}]}, WORKFLOWS),
    ],
)
def test_what_an_operator_is_told_is_idle_without_what_it_is_for(
    container: dict[str, Any], needed: StackObject
) -> None:
    assert ways(deployment(**container)) == {(IMAGE, "later", True)}
    assert ways(deployment(**container), needed) == {(IMAGE, "later", False)}


def test_images_whose_command_argo_is_told_are_those_of_batch_jobs() -> None:
    told = {"config": json.dumps({"parallelism": 1, "images": {IMAGE: {"entrypoint": ["/run"]}}})}
    config = kube("v1/ConfigMap", {"data": told}, name="fraud-workflow-controller-config")
    assert ways(config) == {(IMAGE, "later", True)}
    assert ways(config, WORKFLOWS) == {(IMAGE, "later", False)}
    assert not ways(kube("v1/ConfigMap", {"data": told}, name="other"), WORKFLOWS)


@pytest.mark.parametrize(("knative", "idle"), [("false", True), ("true", False)])
def test_detectors_are_idle_without_knative(knative: str, *, idle: bool) -> None:
    variables = {"ALIBI_DETECT_SERVER_IMAGE": IMAGE, "KNATIVE_CRD_AVAILABLE": knative}
    platform = deployment(env=[{"name": name, "value": value} for name, value in variables.items()])
    assert ways(platform) == {(IMAGE, "later", idle)}


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("monitoring.coreos.com/v1/Alertmanager", {"image": IMAGE}),
        ("postgresql.cnpg.io/v1/Cluster", {"imageName": IMAGE}),
        ("elasticsearch.k8s.elastic.co/v1/Elasticsearch", {"image": IMAGE}),
    ],
)
def test_what_a_resource_names_is_pulled_with_what_it_gives_its_pods(kind: str, spec: dict[str, Any]) -> None:
    resource = kube(kind, {"spec": spec})
    assert ways(resource) == {(IMAGE, "later", False)}
    assert [use.pulls_with for use in uses([resource])] == [None]
    (use,) = uses([kube(kind, {"spec": {**spec, "imagePullSecrets": PULL}})])
    assert use.pulls_with == f"{kind.rpartition('/')[2]} shop"


def test_the_secret_of_what_is_needed_counts_only_where_all_of_it_has_one() -> None:
    pod = {"imagePullSecrets": PULL, "containers": [{"name": "a", "args": [f"--prometheus-config-reloader={IMAGE}"]}]}
    operator = kube("apps/v1/Deployment", {"spec": {"template": {"spec": pod}}})
    kind = "monitoring.coreos.com/v1/Prometheus"
    able, unable = (kube(kind, {"spec": spec}) for spec in ({"imagePullSecrets": PULL}, {"replicas": 1}))
    assert [use.pulls_with for use in uses([operator, able])] == ["Prometheus shop"]
    assert [use.pulls_with for use in uses([operator, able, unable])] == [None]


@pytest.mark.parametrize(("secrets", "with_"), [('["image-pull"]', "ConfigMap istio-sidecar-injector"), ("[]", None)])
def test_the_injectors_image_is_computed_as_it_does(secrets: str, with_: str) -> None:
    proxies = '"proxy": {"image": "proxyv2"}, "proxy_init": {"image": "y.example/init:3"}'
    place = '"hub": "x.example/release", "tag": "1.2", "variant": "distroless"'
    values = f'{{"global": {{{place}, {proxies}, "imagePullSecrets": {secrets}}}}}'
    config = 'templates:\n  gateway: |\n    image: "{{ .ProxyImage }}"\n  other: |\n    image: x.example/other:1\n'
    injector = kube("v1/ConfigMap", {"data": {"values": values, "config": config}}, name="istio-sidecar-injector")
    found = uses([injector])
    assert {use.image for use in found} == {
        "x.example/release/proxyv2:1.2-distroless",
        "y.example/init:3",
        "x.example/other:1",
    }
    assert {use.pulls_with for use in found} == {with_}


def test_an_image_that_is_injected_and_a_type_that_is_defined_are_no_use() -> None:
    definition = kube("apiextensions.k8s.io/v1/CustomResourceDefinition", {"spec": {"containers": [{"image": IMAGE}]}})
    assert not uses([deployment(image="auto"), definition])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("istio-sidecar-injector", {"values": "{"}),
        ("istio-sidecar-injector", {"values": '{"global": {}}'}),
        ("argo-workflow-controller-configmap", {"config": "images: ["}),
    ],
)
def test_a_text_that_an_operator_could_not_read_is_named(name: str, data: dict[str, str]) -> None:
    with pytest.raises(SupplyError, match=rf"ConfigMap acme/{name}: data\.\w+ is not as "):
        uses([kube("v1/ConfigMap", {"data": data}, name=name)])
