"""Puts one component on a stage: a provider, and stand-ins for what the program would have made before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_random as random
from recorder import assert_well_formed, record

from components.charts import OciCharts
from components.cluster.flows import PlatformMap
from components.contracts import Addresses, IssuerRef, PlacedIn
from components.sources import Sources
from components.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Callable

    from recorder import Recorded, Recording

CHART = "kubernetes:helm.sh/v4:Chart"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"
CHARTS = OciCharts(registry="registry.acme.example/charts")
REGISTRY = "registry.acme.example/mirror"
SOURCES = Sources(charts=CHARTS, registry=REGISTRY, pull_secret="image-pull")
WITHOUT_MIRROR = Sources(charts=CHARTS)
PLACE = PlatformMap(
    certificates="trust",
    ingress="edge",
    monitoring="watch",
    core="core",
    api_server=Addresses(cidrs=["192.0.2.1/32"]),
    api_server_port=6443,
)
"""Where the parts of a platform run that flows are tested with."""
ONE = Workload(replicas=1, cpu_milli=100, memory_mi=256)
THREE = Workload(replicas=3, cpu_milli=500, memory_mi=1024)


class Stage(pulumi.ComponentResource):
    """Makes stand-ins as its children, so that they are no loose resources."""

    def __init__(self) -> None:
        providers: list[pulumi.ProviderResource] = [
            kubernetes.Provider("cluster", context="test"),
            random.Provider("random"),
        ]
        super().__init__("test:stage:Stage", "stage", {}, pulumi.ResourceOptions(providers=providers))
        self.opts = pulumi.ResourceOptions(providers=providers)
        self.register_outputs({})

    def prop(self, name: str) -> pulumi.Resource:
        """Make something that a component may be told to wait for."""
        metadata = metav1.ObjectMetaArgs(name=name)
        return corev1.ConfigMap(f"stage-{name}", metadata=metadata, opts=pulumi.ResourceOptions(parent=self))

    def place(self, namespace: str) -> PlacedIn:
        """Make a namespace with its guards."""
        return PlacedIn(namespace=namespace, ready=[self.prop(f"guards-of-{namespace}")])

    def issuer(self, name: str) -> IssuerRef:
        """Make an issuer."""
        return IssuerRef(name=name, ready=[self.prop(name)])


def perform(make: Callable[[Stage], object], *, preview: bool = False) -> Recording:
    """Record a component on a stage, and check what holds for every component."""
    recording = record(lambda: make(Stage()), preview=preview)
    assert_well_formed(recording)
    return recording


def waits_for(recording: Recording, resource: Recorded) -> set[str]:
    """Return the names of everything that a resource waits for, stand-ins without their prefix."""
    return {recording.by_urn(urn).name.removeprefix("stage-") for urn in recording.before(resource)}
