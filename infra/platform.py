"""Chooses the parts that the settings ask for and wires them; every resource is declared by a component."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes

from components import charts
from components.cluster import certificates as tls
from components.cluster.flows import PlatformMap, platform_flows, runtime_flows
from components.cluster.ingress import AUTHORITY_SECRET, INGRESS_CLASS, Ingress, IngressArgs, ProvidedCertificate
from components.cluster.monitoring import Monitoring, MonitoringArgs, platform_monitors, runtime_monitors
from components.cluster.namespaces import (
    PULL_SECRET,
    NamespaceArgs,
    PlatformNamespace,
    Quota,
    RegistryCredentials,
)
from components.cluster.network import Addresses, NetworkFlows
from components.seldon.core import SeldonCore, SeldonCoreArgs
from components.seldon.routing import runtime_host
from components.seldon.runtime import Model, Runtime, RuntimeArgs
from components.seldon.storage import StorageRemote, secret_name
from components.seldon.values import CoreSizes, ServerSize
from infra import names
from infra.settings.images import DirectoryCharts, OciCharts
from infra.settings.ingress import Acme, PrivateCa, Provided
from infra.storage import storage_ports, storage_remote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.contracts import IssuerRef, PlacedIn
    from infra.settings import Settings
    from infra.settings.seldon import Runtime as RuntimeSettings
    from infra.settings.seldon import ServedModel

NO_SERVER = ServerSize(replicas=0, cpu_milli=100, memory_gi=1)
"""The servers chart always makes both kinds; one that is not wanted has no pods."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What every runtime stands on."""

    places: Mapping[str, PlacedIn]
    certificates: tls.Certificates
    ingress: Ingress
    core: SeldonCore


class Platform:
    """One customer environment in the making; `build` is the order in which its parts are made."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = settings.platform
        self._charts = _chart_source(settings)
        self._registry = self._stack.images.registry
        self._pull_secret = PULL_SECRET if self._stack.images.pull_secret else None
        self._opts = pulumi.ResourceOptions(providers=[_cluster(settings)])
        self._map = PlatformMap(
            certificates=names.CERTIFICATES,
            ingress=names.INGRESS,
            monitoring=names.MONITORING,
            core=names.CORE,
            api_server=Addresses(cidrs=self._stack.cluster.api_server.cidrs),
            api_server_port=self._stack.cluster.api_server.port,
        )

    def build(self) -> None:
        """Declare everything and export what people ask for."""
        runtimes = self._stack.seldon.runtimes
        places = {
            names.CERTIFICATES: self._namespace(names.CERTIFICATES, "cert-manager and the platform's authority"),
            names.INGRESS: self._namespace(
                names.INGRESS, "Istio and the one gateway", load_balancers=1, holds_data=False
            ),
            names.MONITORING: self._namespace(names.MONITORING, "Prometheus, reachable from inside only"),
            names.CORE: self._namespace(names.CORE, "the Core 2 controller", holds_data=False),
            **{r.namespace: self._namespace(r.namespace, "models of one tenant") for r in runtimes},
        }
        acme = isinstance(self._stack.ingress.certificate, Acme)
        network = NetworkFlows("network-platform", platform_flows(self._map, acme=acme), self._after(places))
        certificates = self._certificates(places[names.CERTIFICATES], network)
        ingress = self._ingress(places[names.INGRESS], certificates, network)
        monitoring = self._monitoring(places[names.MONITORING], network)
        core = self._core(places[names.CORE], certificates, network)
        made = Shared(places=places, certificates=certificates, ingress=ingress, core=core)
        hosts = {runtime.namespace: self._runtime(runtime, made).host for runtime in runtimes}
        pulumi.export("host", self._stack.ingress.host)
        pulumi.export("runtimes", hosts)
        pulumi.export("prometheus", monitoring.prometheus.url)

    def _exempt(self, control: str, resource: str) -> bool:
        return any(e.control == control and e.resource == resource for e in self._stack.exemptions)

    def _after(self, places: dict[str, PlacedIn]) -> pulumi.ResourceOptions:
        ready = [resource for place in places.values() for resource in place.ready]
        return pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=ready))

    def _namespace(self, namespace: str, purpose: str, *, load_balancers: int = 0, holds_data: bool = True) -> PlacedIn:
        pull = self._stack.images.pull_secret
        credentials = None
        if pull and self._registry:
            credentials = RegistryCredentials(
                registry=self._registry.split("/", maxsplit=1)[0],
                username=pull.username,
                password=self._settings.secret(pull.password),
            )
        args = NamespaceArgs(
            namespace=namespace,
            cluster_minor=self._stack.cluster.minor,
            customer=self._stack.customer,
            purpose=purpose,
            default_deny=not self._exempt("default-deny", namespace),
            protect=holds_data and not self._exempt("deletion-protection", namespace),
            quota=Quota(load_balancers=load_balancers),
            pull_credentials=credentials,
        )
        return PlatformNamespace(namespace, args, self._opts).placed

    def _certificates(self, place: PlacedIn, network: NetworkFlows) -> tls.Certificates:
        return tls.Certificates(
            "certificates",
            tls.CertificatesArgs(
                charts=self._charts,
                placed=place,
                ingress_issuer=_ingress_issuer(self._settings),
                ingress_class=INGRESS_CLASS,
                size=self._settings.sizes.cert_manager,
                registry=self._registry,
                pull_secret=self._pull_secret,
                depends_on=network.policies,
            ),
            self._opts,
        )

    def _ingress(self, place: PlacedIn, certificates: tls.Certificates, network: NetworkFlows) -> Ingress:
        stack = self._stack
        return Ingress(
            "ingress",
            IngressArgs(
                charts=self._charts,
                placed=place,
                host=stack.ingress.host,
                extra_hosts=[runtime_host(r.namespace, stack.ingress.host) for r in stack.seldon.runtimes],
                certificate=_ingress_certificate(self._settings, certificates.ingress),
                authority=certificates.internal,
                gateway_size=self._settings.sizes.gateway,
                control_size=self._settings.sizes.istiod,
                registry=self._registry,
                pull_secret=self._pull_secret,
                depends_on=network.policies,
            ),
            self._opts,
        )

    def _monitoring(self, place: PlacedIn, network: NetworkFlows) -> Monitoring:
        prometheus = self._settings.prometheus
        return Monitoring(
            "monitoring",
            MonitoringArgs(
                charts=self._charts,
                placed=place,
                monitors=[
                    *platform_monitors(certificates=names.CERTIFICATES, ingress=names.INGRESS),
                    *runtime_monitors([r.namespace for r in self._stack.seldon.runtimes]),
                ],
                size=prometheus.workload,
                helper_size=self._settings.sizes.metrics,
                retention_days=prometheus.retention_days,
                storage_gi=prometheus.storage_gi,
                storage_class=self._stack.cluster.storage_class,
                registry=self._registry,
                pull_secret=self._pull_secret,
                depends_on=network.policies,
            ),
            self._opts,
        )

    def _core(self, place: PlacedIn, certificates: tls.Certificates, network: NetworkFlows) -> SeldonCore:
        sizes = self._settings.sizes
        return SeldonCore(
            "seldon-core",
            SeldonCoreArgs(
                charts=self._charts,
                placed=place,
                runtime_namespaces=[r.namespace for r in self._stack.seldon.runtimes],
                authority=certificates.internal,
                sizes=CoreSizes(
                    controller=sizes.operator,
                    scheduler=sizes.scheduler,
                    envoy=sizes.envoy,
                    model_volume_gi=self._settings.model_volume_gi,
                ),
                storage_class=self._stack.cluster.storage_class,
                registry=self._registry,
                pull_secret=self._pull_secret,
                protect=not self._exempt("deletion-protection", "seldon-core"),
                depends_on=network.policies,
            ),
            self._opts,
        )

    def _runtime(self, runtime: RuntimeSettings, made: Shared) -> Runtime:
        namespace = runtime.namespace
        place = made.places[namespace]
        flows = NetworkFlows(
            f"network-{namespace}",
            runtime_flows(self._map, namespace, storage_ports=storage_ports(runtime)),
            self._after({names.CORE: made.places[names.CORE], namespace: place}),
        )
        remotes = {storage.scheme: storage_remote(self._settings, storage) for storage in runtime.storage}
        servers = self._settings.servers(runtime)
        args = RuntimeArgs(
            charts=self._charts,
            placed=place,
            core=made.core,
            authority=made.certificates.internal,
            gateway=made.ingress.gateway,
            gateway_credential=AUTHORITY_SECRET,
            envoy_replicas=self._settings.sizes.envoy.replicas,
            mlserver=servers.get("mlserver", NO_SERVER),
            triton=servers.get("triton", NO_SERVER),
            storage=list(remotes.values()),
            models=[_model(model, remotes) for model in runtime.models],
            pull_secret=self._pull_secret,
            depends_on=flows.policies,
        )
        return Runtime(f"runtime-{namespace}", args, self._opts)


def _cluster(settings: Settings) -> kubernetes.Provider:
    """The one provider. Its cluster is known by the context's name, so that a renewed kubeconfig replaces nothing."""
    context = settings.platform.cluster.context
    return kubernetes.Provider("cluster", context=context, cluster_identifier=context, enable_server_side_apply=True)


