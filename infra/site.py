"""What every part of one environment needs: its settings, its one cluster, its sources and its namespaces."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random

from components import charts
from components.cluster.flows import PlatformMap
from components.cluster.ingress import GATEWAY_LABELS
from components.cluster.namespaces import PULL_SECRET, NamespaceArgs, PlatformNamespace, Quota, RegistryCredentials
from components.cluster.network import NetworkFlows
from components.cluster.nginx.values import POD_LABELS
from components.cluster.priority import Priority
from components.contracts import Addresses, Pods
from components.sources import Sources
from infra import names
from infra.settings.images import DirectoryCharts, OciCharts
from infra.settings.ingress import Nginx

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.cluster.namespaces import Visibility
    from components.cluster.network import Flow
    from components.contracts import PlacedIn
    from infra.settings import Settings


class Site:
    """One environment: where it is, what it may use, and what its stack file lets it off."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stack = settings.platform
        self.sources = Sources(
            charts=_chart_source(settings),
            registry=self.stack.images.registry,
            pull_secret=PULL_SECRET if self.stack.images.pull_secret else None,
        )
        self.opts = pulumi.ResourceOptions(providers=[_cluster(settings), random.Provider("random")])
        self.places: dict[str, PlacedIn] = {}
        """Every namespace made so far, by name."""
        nginx = isinstance(self.stack.ingress, Nginx)
        self.map = PlatformMap(
            certificates=names.CERTIFICATES,
            ingress=names.NGINX if nginx else names.ISTIO,
            gateway_labels=POD_LABELS if nginx else GATEWAY_LABELS,
            monitoring=names.MONITORING,
            core=names.CORE,
            api_server=Addresses(cidrs=self.stack.cluster.api_server.cidrs),
            api_server_port=self.stack.cluster.api_server.port,
        )

    @cached_property
    def data_priority(self) -> Sequence[pulumi.Resource]:
        """What pods wait for that go last of all; made when the first of them asks for it."""
        return Priority("priority", self.opts).ready

    def exempt(self, control: str, resource: str) -> bool:
        """Say whether the stack lets a resource off a security default."""
        return any(e.control == control and e.resource == resource for e in self.stack.exemptions)

    def protected(self, resource: str) -> bool:
        """Say whether a resource is protected from deletion."""
        return not self.exempt("deletion-protection", resource)

    def namespace(
        self,
        namespace: str,
        purpose: str,
        *,
        quota: Quota | None = None,
        holds_data: bool = True,
        visibility: Visibility | None = None,
    ) -> PlacedIn:
        """Make a namespace with its guards."""
        pull, registry = self.stack.images.pull_secret, self.stack.images.registry
        credentials = None
        if pull and registry:
            credentials = RegistryCredentials(
                registry=registry.split("/", maxsplit=1)[0],
                username=pull.username,
                password=self.settings.secret(pull.password),
            )
        args = NamespaceArgs(
            namespace=namespace,
            cluster_minor=self.stack.cluster.minor,
            customer=self.stack.customer,
            purpose=purpose,
            pod_security="privileged" if self.exempt("pod-security", namespace) else "restricted",
            default_deny=not self.exempt("default-deny", namespace),
            protect=holds_data and self.protected(namespace),
            quota=quota or Quota(),
            pull_credentials=credentials,
            visibility=visibility,
        )
        self.places[namespace] = PlatformNamespace(namespace, args, self.opts).placed
        return self.places[namespace]

    def open(self, name: str, flows: Sequence[Flow]) -> Sequence[pulumi.Resource]:
        """Allow flows between namespaces made before; what runs there depends on the policies that this returns."""
        ends = [end for flow in flows for end in (flow.source, flow.target)]
        touched = sorted({end.namespace for end in ends if isinstance(end, Pods)})
        ready = [resource for namespace in touched for resource in self.places[namespace].ready]
        opts = pulumi.ResourceOptions.merge(self.opts, pulumi.ResourceOptions(depends_on=ready))
        return NetworkFlows(name, flows, opts).policies


def _cluster(settings: Settings) -> kubernetes.Provider:
    """The one provider. Its cluster is known by the context's name, so that a renewed kubeconfig replaces nothing.

    Secrets and ConfigMaps change in place: their names are fixed, and to replace one would be to delete it first, under
    the pods that read it.
    """
    context = settings.platform.cluster.context
    return kubernetes.Provider(
        "cluster",
        context=context,
        cluster_identifier=context,
        enable_server_side_apply=True,
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )


def _chart_source(settings: Settings) -> charts.ChartSource:
    source = settings.platform.charts.source
    if isinstance(source, DirectoryCharts):
        return charts.DirectoryCharts(path=Path(source.path))
    if isinstance(source, OciCharts):
        return charts.OciCharts(registry=source.registry)
    return charts.UpstreamCharts()
