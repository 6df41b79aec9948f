"""What depends on what: by the state, by the names that objects call each other by, and through operators."""

from __future__ import annotations

from typing import Any

import pytest
from review_previews import component, kube, resource, state, urn

from review.graph import Dependencies
from review.kinds import Kind, is_workload, kind_of
from review.paths import get, join, parse
from review.reading import read_state

POD: dict[str, Any] = {"containers": [{"name": "a"}]}


def graph(*resources: dict[str, Any]) -> Dependencies:
    return Dependencies(read_state(state(resources), name="state.json").resources)


def deployment(name: str = "app", **pod: Any) -> dict[str, Any]:
    return kube("apps/v1:Deployment", name, spec={"template": {"spec": {**POD, **pod}}})


def container(**fields: Any) -> dict[str, Any]:
    return deployment(containers=[{"name": "a", **fields}])


REFERENCES = [
    (
        container(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "t", "key": "k"}}}]),
        kube("core/v1:Secret", "t"),
    ),
    (container(envFrom=[{"configMapRef": {"name": "t"}}]), kube("core/v1:ConfigMap", "t")),
    (deployment(volumes=[{"name": "v", "secret": {"secretName": "t"}}]), kube("core/v1:Secret", "t")),
    (deployment(volumes=[{"name": "v", "configMap": {"name": "t"}}]), kube("core/v1:ConfigMap", "t")),
    (
        deployment(volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "t"}}]),
        kube("core/v1:PersistentVolumeClaim", "t"),
    ),
    (deployment(imagePullSecrets=[{"name": "t"}]), kube("core/v1:Secret", "t")),
    (deployment(serviceAccountName="t"), kube("core/v1:ServiceAccount", "t")),
    (container(env=[{"name": "A", "value": "https://t.data.svc.cluster.local:9200"}]), kube("core/v1:Service", "t")),
    (container(args=["--host=seldon-metadata-rw.data.svc"]), kube("postgresql.cnpg.io/v1:Cluster", "seldon-metadata")),
    (container(args=["--at=kafka-kafka-bootstrap.data.svc:9093"]), kube("kafka.strimzi.io/v1beta2:Kafka", "kafka")),
    (
        deployment(volumes=[{"name": "v", "secret": {"secretName": "tls"}}]),
        kube("cert-manager.io/v1:Certificate", "c", spec={"secretName": "tls"}),
    ),
    (
        kube("cert-manager.io/v1:Certificate", "c", spec={"issuerRef": {"kind": "ClusterIssuer", "name": "t"}}),
        kube("cert-manager.io/v1:ClusterIssuer", "t", namespace=""),
    ),
    (
        kube("networking.istio.io/v1:VirtualService", "r", spec={"gateways": ["edge/t"]}),
        kube("networking.istio.io/v1:Gateway", "t", namespace="edge"),
    ),
    (
        kube("rbac.authorization.k8s.io/v1:RoleBinding", "b", roleRef={"kind": "Role", "name": "t"}),
        kube("rbac.authorization.k8s.io/v1:Role", "t"),
    ),
    (
        kube("core/v1:ServiceAccount", "s"),
        kube("rbac.authorization.k8s.io/v1:RoleBinding", "t", subjects=[{"kind": "ServiceAccount", "name": "s"}]),
    ),
    (
        kube("core/v1:Service", "s", spec={"selector": {"app": "a"}}),
        kube(
            "apps/v1:Deployment", "t", spec={"template": {"metadata": {"labels": {"app": "a", "x": "y"}}, "spec": POD}}
        ),
    ),
    (
        kube("mlops.seldon.io/v1alpha1:Model", "iris"),
        kube(
            "apiextensions.k8s.io/v1:CustomResourceDefinition",
            "models.mlops.seldon.io",
            namespace="",
            spec={"group": "mlops.seldon.io", "names": {"kind": "Model"}},
        ),
    ),
    (kube("core/v1:ConfigMap", "c"), kube("core/v1:Namespace", "data", namespace="")),
]