def _chart_source(settings: Settings) -> charts.ChartSource:
    source = settings.platform.charts.source
    if isinstance(source, DirectoryCharts):
        return charts.DirectoryCharts(path=Path(source.path))
    if isinstance(source, OciCharts):
        return charts.OciCharts(registry=source.registry)
    return charts.UpstreamCharts()


def _ingress_issuer(settings: Settings) -> tls.IngressIssuer:
    wanted = settings.platform.ingress.certificate
    if isinstance(wanted, Acme):
        return tls.Acme(server=wanted.server, email=wanted.email)
    if isinstance(wanted, PrivateCa):
        key = settings.secret(wanted.private_key) if wanted.private_key else None
        return tls.PrivateAuthority(certificate=wanted.certificate, private_key=key)
    return tls.NoIssuer()


def _ingress_certificate(settings: Settings, issuer: IssuerRef | None) -> IssuerRef | ProvidedCertificate:
    wanted = settings.platform.ingress.certificate
    if isinstance(wanted, Provided):
        key = settings.secret(wanted.private_key)
        return ProvidedCertificate(certificate=wanted.certificate, private_key=key)
    if issuer is None:
        raise AssertionError(f"no issuer was made for a certificate of kind {wanted.kind}")
    return issuer


def _model(model: ServedModel, remotes: Mapping[str, StorageRemote]) -> Model:
    remote = remotes.get(model.storage_uri.partition("://")[0])
    return Model(
        name=model.name,
        storage_uri=model.storage_uri,
        requirements=model.requirements,
        memory_mi=model.memory_mi,
        replicas=model.replicas,
        storage_secret=secret_name(remote) if remote else None,
    )


def build(settings: Settings) -> None:
    """Declare the platform of one stack.

    Raises:
        ChartError: a chart is not where the settings say.
    """
    Platform(settings).build()
