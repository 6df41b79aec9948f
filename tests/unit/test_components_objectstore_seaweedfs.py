"""SeaweedFS: what its chart makes of what it is told, and every way to spoil it noticed."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
import stand_ins
from component_stage import ONE, REGISTRY, SOURCES, WITHOUT_MIRROR
from objectstore_stage import BIG, SMALL, drop, restricted, set_
from rich.console import Console
from stand_ins import Helm, Object

from components.cluster.objectstore import SeaweedFsSize, seaweedfs
from components.cluster.objectstore.seaweedfs import seaweedfs_values
from components.workload import Workload
from rehearsal.toolchain import ensure_tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from objectstore_stage import Mutation

    from components.cluster.objectstore import SeaweedFs
    from components.sources import Sources

HERE = "seldon-storage"
HOME = "/usr/local/share/ca-certificates"
TWO = Workload(replicas=2, cpu_milli=100, memory_mi=256)


@pytest.fixture(scope="module")
def helm() -> Helm:
    return Helm(binary=ensure_tools(console=Console(stderr=True)).helm)


def values(engine: SeaweedFs = BIG, sources: Sources = SOURCES, storage_class: str | None = "fast") -> Object:
    return seaweedfs_values(
        size=engine.size, storage_gi=200, storage_class=storage_class, namespace=HERE, sources=sources
    )


def workloads(helm: Helm, given: Object) -> dict[str, Object]:
    return running(helm("seaweedfs", given, namespace=HERE))


def running(objects: list[Object]) -> dict[str, Object]:
    return {item["metadata"]["name"]: item for item in stand_ins.kinds(objects, "Deployment", "StatefulSet")}


def arguments(workload: Object) -> str:
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    return container["command"][-1]


def environment(workload: Object) -> dict[str, Object]:
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    return {entry["name"]: entry for entry in container["env"]}


def seaweedfs_problems(helm: Helm, given: Object) -> Iterator[str]:
    """Yield whatever makes SeaweedFS less safe than it is meant to be."""
    objects = helm("seaweedfs", given, namespace=HERE)
    if stand_ins.kinds(objects, "ClusterRole", "ClusterRoleBinding"):
        yield "rights in the whole cluster"
    (account,) = stand_ins.kinds(objects, "ServiceAccount")
    if account["automountServiceAccountToken"] is not False:
        yield "a token in every pod"
    if any("jwt" in item["data"].get("security.toml", "") for item in stand_ins.kinds(objects, "ConfigMap")):
        yield "a signing key in a ConfigMap"
    if stand_ins.kinds(objects, "Certificate", "Issuer"):
        yield "the authority's key would be in every pod"
    if any(service["spec"].get("type", "ClusterIP") != "ClusterIP" for service in stand_ins.kinds(objects, "Service")):
        yield "a way in from outside"
    made = running(objects)
    for name, workload in made.items():
        yield from restricted(name, workload)
        yield from _mutual_tls(name, workload)
    yield from _gateway(made["seaweedfs-s3"])
    yield from _inner(made)


def _mutual_tls(name: str, workload: Object) -> Iterator[str]:
    said = environment(workload)
    plain = {
        "WEED_TLS_MIN_VERSION": "TLS 1.2",
        "WEED_TLS_MAX_VERSION": "TLS 1.3",
        "WEED_GRPC_CA": f"{HOME}/ca/ca.crt",
        "WEED_GRPC_S3_CERT": f"{HOME}/client/tls.crt",
        "WEED_GRPC_S3_KEY": f"{HOME}/client/tls.key",
    }
    for variable, value in plain.items():
        if said.get(variable, {}).get("value") != value:
            yield f"{name}: {variable} is not {value}"
    for variable, key in seaweedfs.SIGNING_KEYS.items():
        wanted = {"secretKeyRef": {"name": seaweedfs.SIGNING, "key": key}}
        if said.get(variable, {}).get("valueFrom") != wanted:
            yield f"{name}: {variable} comes from nowhere"
    mounted = {mount["mountPath"] for mount in workload["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]}
    if f"{HOME}/ca/" not in mounted:
        yield f"{name}: no certificates"


def _gateway(workload: Object) -> Iterator[str]:
    said = arguments(workload)
    for wanted in (
        f"-cert.file={HOME}/s3/tls.crt",
        f"-key.file={HOME}/s3/tls.key",
        "-encryptVolumeData",
        "-port.iceberg=0",
        "-port.lance=0",
        "-iam=false",
        "-autoCreateBucket=false",
        "-allowDeleteBucketNotEmpty=false",
        "-config=/etc/sw/seaweedfs_s3_config",
    ):
        if not re.search(rf"^{re.escape(wanted)} ", said, re.MULTILINE):
            yield f"the gateway is not told {wanted}"
    if "-port.https" in said:
        yield "the first port would be in the clear"
    pod = workload["spec"]["template"]["spec"]
    secrets = {volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume}
    if not {seaweedfs.IDENTITIES, seaweedfs.S3_CERTIFICATE} <= secrets:
        yield "the gateway lacks its identities or its certificate"
    (container,) = pod["containers"]
    if {container[probe]["httpGet"]["scheme"] for probe in ("readinessProbe", "livenessProbe")} != {"HTTPS"}:
        yield "the gateway is asked in the clear"


def _inner(made: dict[str, Object]) -> Iterator[str]:
    if "-telemetry=false" not in arguments(made["seaweedfs-master"]):
        yield "statistics go out"
    for part in ("master", "filer"):
        if not re.search(r"^-disableHttp ", arguments(made[f"seaweedfs-{part}"]), re.MULTILINE):
            yield f"{part}: an interface without credentials"
    if "-encryptVolumeData" not in arguments(made["seaweedfs-filer"]):
        yield "what filers store themselves is in the clear"


def without(flag: str, part: str) -> Mutation:
    def change(tree: Object) -> None:
        tree[part]["extraArgs"] = [argument for argument in tree[part]["extraArgs"] if not argument.startswith(flag)]

    return change


GLOBAL = "global/seaweedfs"
SPOILED: dict[str, Mutation] = {
    "rights in the cluster": set_(f"{GLOBAL}/createClusterRole", value=True),
    "token": set_(f"{GLOBAL}/automountServiceAccountToken", value=True),
    "no mTLS": set_(f"{GLOBAL}/enableSecurity", value=False),
    "random signing key": set_(f"{GLOBAL}/securityConfig/jwtSigning/volumeWrite", value=True),
    "the chart's authority": set_("certificates/externalCertificates/enabled", value=False),
    "no identities": set_("s3/enableAuth", value=False),
    "generated identities": drop("s3/existingConfigSecret"),
    "no certificate": drop("s3/tlsSecret"),
    "second port": set_("s3/httpsPort", 8443),
    "plain probe": drop("s3/readinessProbe"),
    "open gateway": set_("s3/service", {"type": "LoadBalancer"}),
    "statistics": drop("master/extraArgs"),
    "HTTP of masters": drop("master/disableHttp"),
    "HTTP of filers": drop("filer/disableHttp"),
    "plain filer": drop("filer/encryptVolumeData"),
    "data on the node": drop("volume/dataDirs"),
    "names on the node": drop("filer/data"),
    "logs on the node": drop("s3/logs"),
    "data in the pod": set_("volume/dataDirs", [{"name": "data", "type": "emptyDir", "maxVolumes": 0}]),
    **{f"without {flag}": without(flag, "s3") for flag in ("-cert", "-key", "-encrypt", "-port.i", "-port.l", "-iam")},
    **{f"without {flag}": without(flag, "s3") for flag in ("-autoCreate", "-allowDelete")},
    **{
        f"{part} without {key}": drop(f"{part}/{key}")
        for part in ("master", "volume", "filer", "s3")
        for key in ("podSecurityContext", "containerSecurityContext", "resources", "priorityClassName", "affinity")
    },
    **{
        f"without {name}": drop(f"{GLOBAL}/extraEnvironmentVars/{name}")
        for name in (
            *("WEED_TLS_MIN_VERSION", "WEED_TLS_MAX_VERSION", "WEED_GRPC_CA", "WEED_GRPC_S3_CERT"),
            *("WEED_GRPC_S3_KEY", *seaweedfs.SIGNING_KEYS),
        )
    },
}


@pytest.mark.parametrize("engine", [BIG, SMALL], ids=["three", "one"])
def test_seaweedfs_is_safe(helm: Helm, engine: SeaweedFs) -> None:
    assert [*seaweedfs_problems(helm, values(engine))] == []


@pytest.mark.parametrize("spoiled", SPOILED)
def test_seaweedfs_cannot_be_spoiled_unseen(helm: Helm, spoiled: str) -> None:
    given = deepcopy(values())
    SPOILED[spoiled](given)
    assert [*seaweedfs_problems(helm, given)] != []


def test_every_rendering_is_the_same(helm: Helm) -> None:
    assert helm("seaweedfs", values(), namespace=HERE) == helm("seaweedfs", values(), namespace=HERE)
    random = deepcopy(values())
    SPOILED["random signing key"](random)
    assert helm("seaweedfs", random, namespace=HERE) != helm("seaweedfs", random, namespace=HERE)


def test_flows_name_the_labels_and_ports_of_the_pods(helm: Helm) -> None:
    made = workloads(helm, values())
    ports = {
        "master": {seaweedfs.MASTER, seaweedfs.MASTER_GRPC},
        "volume": {seaweedfs.VOLUME, seaweedfs.VOLUME_GRPC, seaweedfs.METRICS},
        "filer": {seaweedfs.FILER, seaweedfs.FILER_GRPC, seaweedfs.METRICS},
        "s3": {seaweedfs.S3, seaweedfs.METRICS},
    }
    for part, listening in ports.items():
        template = made[f"seaweedfs-{part}"]["spec"]["template"]
        assert seaweedfs.pod_labels(part).items() <= template["metadata"]["labels"].items()
        assert {port["containerPort"] for port in template["spec"]["containers"][0]["ports"]} == listening


def test_what_prometheus_scrapes_is_named_metrics(helm: Helm) -> None:
    named = {
        name.removeprefix("seaweedfs-")
        for name, workload in workloads(helm, values()).items()
        if any(port.get("name") == "metrics" for port in workload["spec"]["template"]["spec"]["containers"][0]["ports"])
    }
    assert named == {*seaweedfs.SCRAPED}


def test_clients_find_the_gateway_under_the_name_of_its_certificate(helm: Helm) -> None:
    service = stand_ins.named(helm("seaweedfs", values(), namespace=HERE), "Service", "seaweedfs-s3")
    assert {port["port"] for port in service["spec"]["ports"]} == {seaweedfs.S3, seaweedfs.METRICS}
    assert service["spec"]["selector"] == seaweedfs.pod_labels("s3")


def test_volumes_are_claims_of_the_given_class(helm: Helm) -> None:
    made = workloads(helm, values())
    claims = {
        (name, claim["spec"]["storageClassName"], claim["spec"]["resources"]["requests"]["storage"])
        for name, workload in made.items()
        for claim in workload["spec"].get("volumeClaimTemplates", [])
    }
    assert claims == {
        ("seaweedfs-master", "fast", "1Gi"),
        ("seaweedfs-volume", "fast", "200Gi"),
        ("seaweedfs-filer", "fast", "10Gi"),
    }


def test_without_a_class_the_clusters_default_is_taken(helm: Helm) -> None:
    made = workloads(helm, values(storage_class=None))
    for part in ("master", "volume", "filer"):
        (claim,) = made[f"seaweedfs-{part}"]["spec"]["volumeClaimTemplates"]
        assert claim["spec"]["storageClassName"] is None


@pytest.mark.parametrize(("engine", "copies"), [(BIG, "001"), (SMALL, "000")], ids=["three", "one"])
def test_an_object_is_on_two_servers_where_there_are_three(helm: Helm, engine: SeaweedFs, copies: str) -> None:
    made = workloads(helm, values(engine))
    assert f"-defaultReplication={copies} " in arguments(made["seaweedfs-master"])
    assert f"-defaultReplicaPlacement={copies} " in arguments(made["seaweedfs-filer"])


def test_images_come_from_the_mirror_or_from_upstream(helm: Helm) -> None:
    mirrored = stand_ins.images(helm("seaweedfs", values(), namespace=HERE))
    upstream = stand_ins.images(helm("seaweedfs", values(sources=WITHOUT_MIRROR), namespace=HERE))
    assert mirrored == {f"{REGISTRY}/chrislusf/seaweedfs:4.44"}
    assert upstream == {"docker.io/chrislusf/seaweedfs:4.44"}


def test_the_leading_master_keeps_copies_and_removes_old_versions() -> None:
    said = seaweedfs.maintenance(HERE)
    lines = said.splitlines()
    assert lines.index("lock") < lines.index("volume.fix.replication -apply") < lines.index("unlock")
    assert f"-s3 {seaweedfs.LIFECYCLE_SERVICE}.{HERE}:18333 " in said
    assert said.count('"""') == 2


@pytest.mark.parametrize(
    ("part", "size", "said"),
    [("master", TWO, "2 masters: an odd number"), ("volume", TWO, "2 volume servers: with two copies")],
)
def test_numbers_that_lose_data_or_votes_are_refused(part: str, size: Workload, said: str) -> None:
    parts = {"master": ONE, "volume": ONE, "filer": ONE, "gateway": ONE, part: size}
    with pytest.raises(ValueError, match=said):
        SeaweedFsSize(**parts)
