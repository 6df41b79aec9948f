"""Every way from outside of a cluster to its pods: entrance, route, Service, selector, labels.

A route counts whether or not anything serves it: an Ingress of a class that nobody runs today is a way in tomorrow.
What a route leads to is decided by labels, never by names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netpol import selector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netpol import Object, Pod
    from workloads import Workloads

GATEWAY_API = "gateway.networking.k8s.io"
OUTSIDE_TYPES = {"LoadBalancer", "NodePort"}


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way from outside to a port of a pod, or to nowhere."""

    steps: tuple[str, ...]
    pod: Pod | None
    port: int = 0
    """Of the pod; 0 when it is not known."""

    def __str__(self) -> str:
        return " -> ".join([*self.steps, f"{self.pod}:{self.port}" if self.pod else "nowhere"])


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A Service that a route names, with a port of the Service, by number or name, when it names one."""

    namespace: str
    name: str
    port: int | str | None = None


def _list(tree: Object, *path: str) -> list[Object]:
    """Return the objects below a path, through every list on it."""
    found = [tree]
    for key in path:
        below: list[Any] = [item[key] for item in found if item.get(key) is not None]
        lists: list[list[Object]] = [entry if isinstance(entry, list) else [entry] for entry in below]
        found = [entry for entries in lists for entry in entries]
    return found


def in_cluster(host: str, namespace: str) -> tuple[str, str]:
    """Return namespace and Service of a host as a resource in a namespace names it."""
    name, *rest = host.removesuffix(".").removesuffix(".cluster.local").removesuffix(".svc").split(".")
    return (rest[0] if rest else namespace), name


def _ingress(item: Object) -> Iterator[Backend]:
    backends = [*_list(item, "spec", "defaultBackend"), *_list(item, "spec", "rules", "http", "paths", "backend")]
    for service in (service for backend in backends for service in _list(backend, "service")):
        port = service.get("port", {})
        yield _backend(item, service["name"], port.get("number") or port.get("name"))


def _backend(item: Object, name: str, port: int | str | None = None, namespace: str | None = None) -> Backend:
    return Backend(namespace=namespace or item["metadata"]["namespace"], name=name, port=port)


def _virtual_service(item: Object) -> Iterator[Backend]:
    """Istio; one for the mesh alone, which is the default, leads nobody in."""
    gateways: list[str] = item["spec"].get("gateways") or ([] if not item["spec"].get("hosts") else ["mesh"])
    if gateways == ["mesh"]:
        return
    spec = item["spec"]
    destinations = [
        *(found for kind in ("http", "tcp", "tls") for found in _list(spec, kind, "route", "destination")),
        *_list(spec, "http", "mirror"),
        *_list(spec, "http", "mirrors", "destination"),
    ]
    for destination in destinations:
        namespace, name = in_cluster(destination["host"], item["metadata"]["namespace"])
        yield _backend(item, name, destination.get("port", {}).get("number"), namespace)


def _gateway_api(item: Object) -> Iterator[Backend]:
    rules = _list(item, "spec", "rules")
    references = [reference for rule in rules for reference in _list(rule, "backendRefs")]
    references += [found for rule in rules for found in _list(rule, "filters", "requestMirror", "backendRef")]
    for reference in references:
        yield _backend(item, reference["name"], reference.get("port"), reference.get("namespace"))


def _nginx(item: Object) -> Iterator[Backend]:
    for upstream in _list(item, "spec", "upstreams"):
        namespace, _, name = upstream["service"].rpartition("/")
        yield _backend(item, name, upstream.get("port"), namespace)


def _openshift(item: Object) -> Iterator[Backend]:
    for target in (*_list(item, "spec", "to"), *_list(item, "spec", "alternateBackends")):
        yield _backend(item, target["name"], item["spec"].get("port", {}).get("targetPort"))


ROUTES: dict[str, Callable[[Object], Iterator[Backend]]] = {
    "networking.k8s.io/Ingress": _ingress,
    "networking.istio.io/VirtualService": _virtual_service,
    "route.openshift.io/Route": _openshift,
    **dict.fromkeys((f"{GATEWAY_API}/{kind}Route" for kind in ("GRPC", "HTTP", "TCP", "TLS", "UDP")), _gateway_api),
    **dict.fromkeys(
        (f"k8s.nginx.org/{kind}" for kind in ("TransportServer", "VirtualServer", "VirtualServerRoute")), _nginx
    ),
}
"""What each kind of route leads to, by `<group>/<kind>`."""


def _title(item: Object) -> str:
    metadata = item["metadata"]
    return f"{item['kind']} {metadata.get('namespace')}/{metadata['name']}"


@dataclass(frozen=True)
class RouteGraph:
    """The routes of a platform."""

    workloads: Workloads

    def ways(self) -> Iterator[Way]:
        """Yield every way in."""
        for item in self.workloads.objects:
            kind = f"{item['apiVersion'].rpartition('/')[0]}/{item['kind']}"
            for backend in ROUTES[kind](item) if kind in ROUTES else ():
                yield from self._to_service((_title(item),), backend)
            if kind == "/Service" and (item["spec"].get("type") in OUTSIDE_TYPES or item["spec"].get("externalIPs")):
                yield from self._behind((f"{item['spec'].get('type', 'external IP')} of",), item, None)
        for pod, spec in self.workloads.specs.items():
            yield from _on_node(pod, spec)

    def load_balancers(self) -> list[str]:
        """Return whatever asks for a load balancer: Services, and Gateways of the Gateway API, which make one."""
        services = [item for item in self.workloads.of("Service") if item["spec"].get("type") == "LoadBalancer"]
        return [_title(item) for item in (*services, *self.workloads.of("Gateway", group=GATEWAY_API))]

    def _to_service(self, steps: tuple[str, ...], backend: Backend) -> Iterator[Way]:
        found = [
            item
            for item in self.workloads.of("Service")
            if (item["metadata"]["namespace"], item["metadata"]["name"]) == (backend.namespace, backend.name)
        ]
        if not found or len(steps) > 5:
            yield Way(steps=(*steps, f"Service {backend.namespace}/{backend.name}"), pod=None)
        for item in found if len(steps) <= 5 else ():
            yield from self._behind(steps, item, backend.port)

    def _behind(self, steps: tuple[str, ...], service: Object, port: int | str | None) -> Iterator[Way]:
        """Yield the ways through a Service: all its ports, or the one that a route names."""
        steps, spec = (*steps, _title(service)), service["spec"]
        if spec.get("type") == "ExternalName":
            namespace, name = in_cluster(spec["externalName"], service["metadata"]["namespace"])
            yield from self._to_service(steps, Backend(namespace=namespace, name=name, port=port))
            return
        wanted = selector({"matchLabels": spec.get("selector") or {}})
        pods = [
            pod
            for pod in self.workloads.pods
            if pod.namespace == service["metadata"]["namespace"] and wanted.matches(pod.labels)
        ]
        ports = [entry for entry in _list(spec, "ports") if port in (None, entry["port"], entry.get("name"))]
        if not spec.get("selector") or not pods or not ports:
            yield Way(steps=steps, pod=None)
            return
        for pod in pods:
            yield from (Way(steps=steps, pod=pod, port=_number(pod, entry)) for entry in ports)


def _number(pod: Pod, entry: Object) -> int:
    """Return the pod's number of a Service's port; 0 for a name that the pod does not have."""
    target: int | str = entry.get("targetPort") or entry["port"]
    if isinstance(target, int):
        return target
    return next((port.number for port in pod.ports if port.name == target), 0)


def _on_node(pod: Pod, spec: Object) -> Iterator[Way]:
    """Yield the ways that a node's own address opens."""
    ports = _list(spec, "containers", "ports")
    if spec.get("hostNetwork"):
        for port in ports or [{"containerPort": 0}]:
            yield Way(steps=("host network",), pod=pod, port=port["containerPort"])
    for port in ports:
        if port.get("hostPort"):
            yield Way(steps=(f"host port {port['hostPort']}",), pod=pod, port=port["containerPort"])
