"""A stack behind NGINX on the real engine and a real API server, from nothing to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from standing import Standing, edit_platform, project_copy, upright, without_stores

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.toolchain import Tools

HERE = "nginx-ingress"
ACCOUNT = f"system:serviceaccount:{HERE}:nginx-ingress"


def behind_nginx(platform: dict[str, Any]) -> None:
    without_stores(platform)
    for runtime in platform["seldon"]["runtimes"]:
        runtime.pop("audiences", None)  # no token is read here
    platform["ingress"] = {
        "kind": "nginx",
        "host": platform["ingress"]["host"],
        "certificate": {"kind": "private-ca"},
        "auth": {
            "kind": "external",
            "url": "https://auth.acme.example/oauth2/auth",
            "addresses": ["10.20.0.40"],
        },
    }


@pytest.fixture(scope="module")
def stack_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = project_copy(tmp_path_factory.mktemp("project") / "project", "local")
    edit_platform(copy, behind_nginx)
    return copy


@pytest.fixture(scope="module")
def standing(stack_file: Path, tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Iterator[Standing]:
    with upright("local", tmp_path_factory.mktemp("home"), tools, project=stack_file.parents[1]) as stack:
        yield stack


def test_a_second_up_changes_nothing(standing: Standing) -> None:
    result = standing.rehearsal.up()
    assert result.ok
    assert set(result.summary) == {"same"}


def test_there_is_one_load_balancer_and_nothing_of_istio(standing: Standing) -> None:
    exposed = [s["metadata"]["name"] for s in standing.get("services") if s["spec"]["type"] != "ClusterIP"]
    assert exposed == ["nginx-ingress-controller"]
    assert "istio-system" not in {each["metadata"]["name"] for each in standing.get("namespaces")}
    groups = {each["spec"]["group"] for each in standing.get("customresourcedefinitions")}
    assert "k8s.nginx.org" in groups
    assert not [group for group in groups if "istio" in group]


def test_pod_security_admits_the_pods_of_nginx(standing: Standing) -> None:
    pods = [pod for pod in standing.get("pods") if pod["metadata"]["namespace"] == HERE]
    assert pods
    for pod in pods:
        for container in [*pod["spec"]["initContainers"], *pod["spec"]["containers"]]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"].get("add", []) in ([], ["NET_BIND_SERVICE"])


@pytest.mark.parametrize(
    ("verb", "kind", "namespace", "allowed"),
    [
        ("list", "secrets", HERE, True),
        ("list", "secrets", "fraud", False),
        ("list", "secrets", "seldon-system", False),
        ("list", "configmaps", "fraud", False),
        ("list", "services", "fraud", True),
        ("watch", "endpointslices.discovery.k8s.io", "vision", True),
        ("list", "services", "seldon-system", False),
        ("list", "virtualservers.k8s.nginx.org", "fraud", True),
        ("update", "virtualservers.k8s.nginx.org", HERE, False),
        ("update", "services", HERE, False),
        ("create", "pods", HERE, False),
    ],
)
def test_what_nginx_may_do(standing: Standing, verb: str, kind: str, namespace: str, *, allowed: bool) -> None:
    reply = standing.kubectl("auth", "can-i", verb, kind, f"--namespace={namespace}", f"--as={ACCOUNT}", check=False)
    assert reply.stdout.strip() == ("yes" if allowed else "no")


def test_another_address_of_the_endpoint_changes_no_pod_and_no_route(standing: Standing, stack_file: Path) -> None:
    def move(platform: dict[str, Any]) -> None:
        platform["ingress"]["auth"]["addresses"] = ["10.20.0.41"]

    edit_platform(stack_file, move)
    result = standing.rehearsal.up()
    assert result.ok, [error.message for error in result.errors]
    assert set(result.summary) == {"same", "update"}
    assert {event.urn.rsplit("::", 1)[1] for event in result.events if event.operation == "update"} == {
        "ingress-callers-ipv4",
        "network-platform-gateway-callers-out",
    }
    (addresses,) = [s["endpoints"] for s in standing.get("endpointslices") if s["metadata"]["name"] == "callers-ipv4"]
    assert [each["addresses"] for each in addresses] == [["10.20.0.41"]]


def test_an_endpoint_in_the_cluster_takes_the_place_of_one_outside(standing: Standing, stack_file: Path) -> None:
    def bring_in(platform: dict[str, Any]) -> None:
        provider = "https://login.acme.example/realms/people"
        platform["ingress"]["auth"] = {"kind": "in-cluster", "service": "oauth2-proxy", "provider": provider}

    edit_platform(stack_file, bring_in)
    result = standing.rehearsal.up()
    assert result.ok, [error.message for error in result.errors]
    (policy,) = [p for p in standing.get("policies.k8s.nginx.org") if p["metadata"]["name"] == "callers"]
    assert policy["spec"]["externalAuth"]["authServiceName"] == "seldon-callers/oauth2-proxy"
    assert "callers" not in {service["metadata"]["name"] for service in standing.get("services")}
    assert standing.rehearsal.up().changed == 0


def test_destroy_leaves_nothing(standing: Standing) -> None:
    result = standing.rehearsal.destroy()
    assert result.ok, [error.message for error in result.errors]
    left = {each["metadata"]["name"] for each in standing.get("namespaces")}
    assert left == {"default", "kube-node-lease", "kube-public", "kube-system"}
    assert {crd["spec"]["group"] for crd in standing.get("customresourcedefinitions")} == {"kwok.x-k8s.io"}
    of_no_namespace = ("clusterroles", "clusterrolebindings", "ingressclasses")
    named = [each["metadata"]["name"] for kind in of_no_namespace for each in standing.get(kind)]
    assert not [name for name in named if name.startswith("nginx")]
