"""Values of the Core 2 charts. Key names are those that the templates of Core 2 2.10 read, dead keys left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from components.hardening import CONTAINER_SECURITY, POD_SECURITY
from components.workload import zone_spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.workload import Workload

CORE_UID = 1000
"""User and group of the Core 2 images."""

IMAGE_KEYS: Sequence[tuple[str, ...]] = (
    ("controller",),
    ("dataflow",),
    ("envoy",),
    ("hodometer",),
    ("modelgateway",),
    ("pipelinegateway",),
    ("scheduler",),
    ("serverConfig", "agent"),
    ("serverConfig", "mlserver"),
    ("serverConfig", "rclone"),
    ("serverConfig", "triton"),
)
"""Where the setup chart takes an image from; each has `image.registry`."""

PIPELINE_SERVICES = ("dataflow", "modelgateway", "pipelinegateway")
"""What only works with Kafka."""

AUTHORITY_FOLDER = "/etc/seldon-platform/storage-authority"

GRPC_PREFIX = "http2-"
"""Istio reads the protocol of a port from the prefix of its name; REST and gRPC share the ports of Core 2."""


@dataclass(frozen=True, kw_only=True)
class ServerSize:
    """One kind of inference server in one runtime."""

    replicas: int
    """0 leaves the server defined and without pods."""
    cpu_milli: int
    """Requested CPU per pod, in thousandths of a core."""
    memory_gi: int
    """Memory per pod for the server container, in GiB: what models can fill."""


def _pod_security() -> dict[str, Any]:
    return {**POD_SECURITY, "fsGroup": CORE_UID, "runAsUser": CORE_UID, "runAsGroup": CORE_UID}


def _mirrored(registry: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path in IMAGE_KEYS:
        level = values
        for key in path:
            level = level.setdefault(key, {})
        level["image"] = {"registry": registry}
    return values


def deep_merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two trees of values; the second wins on leaves."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = deep_merge(cast("Mapping[str, Any]", below), cast("Mapping[str, Any]", value)) if both else value
    return merged


def core_resources(size: Workload) -> dict[str, Any]:
    """The setup chart takes one memory figure as request and limit."""
    return {"resources": {"cpu": f"{size.cpu_milli}m", "memory": f"{size.memory_mi}Mi"}}


@dataclass(frozen=True, kw_only=True)
class CoreSizes:
    """Sizes that hold for every runtime: the setup chart has one place for them."""

    controller: Workload
    """Runs once, whatever its replicas: upstream allows no more."""
    scheduler: Workload
    """Runs once in each runtime, likewise."""
    envoy: Workload
    model_volume_gi: int
    """Volume per inference server pod for model files, in GiB."""


def setup_values(
    *, runtime_namespaces: Sequence[str], sizes: CoreSizes, registry: str | None, pull_secret: str | None
) -> dict[str, Any]:
    """Values of seldon-core-v2-setup.

    The controller watches the runtime namespaces alone: its rights come from a Role in each of them, so the chart's
    ClusterRole is switched off. `watchNamespaces` has no effect unless `clusterwide` is true.
    """
    pod_security = {"securityContext": _pod_security()}
    values: dict[str, Any] = {
        "controller": {
            "clusterwide": True,
            "watchNamespaces": sorted(runtime_namespaces),
            "skipClusterRoleCreation": True,
            **pod_security,
            **core_resources(sizes.controller),
        },
        "scheduler": {**pod_security, **core_resources(sizes.scheduler)},
        "envoy": {**pod_security, **core_resources(sizes.envoy)},
        **{component: dict(pod_security) for component in ("hodometer", *PIPELINE_SERVICES)},
        "serverConfig": {
            **pod_security,
            "mlserver": {"modelVolumeStorage": f"{sizes.model_volume_gi}Gi"},
            "triton": {"modelVolumeStorage": f"{sizes.model_volume_gi}Gi"},
        },
        "security": {"controlplane": {"protocol": "SSL"}, "envoy": {"protocol": "SSL"}},
        "services": {"serviceGRPCPrefix": GRPC_PREFIX, "defaultServiceType": "ClusterIP"},
        "opentelemetry": {"disable": True},
    }
    if pull_secret:
        values["imagePullSecrets"] = [{"name": pull_secret}]
    return deep_merge(values, _mirrored(registry)) if registry else values


def restricted(*containers: str, token: bool) -> dict[str, Any]:
    """Override of a component's pod: merged by container name, lists appended, so it names only what is added."""
    return {
        "automountServiceAccountToken": token,
        "containers": [{"name": name, "securityContext": CONTAINER_SECURITY} for name in containers],
    }


def spread(workload: str) -> dict[str, Any]:
    """Override of a component's pod: over zones, by the label that the controller gives it."""
    return {"topologySpreadConstraints": zone_spread({"app.kubernetes.io/name": workload})}


def runtime_values(*, envoy_replicas: int, storage_secrets: Sequence[str]) -> dict[str, Any]:
    """Values of seldon-core-v2-runtime, without Kafka.

    The chart overrides the type of both Services unconditionally, and its own default opens them to the world.
    """
    return {
        "hodometer": {"disable": True},
        "scheduler": {"serviceType": "ClusterIP", "podSpec": restricted("scheduler", token=True)},
        "envoy": {
            "replicas": envoy_replicas,
            "serviceType": "ClusterIP",
            "podSpec": {**restricted("envoy", token=False), **spread("seldon-envoy")},
        },
        **{service: {"disable": True} for service in PIPELINE_SERVICES},
        "config": {
            "agentConfig": {"rclone": {"configSecrets": list(storage_secrets)}},
            "serviceConfig": {"serviceGRPCPrefix": GRPC_PREFIX, "serviceType": "ClusterIP"},
            "tracingConfig": {"disable": True},
        },
    }


def _trusting(container: dict[str, Any], authority: str) -> dict[str, Any]:
    """Let rclone verify a store by one more authority, and leave it those of its image.

    Its own `--ca-cert` would replace these (rclone 1.71.1, fs/fshttp/http.go), and public models could not be read.
    Go reads the folders of SSL_CERT_DIR beside its first file of authorities (crypto/x509, root_unix.go).
    """
    return {
        **container,
        "env": [{"name": "SSL_CERT_DIR", "value": AUTHORITY_FOLDER}],
        "volumeMounts": [{"name": authority, "mountPath": AUTHORITY_FOLDER, "readOnly": True}],
    }


def _server(name: str, size: ServerSize, store_authority: str | None) -> dict[str, Any]:
    memory = f"{size.memory_gi}Gi"
    pod = restricted("rclone", "agent", name, token=True)
    pod["containers"][-1]["resources"] = {
        "requests": {"cpu": f"{size.cpu_milli}m", "memory": memory},
        "limits": {"memory": memory},
    }
    if store_authority:
        pod["containers"][0] = _trusting(pod["containers"][0], store_authority)
        only = [{"key": "ca.crt", "path": "ca.crt"}]
        pod["volumes"] = [{"name": store_authority, "secret": {"secretName": store_authority, "items": only}}]
    return {
        "replicas": size.replicas,
        "minReplicas": size.replicas,
        "maxReplicas": size.replicas,
        "podSpec": {**pod, **spread("seldon-server")},
    }


def servers_values(*, mlserver: ServerSize, triton: ServerSize, store_authority: str | None = None) -> dict[str, Any]:
    """Values of seldon-core-v2-servers. `store_authority` is a Secret; stores are verified by its `ca.crt` too."""
    return {
        "mlserver": _server("mlserver", mlserver, store_authority),
        "triton": _server("triton", triton, store_authority),
    }
