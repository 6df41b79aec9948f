"""The pods that operators would make of the custom resources on an API server: in a rehearsal no operator runs.

Here those of monitoring and of Core 2, each at the version that components/charts.lock.yaml pins; those of the stores
have a module of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import store_pods
from pod_parts import Made, claim_sizes, container_of, merged, named, pod_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pod_parts import Object, Objects


def made_pods(objects: Objects) -> Iterator[Made]:
    """Yield what the operators would make, from every custom resource that they make pods of."""
    for make in MAKERS:
        yield from make(objects)


def _monitoring(objects: Objects) -> Iterator[Made]:
    """Prometheus and Alertmanager of prometheus-operator 0.93.

    makeStatefulSetSpec in pkg/prometheus/server/statefulset.go and pkg/alertmanager/statefulset.go, and
    pkg/operator/config_reloader.go, which watches configuration beside the server and before it starts.
    """
    arguments = dict(
        each.lstrip("-").partition("=")[::2] for each in container_of(objects, "seldon-monitoring-operator")["args"]
    )
    security = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    reloader = {"image": arguments["prometheus-config-reloader"], "securityContext": security}
    for kind, plural in (("prometheus", "prometheuses"), ("alertmanager", "alertmanagers")):
        for server in objects(f"{plural}.monitoring.coreos.com"):
            spec = server["spec"]
            main = {"image": spec["image"], "resources": spec.get("resources", {}), "securityContext": security}
            containers = [{"name": kind, **main}, {"name": "config-reloader", **reloader}]
            pod = {
                "automountServiceAccountToken": spec.get("automountServiceAccountToken"),
                "imagePullSecrets": spec.get("imagePullSecrets"),
                "priorityClassName": spec.get("priorityClassName"),
                "securityContext": spec.get("securityContext"),
                "serviceAccountName": spec["serviceAccountName"],
                "topologySpreadConstraints": spec.get("topologySpreadConstraints"),
                "initContainers": [{"name": "init-config-reloader", **reloader}],
                "containers": merged(containers, spec.get("containers", [])),
            }
            claim = spec["storage"]["volumeClaimTemplate"]
            yield Made(
                pod=pod_of(server, f"{kind}-{server['metadata']['name']}-0", pod),
                count=spec["replicas"],
                claims=claim_sizes([claim]),
            )


def _of_core(spec: Object, override: Object) -> Object:
    """Merge a pod as the controller of Core 2 does: the override's containers by name, and claims as volumes."""
    pod = {**spec, **override, "containers": merged(spec["containers"], override.get("containers", []))}
    mounted = {mount["name"] for one in pod["containers"] for mount in one.get("volumeMounts", [])}
    volumes: list[Object] = [*spec.get("volumes", []), *override.get("volumes", [])]
    missing = sorted(mounted - {volume["name"] for volume in volumes})
    claims = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in missing]
    return {**pod, "volumes": [*volumes, *claims]}


def _runtimes(objects: Objects) -> Iterator[Made]:
    """Services of each runtime: seldon-core 2.10.2, operator/controllers/reconcilers/seldon."""
    for runtime in objects("seldonruntimes.mlops.seldon.io"):
        config = named(objects, "seldonconfigs.mlops.seldon.io", runtime["spec"]["seldonConfig"])
        components = {component["name"]: component for component in config["spec"]["components"]}
        for override in runtime["spec"]["overrides"]:
            if override.get("disable"):
                continue
            component = components[override["name"]]
            spec = _of_core(component["podSpec"], override.get("podSpec") or {})
            yield Made(
                pod=pod_of(runtime, override["name"], spec),
                count=override.get("replicas") or component.get("replicas") or 1,
                claims=claim_sizes(component.get("volumeClaimTemplates") or []),
            )


def _servers(objects: Objects) -> Iterator[Made]:
    """Inference servers of each runtime: seldon-core 2.10.2, operator/controllers/reconcilers/server."""
    for server in objects("servers.mlops.seldon.io"):
        config = named(objects, "serverconfigs.mlops.seldon.io", server["spec"]["serverConfig"])["spec"]
        spec = _of_core(config["podSpec"], server["spec"]["podSpec"])
        yield Made(
            pod=pod_of(server, server["metadata"]["name"], spec),
            count=server["spec"].get("replicas", 1),
            claims=claim_sizes(config.get("volumeClaimTemplates") or []),
        )


MAKERS = (
    store_pods.postgres,
    store_pods.elasticsearch,
    store_pods.kafka_nodes,
    store_pods.kafka_entities,
    _monitoring,
    _runtimes,
    _servers,
)
