"""From outside, the gateway is reached, and through it the Envoy of each runtime. No route leads anywhere else."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from connectivity import PATHS, platform, small
from operated import IN_FRONT, NAME
from route_graph import RouteGraph, in_cluster
from workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from netpol import Object, Pod
    from route_graph import Way

every_stack = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
ENVOY_DATA, ENTERPRISE = 9000, 8000
INNER_ROUTES = ("VirtualServer ", "VirtualService ")


def front_ports(pod: Pod) -> set[int]:
    return {port for label in pod.labels.items() for port in IN_FRONT.get(label, ())}


def is_envoy(pod: Pod) -> bool:
    return pod.labels.get(NAME) == "seldon-envoy"


def is_enterprise(way: Way) -> bool:
    """Whether a way of the gateway leads to the Enterprise Platform, by its own route."""
    named = way.pod and way.pod.labels.get(NAME) == "seldon-deploy"
    return bool(named) and way.port == ENTERPRISE and way.steps[0] == "VirtualService seldon-system/seldon-deploy"


def answers_challenges(way: Way) -> bool:
    """Whether a way of the gateway leads to the pod in which cert-manager answers an ACME authority."""
    solver = way.pod and way.pod.labels.get("acme.cert-manager.io/http01-solver") == "true"
    return bool(solver) and way.port == 8089 and way.steps[0] == "VirtualService istio-system/acme-challenges"


def wrong(workloads: Workloads) -> Iterator[Way]:
    """Yield every way in that there must not be."""
    for way in RouteGraph(workloads).ways():
        in_front = way.pod and way.port in front_ports(way.pod) and way.steps[0] == "LoadBalancer of"
        behind = way.pod and is_envoy(way.pod) and way.port == ENVOY_DATA and way.steps[0].startswith(INNER_ROUTES)
        if not (in_front or behind or is_enterprise(way) or answers_challenges(way)):
            yield way


@every_stack
def test_no_way_leads_from_outside_to_anything_but_the_gateway_and_envoy(path: Path) -> None:
    assert [str(way) for way in wrong(platform(path).workloads)] == []


@every_stack
def test_there_is_one_load_balancer(path: Path) -> None:
    (only,) = RouteGraph(platform(path).workloads).load_balancers()
    assert only in {"Service istio-system/istio-ingressgateway", "Service nginx-ingress/nginx-ingress-controller"}


@every_stack
def test_every_runtime_is_reached_and_policies_let_the_gateway_through(path: Path) -> None:
    made = platform(path)
    ways = [*RouteGraph(made.workloads).ways()]
    (gateway,) = {way.pod for way in ways if way.pod and front_ports(way.pod)}
    envoys = {way.pod for way in ways if way.pod and is_envoy(way.pod)}
    tenants = {item["metadata"]["namespace"] for item in made.workloads.of("SeldonRuntime")}
    assert {pod.namespace for pod in envoys} == tenants
    assert all(made.evaluator.allows(gateway, pod, ENVOY_DATA) for pod in envoys)


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("mesh", ("fraud", "mesh")),
        ("mesh.vision", ("vision", "mesh")),
        ("mesh.vision.svc", ("vision", "mesh")),
        ("mesh.vision.svc.cluster.local", ("vision", "mesh")),
        ("mesh.vision.svc.cluster.local.", ("vision", "mesh")),
    ],
)
def test_hosts_in_the_cluster(host: str, service: tuple[str, str]) -> None:
    assert in_cluster(host, "fraud") == service


def _object(kind: str, api: str, spec: Object, namespace: str = "fraud", name: str = "extra") -> Object:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def _service(pod: Pod, **spec: Any) -> Object:
    ports = [{"name": "extra", "port": 8000, "targetPort": port.number} for port in pod.ports[:1]]
    labels = dict(pod.labels)
    return _object("Service", "v1", {"selector": labels, "ports": ports, **spec}, pod.namespace, "behind")


def _fqdn(pod: Pod) -> str:
    return f"behind.{pod.namespace}.svc.cluster.local"


def _istio(pod: Pod, **routes: Any) -> list[Object]:
    spec = {"hosts": ["extra.acme.example"], "gateways": ["istio-system/seldon-gateway"], **routes}
    return [_service(pod), _object("VirtualService", "networking.istio.io/v1", spec)]


def _destination(pod: Pod) -> Object:
    return {"destination": {"host": _fqdn(pod), "port": {"number": 8000}}}


def _ingress(pod: Pod, spec: Object) -> list[Object]:
    return [_service(pod), _object("Ingress", "networking.k8s.io/v1", spec, pod.namespace)]


BACKEND: Object = {"service": {"name": "behind", "port": {"name": "extra"}}}


def _gateway_api(kind: str) -> Callable[[Pod], list[Object]]:
    def make(pod: Pod) -> list[Object]:
        reference = {"name": "behind", "namespace": pod.namespace, "port": 8000}
        spec = {"parentRefs": [{"name": "any"}], "rules": [{"backendRefs": [reference]}]}
        return [_service(pod), _object(kind, "gateway.networking.k8s.io/v1", spec)]

    return make


def _nginx(kind: str) -> Callable[[Pod], list[Object]]:
    def make(pod: Pod) -> list[Object]:
        spec = {"upstreams": [{"name": "u", "service": "behind", "port": 8000}]}
        return [_service(pod), _object(kind, "k8s.nginx.org/v1", spec, pod.namespace)]

    return make


def _mirrored(pod: Pod) -> list[Object]:
    reference = {"name": "behind", "namespace": pod.namespace, "port": 8000}
    rule = {"filters": [{"type": "RequestMirror", "requestMirror": {"backendRef": reference}}]}
    return [_service(pod), _object("HTTPRoute", "gateway.networking.k8s.io/v1", {"rules": [rule]})]


def _by_another_name(pod: Pod) -> list[Object]:
    alias = _object("Service", "v1", {"type": "ExternalName", "externalName": _fqdn(pod)}, name="alias")
    route = {"destination": {"host": "alias"}}
    return [alias, *_istio(pod, http=[{"route": [route]}])]


def _openshift(pod: Pod) -> list[Object]:
    spec = {"to": {"kind": "Service", "name": "behind"}}
    return [_service(pod), _object("Route", "route.openshift.io/v1", spec, pod.namespace)]


def _delegate(pod: Pod) -> list[Object]:
    spec = {"http": [{"route": [_destination(pod)]}]}
    return [_service(pod), _object("VirtualService", "networking.istio.io/v1", spec)]


EXTRA: dict[str, Callable[[Pod], list[Object]]] = {
    "LoadBalancer": lambda pod: [_service(pod, type="LoadBalancer")],
    "NodePort": lambda pod: [_service(pod, type="NodePort")],
    "external IP": lambda pod: [_service(pod, externalIPs=["203.0.113.7"])],
    "Ingress": lambda pod: _ingress(pod, {"rules": [{"http": {"paths": [{"backend": BACKEND}]}}]}),
    "default of an Ingress": lambda pod: _ingress(pod, {"defaultBackend": BACKEND}),
    "VirtualService": lambda pod: _istio(pod, http=[{"route": [_destination(pod)]}]),
    "VirtualService for TCP": lambda pod: _istio(pod, tcp=[{"route": [_destination(pod)]}]),
    "VirtualService for TLS": lambda pod: _istio(pod, tls=[{"route": [_destination(pod)]}]),
    "mirror of a VirtualService": lambda pod: _istio(pod, http=[{"mirrors": [_destination(pod)]}]),
    "delegated VirtualService": _delegate,
    "Service of another name": _by_another_name,
    "HTTPRoute": _gateway_api("HTTPRoute"),
    "GRPCRoute": _gateway_api("GRPCRoute"),
    "TCPRoute": _gateway_api("TCPRoute"),
    "TLSRoute": _gateway_api("TLSRoute"),
    "UDPRoute": _gateway_api("UDPRoute"),
    "mirror of an HTTPRoute": _mirrored,
    "OpenShift Route": _openshift,
    "VirtualServer": _nginx("VirtualServer"),
    "TransportServer": _nginx("TransportServer"),
}
"""One more way in, of every kind."""


def _inner() -> list[Pod]:
    """Return every pod that no way may lead to, whatever it is."""
    return [pod for pod in small().workloads.pods if pod.ports and not front_ports(pod) and not is_envoy(pod)]


def test_what_must_not_be_reached_is_there() -> None:
    names = {pod.labels.get(NAME) for pod in _inner()}
    assert {"prometheus", "alertmanager", "webhook", "istiod", "seldon-scheduler", "seldon-server"} <= names


@pytest.mark.parametrize("kind", EXTRA)
def test_one_more_way_in_is_found(kind: str) -> None:
    for pod in _inner():
        ways = [*wrong(Workloads([*small().workloads.objects, *EXTRA[kind](pod)]))]
        assert str(pod) in {str(way.pod) for way in ways}


@pytest.mark.parametrize("change", ["hostPort", "hostNetwork"])
def test_a_way_through_a_node_is_found(change: str) -> None:
    objects = deepcopy(small().workloads.objects)
    prometheus = next(item for item in objects if item["kind"] == "Pod" and "prometheus" in item["metadata"]["name"])
    if change == "hostNetwork":
        prometheus["spec"]["hostNetwork"] = True
    else:
        prometheus["spec"]["containers"][0]["ports"][0]["hostPort"] = 9090
    assert {way.pod and way.pod.name for way in wrong(Workloads(objects))} == {prometheus["metadata"]["name"]}


def test_a_gateway_of_the_gateway_api_is_one_more_load_balancer() -> None:
    gateway = _object("Gateway", "gateway.networking.k8s.io/v1", {"gatewayClassName": "istio"})
    assert len(RouteGraph(Workloads([*small().workloads.objects, gateway])).load_balancers()) == 2


def test_names_do_not_matter_but_labels_do() -> None:
    objects = deepcopy(small().workloads.objects)
    mesh = next(item for item in objects if item["kind"] == "Service" and item["metadata"]["name"] == "seldon-mesh")
    mesh["spec"]["selector"] = {NAME: "seldon-server"}
    assert {way.pod and way.pod.labels.get(NAME) for way in wrong(Workloads(objects))} == {"seldon-server"}


def test_the_metrics_of_envoy_are_not_served_outside() -> None:
    objects = deepcopy(small().workloads.objects)
    (route,) = [item for item in objects if item["kind"] == "VirtualService"]
    route["spec"]["http"][0]["route"][0]["destination"]["port"] = {"number": 9003}
    assert [way.port for way in wrong(Workloads(objects))] == [9003]


def test_a_route_to_nowhere_is_found() -> None:
    objects = [item for item in small().workloads.objects if item["metadata"]["name"] != "seldon-mesh"]
    assert [way.pod for way in wrong(Workloads(objects))] == [None]


def test_a_route_of_the_mesh_alone_leads_nobody_in() -> None:
    (pod, *_) = _inner()
    service, route = _istio(pod, http=[{"route": [_destination(pod)]}])
    del route["spec"]["gateways"]
    assert [*wrong(Workloads([*small().workloads.objects, service, route]))] == []
