"""A whole platform behind NGINX: one way in, nothing of Istio, and every property of security that it shares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import security_predicates as holds
from platforms import read, record_platform, stack
from recorder import assert_well_formed, leaves
from security_images import pull_secrets
from security_mutations import arguments, put, result
from settings_stacks import DATA

from components.cluster.nginx import callers, ingress, rights, values
from infra import platform
from infra.names import CALLERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recorder import Recording
    from security_mutations import Mutation

Problems: TypeAlias = "Callable[[Recording], Iterator[str]]"
NGINX = DATA / "good" / "nginx.yaml"
IN_CLUSTER = DATA / "good" / "nginx-auth-in-cluster.yaml"
CHART = "kubernetes:helm.sh/v4:Chart"
QUOTA = "kubernetes:core/v1:ResourceQuota"
SERVICE = "kubernetes:core/v1:Service"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
NAMESPACE = "kubernetes:core/v1:Namespace"
SHARED = [
    holds.pod_security,
    holds.default_deny,
    holds.guards_first,
    holds.cluster_ip,
    holds.core_tls,
    holds.narrow_flows,
    holds.closed_ports,
    holds.no_node_credentials,
    holds.no_wildcard_rights,
    holds.no_tokens,
    holds.plain_values,
]
"""Properties that do not depend on which ingress a platform has."""


def outside(recording: Recording) -> Iterator[str]:
    """Yield what is open to the outside beside the one load balancer."""
    found = [
        f"{chart.name}{path}"
        for chart in recording.of(CHART)
        for path, value, _ in leaves(chart.inputs.get("values", {}))
        if value in ("LoadBalancer", "NodePort")
    ]
    if found != ["ingress-controller.controller.service.type"]:
        yield f"open to the outside: {found}"
    for service in recording.of(SERVICE):
        if service.inputs["spec"].get("clusterIP") != "None":
            yield f"{service.name} is a Service beside those of the charts"
    for quota in recording.of(QUOTA):
        wanted = "1" if quota.namespace == "nginx-ingress" else "0"
        if quota.inputs["spec"]["hard"].get("services.loadbalancers") != wanted:
            yield f"{quota.namespace} may have another number of load balancers"


def of_istio(recording: Recording) -> Iterator[str]:
    """Yield whatever is, or speaks of, Istio."""
    for resource in recording.resources:
        if "istio" in resource.urn.lower() or "istio" in json.dumps(resource.inputs, default=str).lower():
            yield resource.urn


def secrets_of_others(recording: Recording) -> Iterator[str]:
    """Yield what lets NGINX read Secrets, or write at all, outside of its own namespace."""
    (chart,) = (chart for chart in recording.of(CHART) if chart.name == "ingress-controller")
    given: dict[str, Any] = chart.inputs["values"]
    if given["rbac"]["clusterrole"]["create"]:
        yield "the chart makes a ClusterRole"
    if given["controller"]["watchSecretNamespace"] != chart.namespace:
        yield "Secrets of other namespaces are watched"
    if given["controller"]["enableSnippets"]:
        yield "a route can bring configuration of its own"
    for role in recording.resources:
        if ":ClusterRole" in role.type or (role.type == ROLE and role.object_name == rights.ROLE_OF_ROUTES):
            for rule in role.inputs["rules"]:
                if "secrets" in rule["resources"] or not {*rule["verbs"]} <= {"get", "list", "watch", "update"}:
                    yield f"{role.name}: {rule}"


def runtimes_and_routes(recording: Recording) -> Iterator[str]:
    """Yield runtimes without a route, and namespaces that are watched for nothing."""
    (chart,) = (chart for chart in recording.of(CHART) if chart.name == "ingress-controller")
    runtimes = {str(c.namespace) for c in recording.of(CHART) if holds.chart_name(c) == "seldon-core-v2-runtime"}
    watched = {*chart.inputs["values"]["controller"]["watchNamespace"].split(",")}
    asked = {n.object_name for n in recording.of(NAMESPACE)} & {CALLERS}
    if watched != {"nginx-ingress", *runtimes, *asked}:
        yield f"watches {watched}"
    routed = {r.inputs["spec"]["host"] for r in recording.resources if r.inputs.get("kind") == "VirtualServer"}
    if routed != {f"{namespace}.ml.globex.example" for namespace in runtimes}:
        yield f"routes {routed}"


OWN = [outside, of_istio, secrets_of_others, runtimes_and_routes]


MESH = {"istio.io/rev": "default"}
READS_ALL = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
WRITES = {"apiGroups": ["k8s.nginx.org"], "resources": ["virtualservers"], "verbs": ["create"]}
MUTATIONS: list[tuple[str, Problems, Mutation]] = [
    ("a node port too", outside, put(ingress, "nginx_values", "controller.customService.type", "NodePort")),
    ("no load balancer", outside, put(values, "service_values", "type", "ClusterIP")),
    ("a cluster address of the endpoint", outside, arguments(callers.corev1, "ServiceSpecArgs", cluster_ip=None)),
    ("room for another load balancer", outside, arguments(platform, "Quota", load_balancers=2)),
    ("the mesh as well", of_istio, put(ingress, "nginx_values", "controller.pod.extraLabels", MESH)),
    ("the chart's own rights", secrets_of_others, put(ingress, "nginx_values", "rbac.clusterrole.create", value=True)),
    ("all Secrets watched", secrets_of_others, put(ingress, "nginx_values", "controller.watchSecretNamespace", "")),
    ("snippets", secrets_of_others, put(ingress, "nginx_values", "controller.enableSnippets", value=True)),
    ("Secrets of runtimes", secrets_of_others, result(rights, "upstream_rules", lambda rules: [*rules, READS_ALL])),
    ("Secrets of all", secrets_of_others, result(rights, "cluster_rules", lambda rules: [*rules, READS_ALL])),
    ("routes of its own", secrets_of_others, result(rights, "own_rules", lambda rules: [*rules, WRITES])),
    ("every namespace", runtimes_and_routes, put(ingress, "nginx_values", "controller.watchNamespace", "")),
    ("any host", runtimes_and_routes, put(ingress, "route_spec", "host", "*.ml.globex.example")),
]


every_stack = pytest.mark.parametrize("path", [NGINX, IN_CLUSTER], ids=lambda path: path.stem)


@every_stack
@pytest.mark.parametrize("preview", [True, False])
def test_it_is_well_formed(path: Path, *, preview: bool) -> None:
    assert_well_formed(stack(path, preview=preview))


@every_stack
@pytest.mark.parametrize("problems", [*OWN, *SHARED], ids=lambda check: check.__name__)
def test_the_property_holds(problems: Problems, path: Path) -> None:
    assert list(problems(stack(path))) == []


def test_every_namespace_can_pull_from_the_mirror() -> None:
    assert list(pull_secrets(stack(NGINX))) == []


def test_the_namespace_of_the_endpoint_is_there_only_for_one_in_the_cluster() -> None:
    made = {path: {n.object_name for n in stack(path).of(NAMESPACE)} for path in (NGINX, IN_CLUSTER)}
    assert CALLERS not in made[NGINX]
    assert CALLERS in made[IN_CLUSTER]


@pytest.mark.parametrize(
    ("problems", "mutation"), [pytest.param(check, way, id=name) for name, check, way in MUTATIONS]
)
def test_without_it_the_property_fails(problems: Problems, mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation(monkeypatch)
    assert list(problems(record_platform(read(NGINX))))
