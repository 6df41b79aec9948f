"""The serving layer: Core 2's controller, and one runtime per namespace of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.flows import pipeline_flows, runtime_flows
from components.cluster.namespaces import Visibility
from components.seldon.core import SeldonCore, SeldonCoreArgs
from components.seldon.kafka import Pipelines
from components.seldon.runtime import Model, Runtime, RuntimeArgs
from components.seldon.storage import StorageRemote, models_flow, secret_name
from components.seldon.values import CoreSizes, ServerSize
from infra.storage import own_stores, platform_store, storage_ports, storage_remote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from components.contracts import KafkaEndpoint, PlacedIn
    from infra.edge import Edge
    from infra.settings.platform import Platform
    from infra.settings.seldon import Runtime as RuntimeSettings
    from infra.settings.seldon import ServedModel
    from infra.site import Site
    from infra.stores.build import Stores

NO_SERVER = ServerSize(replicas=0, cpu_milli=100, memory_gi=1)
"""The servers chart always makes both kinds; one that is not wanted has no pods."""


def runtime_visibility(platform: Platform, runtime: RuntimeSettings) -> Visibility | None:
    """Say who finds a runtime in the Enterprise Platform: nobody by a label, when its settings do not say."""
    if runtime.visibility:
        return Visibility(restricted=runtime.visibility.restricted, groups=runtime.visibility.groups)
    return Visibility() if platform.seldon_deploy else None


def build_core(
    site: Site, edge: Edge, stores: Stores, *, place: PlacedIn, depends_on: Sequence[pulumi.Resource]
) -> SeldonCore:
    """Declare the resource types and the controller of Core 2."""
    sizes = site.settings.sizes
    return SeldonCore(
        "seldon-core",
        SeldonCoreArgs(
            sources=site.sources,
            placed=place,
            runtime_namespaces=[r.namespace for r in site.stack.seldon.runtimes],
            authority=edge.certificates.internal,
            sizes=CoreSizes(
                controller=sizes.operator,
                scheduler=sizes.scheduler,
                envoy=sizes.envoy,
                model_volume_gi=site.settings.model_volume_gi,
            ),
            storage_class=site.stack.cluster.storage_class,
            # The chart says the same to every runtime; only the user differs, and each finds its own in its namespace.
            pipelines=_pipelines(site, next(iter(stores.kafka.values()), None)),
            protect=site.protected("seldon-core"),
            depends_on=depends_on,
        ),
        site.opts,
    )


def build_runtime(
    site: Site, edge: Edge, stores: Stores, core: SeldonCore, runtime: RuntimeSettings, *, place: PlacedIn
) -> Runtime:
    """Declare a runtime after its network is open."""
    namespace = runtime.namespace
    flows = runtime_flows(site.map, namespace, storage_ports=storage_ports(runtime))
    kafka = stores.kafka.get(namespace)
    store = platform_store(runtime, stores.buckets)
    if store:
        flows.append(models_flow(namespace, store))
    if kafka:
        flows += pipeline_flows(site.map, namespace, kafka)
    policies = site.open(f"network-{namespace}", flows)
    remotes = {storage.scheme: storage_remote(site.settings, storage) for storage in own_stores(runtime)}
    loaded = {**remotes, **({store.scheme: store.remote} if store else {})}
    servers = site.settings.servers(runtime)
    args = RuntimeArgs(
        sources=site.sources,
        placed=place,
        core=core,
        authority=edge.certificates.internal,
        ingress=edge.ingress,
        envoy_replicas=site.settings.sizes.envoy.replicas,
        mlserver=servers.get("mlserver", NO_SERVER),
        triton=servers.get("triton", NO_SERVER),
        storage=list(remotes.values()),
        store=store,
        models=[_model(model, loaded) for model in runtime.models],
        pipelines=_pipelines(site, kafka),
        depends_on=policies,
    )
    return Runtime(f"runtime-{namespace}", args, site.opts)


def _pipelines(site: Site, kafka: KafkaEndpoint | None) -> Pipelines | None:
    sizes = site.settings.sizes
    if kafka is None:
        return None
    return Pipelines(
        kafka=kafka,
        modelgateway=sizes.modelgateway,
        pipelinegateway=sizes.pipelinegateway,
        dataflow=sizes.dataflow,
    )


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
