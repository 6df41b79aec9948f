"""Policies let Prometheus reach whatever a monitor tells it to scrape, and every monitor means something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from connectivity import PATHS, platform
from netpol import selector
from operated import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connectivity import Platform
    from netpol import Object, Pod, Port

OF_THE_CLUSTER = ("apiserver", "kubelet")
"""Monitors of what no pod of the platform is: ends of their names."""


def _named(made: Platform, monitor: Object, pod: Pod) -> set[str]:
    """Return the names or numbers under which a monitor means ports of a pod."""
    spec = monitor["spec"]
    endpoints: list[Object] = spec.get("podMetricsEndpoints") or spec.get("endpoints") or []
    ports = {str(endpoint["port"]) for endpoint in endpoints}
    wanted = selector(spec["selector"])
    if monitor["kind"] == "PodMonitor":
        return ports if wanted.matches(pod.labels) else set()
    behind: list[Object] = [
        port
        for service in made.workloads.of("Service")
        if service["metadata"]["namespace"] == pod.namespace
        and wanted.matches(service["metadata"].get("labels") or {})
        and selector({"matchLabels": service["spec"]["selector"]}).matches(pod.labels)
        for port in service["spec"]["ports"]
    ]
    return {str(port.get("targetPort", port["port"])) for port in behind if port.get("name") in ports}


def scraped(made: Platform, monitor: Object) -> Iterator[tuple[Pod, Port]]:
    """Yield each pod and port that a monitor means."""
    namespace = monitor["metadata"]["namespace"]
    namespaces: list[str] = monitor["spec"].get("namespaceSelector", {}).get("matchNames") or [namespace]
    for pod in made.workloads.pods:
        if pod.namespace in namespaces:
            named = _named(made, monitor, pod)
            yield from ((pod, port) for port in pod.ports if port.name in named or str(port.number) in named)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_prometheus_reaches_what_it_is_told_to_scrape(path: Path) -> None:
    made = platform(path)
    (prometheus,) = [pod for pod in made.workloads.pods if pod.labels.get(NAME) == "prometheus"]
    for monitor in made.workloads.of("PodMonitor", "ServiceMonitor"):
        name = monitor["metadata"]["name"]
        found = [*scraped(made, monitor)]
        assert bool(found) != name.endswith(OF_THE_CLUSTER), f"{name} means {found}"
        closed = [
            f"{pod}:{port.number}" for pod, port in found if not made.evaluator.allows(prometheus, pod, port.number)
        ]
        assert closed == [], f"{name} is told to scrape what policies close"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_prometheus_reaches_kubelets_and_the_api_server(path: Path) -> None:
    made = platform(path)
    (prometheus,) = [pod for pod in made.workloads.pods if pod.labels.get(NAME) == "prometheus"]
    (node,) = [end for end in made.hosts if end.name == "a node"]
    assert made.opened(prometheus, node) == {("TCP", 10250)}
    assert all(made.opened(prometheus, server) > {("TCP", 10250)} for server in made.api_servers)
