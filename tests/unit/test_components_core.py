"""SeldonCore: resource types and controller; and the values of the Core 2 charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from component_stage import CERTIFICATE, CHART, ONE, REGISTRY, SOURCES, THREE, perform, waits_for

from components.seldon.core import SeldonCore, SeldonCoreArgs
from components.seldon.values import (
    IMAGE_KEYS,
    CoreSizes,
    ServerSize,
    deep_merge,
    runtime_values,
    servers_values,
    setup_values,
)

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

SIZES = CoreSizes(controller=ONE, scheduler=ONE, envoy=THREE, model_volume_gi=20)
RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def values_of_setup(registry: str | None = None, pull_secret: str | None = None) -> dict[str, Any]:
    return setup_values(runtime_namespaces=["fraud", "churn"], sizes=SIZES, registry=registry, pull_secret=pull_secret)


def made(
    *, protect: bool = True, storage_class: str | None = None, preview: bool = False
) -> tuple[Recording, SeldonCore]:
    kept: list[SeldonCore] = []

    def make(stage: Stage) -> None:
        args = SeldonCoreArgs(
            sources=SOURCES,
            placed=stage.place("core"),
            runtime_namespaces=["fraud", "churn"],
            authority=stage.issuer("own-issuer"),
            sizes=SIZES,
            storage_class=storage_class,
            protect=protect,
            depends_on=[stage.prop("flows")],
        )
        kept.append(SeldonCore("seldon-core", args, stage.opts))

    return perform(make, preview=preview), kept[0]


@pytest.mark.parametrize("preview", [True, False])
def test_types_and_certificates_come_before_the_controller(*, preview: bool) -> None:
    recording, core = made(preview=preview)
    component = recording.one("seldon-platform:seldon:SeldonCore", "seldon-core")
    assert recording.outputs_of(component.urn) == {"namespace": "core"}
    crds, setup = (recording.one(CHART, f"seldon-core-{role}") for role in ("crds", "setup"))
    assert core.namespace == "core"
    assert waits_for(recording, crds) == {"guards-of-core", "flows"}
    assert waits_for(recording, setup) == {
        "guards-of-core",
        "flows",
        "own-issuer",
        "seldon-core-crds",
        "seldon-core-seldon-controlplane-server",
        "seldon-core-seldon-controlplane-client",
    }
    assert setup.inputs["values"] == values_of_setup(REGISTRY, "image-pull")
    assert (setup.inputs["name"], crds.inputs["values"]) == ("seldon-core-v2-components", {})


@pytest.mark.parametrize("protect", [True, False])
def test_the_types_are_protected_and_the_controller_is_not(*, protect: bool) -> None:
    recording, _ = made(protect=protect)
    protected = [resource.name for resource in recording.resources if resource.protect]
    assert protected == (["seldon-core-crds"] if protect else [])


@pytest.mark.parametrize(("storage_class", "transforms"), [(None, 1), ("fast", 2)])
def test_a_storage_class_is_one_more_transform(storage_class: str | None, transforms: int) -> None:
    recording, _ = made(storage_class=storage_class)
    assert len(recording.one(CHART, "seldon-core-setup").transforms) == transforms


def test_certificates_of_the_controller() -> None:
    recording, _ = made()
    for name in ("seldon-controlplane-server", "seldon-controlplane-client"):
        spec = recording.object(CERTIFICATE, "core", name).inputs["spec"]
        assert "seldon-scheduler.core.svc.cluster.local" in spec["dnsNames"]
        assert spec["usages"] == ["server auth", "client auth"]
        assert spec["issuerRef"]["name"] == "own-issuer"


def test_the_controller_watches_the_runtimes_alone() -> None:
    controller = values_of_setup()["controller"]
    assert controller["clusterwide"] is True
    assert controller["watchNamespaces"] == ["churn", "fraud"]
    assert controller["skipClusterRoleCreation"] is True


def test_every_pod_of_core_2_runs_restricted() -> None:
    values = values_of_setup()
    parts = ("controller", "scheduler", "envoy", "hodometer", "dataflow", "modelgateway", "pipelinegateway")
    for part in (*parts, "serverConfig"):
        assert values[part]["securityContext"] == {
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
            "fsGroup": 1000,
            "runAsUser": 1000,
            "runAsGroup": 1000,
        }


@pytest.mark.parametrize("path", IMAGE_KEYS, ids=".".join)
def test_every_image_comes_from_the_registry(path: tuple[str, ...]) -> None:
    mirrored, upstream = values_of_setup(REGISTRY), values_of_setup()
    for key in path:
        mirrored, upstream = mirrored[key], upstream.get(key, {})
    assert mirrored["image"] == {"registry": REGISTRY}
    assert "image" not in upstream


def test_a_registry_and_a_pull_secret_change_nothing_else() -> None:
    values = values_of_setup(REGISTRY, "image-pull")
    assert values.pop("imagePullSecrets") == [{"name": "image-pull"}]
    for path in IMAGE_KEYS:
        below = values
        for key in path:
            below = below[key]
        del below["image"]
    values["serverConfig"] = {key: value for key, value in values["serverConfig"].items() if value}
    assert values == values_of_setup()


def test_sizes_of_core_2() -> None:
    values = values_of_setup()
    assert values["controller"]["resources"] == {"cpu": "100m", "memory": "256Mi"}
    assert values["envoy"]["resources"] == {"cpu": "500m", "memory": "1024Mi"}
    for server in ("mlserver", "triton"):
        assert values["serverConfig"][server]["modelVolumeStorage"] == "20Gi"


def test_pipelines_need_kafka_and_are_off() -> None:
    values = runtime_values(envoy_replicas=3, storage_secrets=[])
    for service in ("dataflow", "modelgateway", "pipelinegateway", "hodometer"):
        assert values[service] == {"disable": True}


def test_the_parts_of_a_runtime() -> None:
    values = runtime_values(envoy_replicas=3, storage_secrets=["storage-s3"])
    scheduler, envoy = values["scheduler"], values["envoy"]
    assert (scheduler["serviceType"], envoy["serviceType"], envoy["replicas"]) == ("ClusterIP", "ClusterIP", 3)
    assert scheduler["podSpec"]["containers"] == [{"name": "scheduler", "securityContext": RESTRICTED}]
    assert envoy["podSpec"]["containers"] == [{"name": "envoy", "securityContext": RESTRICTED}]
    assert values["config"]["agentConfig"] == {"rclone": {"configSecrets": ["storage-s3"]}}
    assert values["config"]["serviceConfig"] == {"serviceGRPCPrefix": "http2-", "serviceType": "ClusterIP"}


def test_only_those_who_ask_the_api_server_get_a_token() -> None:
    values = runtime_values(envoy_replicas=1, storage_secrets=[])
    assert values["scheduler"]["podSpec"]["automountServiceAccountToken"] is True
    assert values["envoy"]["podSpec"]["automountServiceAccountToken"] is False


def test_the_containers_of_servers_and_what_models_can_fill() -> None:
    values = servers_values(
        mlserver=ServerSize(replicas=2, cpu_milli=1500, memory_gi=8),
        triton=ServerSize(replicas=0, cpu_milli=100, memory_gi=1),
    )
    assert [{values[kind][key] for key in ("replicas", "minReplicas", "maxReplicas")} for kind in values] == [{2}, {0}]
    containers = values["mlserver"]["podSpec"]["containers"]
    assert [container["name"] for container in containers] == ["rclone", "agent", "mlserver"]
    assert [container["securityContext"] for container in containers] == [RESTRICTED] * 3
    assert containers[-1]["resources"] == {
        "requests": {"cpu": "1500m", "memory": "8Gi"},
        "limits": {"memory": "8Gi"},
    }
    assert all("resources" not in container for container in containers[:-1])
    assert values["triton"]["podSpec"]["containers"][-1]["name"] == "triton"


def test_deep_merge_keeps_what_the_second_does_not_name() -> None:
    base = {"a": {"b": 1, "c": [1]}, "d": 1}
    over = {"a": {"b": 2, "e": 3}, "d": {"f": 4}}
    assert deep_merge(base, over) == {"a": {"b": 2, "c": [1], "e": 3}, "d": {"f": 4}}
    assert base == {"a": {"b": 1, "c": [1]}, "d": 1}