@pytest.mark.parametrize(("dependant", "dependency"), REFERENCES, ids=lambda held: held["type"].rpartition(":")[2])
def test_an_object_depends_on_what_it_names(dependant: dict[str, Any], dependency: dict[str, Any]) -> None:
    assert dependant["urn"] in graph(dependant, dependency).dependants(dependency["urn"]).urns
    elsewhere = {**dependency, "inputs": {"metadata": {"name": "else", "namespace": "else"}}}
    assert dependant["urn"] not in graph(dependant, elsewhere).dependants(dependency["urn"]).urns


@pytest.mark.parametrize(
    "more",
    [
        {"dependencies": [urn("a:b:T", "target")]},
        {"propertyDependencies": {"x": [urn("a:b:T", "target")]}},
        {"parent": urn("a:b:T", "target")},
        {"provider": f"{urn('a:b:T', 'target')}::an-id"},
        {"deletedWith": urn("a:b:T", "target")},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_the_state_says_counts(more: dict[str, Any]) -> None:
    target = resource("a:b:T", "target")
    held = resource("a:b:D", "held", **more)
    assert graph(target, held).dependants(target["urn"]).urns == (held["urn"],)


def test_dependants_are_found_through_others_nearest_first_and_once() -> None:
    secret = kube("core/v1:Secret", "t")
    app = deployment(volumes=[{"name": "v", "secret": {"secretName": "t"}}])
    far = resource("a:b:F", "far", dependencies=[app["urn"], secret["urn"]])
    last = resource("a:b:L", "last", dependencies=[far["urn"]])
    found = graph(last, far, app, secret).dependants(secret["urn"])
    assert set(found.urns[:2]) == {app["urn"], far["urn"]}
    assert found.urns[2:] == (last["urn"],)
    assert (found.workloads, found.count) == (("Deployment data/app",), 3)


def test_a_circle_ends() -> None:
    one = resource("a:b:O", "one", dependencies=[urn("a:b:T", "two")])
    two = resource("a:b:T", "two", dependencies=[urn("a:b:O", "one")])
    assert graph(one, two).dependants(one["urn"]).urns == (two["urn"],)


def test_the_stack_is_nobodys_dependency() -> None:
    held = component("a:b:C", "c")
    found = graph(held)
    assert found.dependants(held["parent"]).urns == ()
    assert {node.label for node in found.graph().nodes} == {"C c", "Stack platform-prod"}


@pytest.mark.parametrize(
    ("token", "kind", "runs"),
    [
        ("kubernetes:core/v1:Secret", Kind("", "Secret"), False),
        ("kubernetes:apps/v1:Deployment", Kind("apps", "Deployment"), True),
        ("kubernetes:apps/v1:DeploymentPatch", Kind("apps", "Deployment"), True),
        ("kubernetes:postgresql.cnpg.io/v1:Cluster", Kind("postgresql.cnpg.io", "Cluster"), True),
        ("kubernetes:helm.sh/v4:Chart", None, False),
        ("aws:rds/instance:Instance", None, True),
        ("aws:iam/role:Role", None, False),
    ],
)
def test_types_say_what_they_are(token: str, kind: Kind | None, *, runs: bool) -> None:
    assert (kind_of(token), is_workload(token)) == (kind, runs)


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("spec.containers[0].env", ("spec", "containers", 0, "env")),
        ('metadata.labels["app.kubernetes.io/name"]', ("metadata", "labels", "app.kubernetes.io/name")),
        ('data["a\\"b"].c', ("data", 'a"b', "c")),
    ],
)
def test_paths_are_read_and_written_as_the_engine_does(path: str, steps: tuple[str | int, ...]) -> None:
    assert parse(path) == steps
    joined = ""
    for step in steps:
        joined = join(joined, step)
    assert joined == path


def test_a_path_leads_to_a_value() -> None:
    assert get({"a": [{"b": 1}]}, ("a", 0, "b")) == 1
    assert not get({"a": []}, ("a", 0, "b"))
