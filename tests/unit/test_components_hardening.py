"""What the transforms of charts do to the objects of charts."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pulumi
import pytest

from components.hardening import chart_transform, harden_object, harden_pod, wait_for_ready
from components.seldon.volumes import with_storage_class
from components.workload import Workload, zone_spread

RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
POD = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
PATHS = {
    "kubernetes:apps/v1:DaemonSet": ("spec", "template", "spec"),
    "kubernetes:apps/v1:Deployment": ("spec", "template", "spec"),
    "kubernetes:apps/v1:StatefulSet": ("spec", "template", "spec"),
    "kubernetes:batch/v1:Job": ("spec", "template", "spec"),
    "kubernetes:batch/v1:CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}


def at(path: tuple[str, ...], leaf: Any) -> dict[str, Any]:
    for key in reversed(path):
        leaf = {key: leaf}
    return leaf


def test_what_a_chart_leaves_out_is_filled_in() -> None:
    pod = {"containers": [{"name": "a"}], "initContainers": [{"name": "b"}]}
    assert harden_pod(pod) == {
        "containers": [{"name": "a", "securityContext": RESTRICTED}],
        "initContainers": [{"name": "b", "securityContext": RESTRICTED}],
        "securityContext": POD,
        "enableServiceLinks": False,
    }


def test_what_a_chart_sets_stays_so_that_admission_judges_it() -> None:
    asked = {"allowPrivilegeEscalation": True, "capabilities": {"add": ["NET_ADMIN"]}, "readOnlyRootFilesystem": True}
    pod = {
        "containers": [{"name": "a", "securityContext": asked}],
        "securityContext": {"runAsNonRoot": False, "fsGroup": 1000},
        "enableServiceLinks": True,
    }
    hardened = harden_pod(pod)
    assert hardened["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": True,
        "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]},
        "readOnlyRootFilesystem": True,
    }
    assert hardened["securityContext"] == {**POD, "runAsNonRoot": False, "fsGroup": 1000}
    assert hardened["enableServiceLinks"] is True


@pytest.mark.parametrize(
    ("given", "pull_secret", "wanted"),
    [
        (None, "image-pull", [{"name": "image-pull"}]),
        ([], "image-pull", [{"name": "image-pull"}]),
        ([{"name": "own"}], "image-pull", [{"name": "own"}]),
        (None, None, None),
    ],
)
def test_pull_secret(given: Any, pull_secret: str | None, wanted: Any) -> None:
    pod = {"containers": [{"name": "a"}], **({} if given is None else {"imagePullSecrets": given})}
    assert harden_pod(pod, pull_secret=pull_secret).get("imagePullSecrets") == wanted


@pytest.mark.parametrize("type_", PATHS)
def test_every_kind_of_workload_is_hardened_and_the_original_kept(type_: str) -> None:
    pod = {"containers": [{"name": "a"}]}
    original = {**at(PATHS[type_], pod), "metadata": {"name": "x"}}
    before = deepcopy(original)
    assert harden_object(type_, original) == {**at(PATHS[type_], harden_pod(pod)), "metadata": {"name": "x"}}
    assert original == before


def test_other_objects_stay_as_they_are() -> None:
    config_map: dict[str, Any] = {"spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}
    assert harden_object("kubernetes:core/v1:ConfigMap", config_map) == config_map


@pytest.mark.parametrize("metadata", [{}, {"metadata": {"name": "x"}}, {"metadata": {"annotations": {"a": "b"}}}])
def test_only_the_named_kinds_are_waited_for(metadata: dict[str, Any]) -> None:
    kinds = {"acme:v1:Shop": "condition=Open"}
    awaited = wait_for_ready("acme:v1:Shop", metadata, kinds)["metadata"]["annotations"]
    assert awaited == {**metadata.get("metadata", {}).get("annotations", {}), "pulumi.com/waitFor": "condition=Open"}
    assert wait_for_ready("acme:v1:Till", metadata, kinds) == metadata


def test_the_transform_of_a_chart_does_both_and_keeps_the_options() -> None:
    transform = chart_transform(pull_secret="image-pull", wait_for={"kubernetes:apps/v1:Deployment": "condition=X"})
    opts = pulumi.ResourceOptions(protect=True)
    pod = {"containers": [{"name": "a"}]}
    props = {"spec": {"template": {"spec": pod}}}
    result = transform(
        pulumi.ResourceTransformArgs(
            custom=True, type_="kubernetes:apps/v1:Deployment", name="x", props=props, opts=opts
        )
    )
    assert result is not None
    changed: Any = result.props
    assert changed["spec"]["template"]["spec"] == harden_pod(
        props["spec"]["template"]["spec"], pull_secret="image-pull"
    )
    assert changed["metadata"] == {"annotations": {"pulumi.com/waitFor": "condition=X"}}
    assert result.opts is opts


CLAIM = {"name": "models", "spec": {"accessModes": ["ReadWriteOnce"]}}
CLAIMED = {"name": "models", "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "fast"}}


@pytest.mark.parametrize(
    ("type_", "given", "wanted"),
    [
        (
            "kubernetes:mlops.seldon.io/v1alpha1:SeldonConfig",
            {"components": [{"name": "scheduler", "volumeClaimTemplates": [CLAIM]}, {"name": "envoy"}]},
            {"components": [{"name": "scheduler", "volumeClaimTemplates": [CLAIMED]}, {"name": "envoy"}]},
        ),
        (
            "kubernetes:mlops.seldon.io/v1alpha1:ServerConfig",
            {"podSpec": {}, "volumeClaimTemplates": [CLAIM]},
            {"podSpec": {}, "volumeClaimTemplates": [CLAIMED]},
        ),
        (
            "kubernetes:apps/v1:StatefulSet",
            {"volumeClaimTemplates": [CLAIM]},
            {"volumeClaimTemplates": [CLAIM]},
        ),
    ],
)
def test_volumes_of_core_2_get_the_storage_class(type_: str, given: dict[str, Any], wanted: dict[str, Any]) -> None:
    original = {"spec": given}
    before = deepcopy(original)
    assert with_storage_class(type_, original, "fast") == {"spec": wanted}
    assert original == before


def test_memory_is_limited_and_idle_cpu_is_not() -> None:
    assert Workload(replicas=2, cpu_milli=250, memory_mi=512).resources == {
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"memory": "512Mi"},
    }


def test_pods_spread_over_zones_where_there_are_several() -> None:
    (spread,) = zone_spread({"app": "x"})
    assert spread["topologyKey"] == "topology.kubernetes.io/zone"
    assert spread["whenUnsatisfiable"] == "ScheduleAnyway"
    assert spread["labelSelector"] == {"matchLabels": {"app": "x"}}
