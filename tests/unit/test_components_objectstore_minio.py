"""MinIO: its pods, and every way to spoil them noticed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from component_stage import ONE, REGISTRY, THREE
from objectstore_stage import FOUR, ONE_MINIO, drop, restricted, set_

from components.cluster.objectstore import minio
from components.cluster.objectstore.minio import MinioPods, stateful_spec
from components.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from objectstore_stage import Mutation, Object

HERE = "seldon-storage"
TWO = Workload(replicas=2, cpu_milli=100, memory_mi=256)


def minio_pods(size: Workload = FOUR) -> MinioPods:
    return MinioPods(
        namespace=HERE,
        image=f"{REGISTRY}/minio:1",
        size=size,
        storage_gi=200,
        storage_class="fast",
        pull_secret="image-pull",
        keys_fingerprint="0",
    )


def minio_problems(spec: Object) -> Iterator[str]:
    """Yield whatever makes MinIO less safe than it is meant to be."""
    yield from restricted("minio", {"spec": spec})
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    said = {entry["name"]: entry.get("value") for entry in container["env"]}
    if pod["automountServiceAccountToken"] is not False:
        yield "a token in the pod"
    if "--certs-dir" not in container["args"]:
        yield "no certificate"
    if any(argument.startswith("http:") for argument in container["args"]):
        yield "peers in the clear"
    if said.get("MINIO_KMS_AUTO_ENCRYPTION") != "on" or "MINIO_KMS_SECRET_KEY_FILE" not in said:
        yield "what is stored is in the clear"
    if said.get("MINIO_BROWSER") != "off":
        yield "a console"
    if said.get("MINIO_UPDATE") != "off":
        yield "it looks for updates outside"
    if any("SECRET" in name or "PASSWORD" in name for name in said if not name.endswith("_FILE")):
        yield "a key in the environment"
    if {container[probe]["httpGet"]["scheme"] for probe in ("readinessProbe", "livenessProbe")} != {"HTTPS"}:
        yield "it is asked in the clear"
    if spec["persistentVolumeClaimRetentionPolicy"] != {"whenDeleted": "Retain", "whenScaled": "Retain"}:
        yield "volumes go with the pods"


def environment(name: str, value: str | None) -> Mutation:
    def change(spec: Object) -> None:
        container = spec["template"]["spec"]["containers"][0]
        container["env"] = [entry for entry in container["env"] if entry["name"] != name]
        if value is not None:
            container["env"].append({"name": name, "value": value})

    return change


def container(key: str, value: Any) -> Mutation:
    def change(spec: Object) -> None:
        spec["template"]["spec"]["containers"][0][key] = value

    return change


POD = "template/spec"
SPOILED_MINIO: dict[str, Mutation] = {
    "not restricted": drop(f"{POD}/securityContext"),
    "token": set_(f"{POD}/automountServiceAccountToken", value=True),
    "no priority": drop(f"{POD}/priorityClassName"),
    "not spread": drop(f"{POD}/affinity"),
    "privileged": container("securityContext", {}),
    "no limits": container("resources", {}),
    "no certificate": container("args", ["server", "/data"]),
    "no encryption": environment("MINIO_KMS_AUTO_ENCRYPTION", "off"),
    "no encryption key": environment("MINIO_KMS_SECRET_KEY_FILE", None),
    "console": environment("MINIO_BROWSER", "on"),
    "updates": environment("MINIO_UPDATE", None),
    "key in the environment": environment("MINIO_ROOT_PASSWORD", "planted"),
    "plain probe": container("livenessProbe", {"httpGet": {"scheme": "HTTP"}}),
    "volumes go": set_("persistentVolumeClaimRetentionPolicy", {"whenDeleted": "Delete", "whenScaled": "Retain"}),
    "data in the pod": set_(f"{POD}/volumes", [{"name": "data", "emptyDir": {"medium": ""}}]),
    "node": set_(f"{POD}/volumes", [{"name": "data", "hostPath": {"path": "/"}}]),
}


@pytest.mark.parametrize("size", [FOUR, ONE], ids=["four", "one"])
def test_minio_is_safe(size: Workload) -> None:
    assert [*minio_problems(stateful_spec(minio_pods(size)))] == []


@pytest.mark.parametrize("spoiled", SPOILED_MINIO)
def test_minio_cannot_be_spoiled_unseen(spoiled: str) -> None:
    spec = deepcopy({**stateful_spec(minio_pods()), "template": {"spec": minio.pod_spec(minio_pods())}})
    SPOILED_MINIO[spoiled](spec)
    assert [*minio_problems(spec)] != []


def test_four_drives_are_one_erasure_set_over_tls() -> None:
    spec = stateful_spec(minio_pods())
    (container,) = spec["template"]["spec"]["containers"]
    assert container["args"][-1] == "https://minio-{0...3}.minio-pods.seldon-storage.svc.cluster.local:9000/data"
    assert (spec["replicas"], spec["serviceName"], spec["podManagementPolicy"]) == (4, "minio-pods", "Parallel")
    names = minio.dns_names(HERE)
    assert "*.minio-pods.seldon-storage.svc.cluster.local" in names
    assert "minio.seldon-storage.svc.cluster.local" in names


def test_one_drive_needs_no_peers() -> None:
    (container,) = minio.pod_spec(minio_pods(ONE_MINIO.size))["containers"]
    assert container["args"][-1] == "/data"


def test_a_drive_is_a_claim_of_the_given_class() -> None:
    (claim,) = stateful_spec(minio_pods())["volumeClaimTemplates"]
    assert claim["spec"]["storageClassName"] == "fast"
    assert claim["spec"]["resources"] == {"requests": {"storage": "200Gi"}}
    (claim,) = stateful_spec(replace(minio_pods(), storage_class=None))["volumeClaimTemplates"]
    assert "storageClassName" not in claim["spec"]


@pytest.mark.parametrize("size", [TWO, THREE])
def test_a_number_of_drives_that_is_no_erasure_set_is_refused(size: Workload) -> None:
    with pytest.raises(ValueError, match=f"{size.replicas} pods of MinIO: an erasure set has 4, a single drive 1"):
        minio_pods(size)
