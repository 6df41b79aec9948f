"""The Elasticsearch resource: restricted, closed, and noticed when it is not."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from search_stage import ARGS, BUCKET, GIVEN

from components.cluster.search.nodes import elasticsearch_spec
from components.cluster.search.snapshots import client_settings, job_pod
from components.cluster.search.users import roles
from components.contracts import GivenAuthority, PublicAuthorities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Spec: TypeAlias = dict[str, Any]

BY_ECK = ("elastic-internal-init-filesystem", "elastic-internal-init-keystore", "elastic-internal-suspend")
"""Init containers that ECK 3.2.0 adds; what it sets on them for 7.17 falls short of `restricted`."""


def nodes(spec: Spec) -> Spec:
    (found,) = spec["nodeSets"]
    return found


def pod(spec: Spec) -> Spec:
    return nodes(spec)["podTemplate"]["spec"]


def settings(spec: Spec) -> Spec:
    return nodes(spec)["config"]


def containers(spec: Spec) -> dict[str, Spec]:
    return {c["name"]: c for c in (*pod(spec)["initContainers"], *pod(spec)["containers"])}


def restricted(pod_spec: Spec) -> Iterator[str]:
    security = pod_spec["securityContext"]
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "may run as root"
    if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "no seccomp profile"
    if pod_spec.get("automountServiceAccountToken") is not False:
        yield "has a token of the API server"
    for container in (*pod_spec.get("initContainers", []), *pod_spec["containers"]):
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False or own.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{container['name']} is not restricted"
        if own.get("privileged") or own.get("runAsUser") == 0:
            yield f"{container['name']} is privileged"
        if container["name"] != "elastic-internal-init-keystore" and own.get("readOnlyRootFilesystem") is not True:
            yield f"{container['name']} can change its root file system"


CLOSED: dict[str, Callable[[Spec], bool]] = {
    "a superuser with a password": lambda spec: spec["auth"].get("disableElasticUser") is True,
    "plain HTTP": lambda spec: not spec["http"]["tls"].get("selfSignedCertificate"),
    "a server that clients cannot verify": lambda spec: "certificate" in spec["http"]["tls"],
    "a way in from outside": lambda spec: spec["http"]["service"]["spec"]["type"] == "ClusterIP",
    "old TLS for clients": lambda spec: modern(spec, "http"),
    "old TLS between nodes": lambda spec: modern(spec, "transport"),
    "databases from the internet": lambda spec: settings(spec).get("ingest.geoip.downloader.enabled") is False,
    "a need for privileges": lambda spec: settings(spec).get("node.store.allow_mmap") is False,
    "snapshots in the clear": lambda spec: settings(spec).get("s3.client.default.protocol") == "https",
}


def modern(spec: Spec, layer: str) -> bool:
    return set(settings(spec).get(f"xpack.security.{layer}.ssl.supported_protocols", [""])) <= {"TLSv1.2", "TLSv1.3"}


def problems(spec: Spec) -> Iterator[str]:
    yield from restricted(pod(spec))
    yield from (f"nothing is said of {name}" for name in (*BY_ECK, "elasticsearch") if name not in containers(spec))
    yield from (problem for problem, holds in CLOSED.items() if not holds(spec))


def test_nothing_is_wrong_with_what_is_made() -> None:
    assert list(problems(elasticsearch_spec(ARGS))) == []
    public = replace(ARGS, backups=replace(BUCKET, trust=PublicAuthorities()))
    assert list(problems(elasticsearch_spec(public))) == []


def drop_container(name: str) -> Callable[[Spec], None]:
    def mutate(spec: Spec) -> None:
        kept = [c for c in pod(spec)["initContainers"] if c["name"] != name]
        pod(spec)["initContainers"] = kept

    return mutate


def unsecured(name: str) -> Callable[[Spec], None]:
    def mutate(spec: Spec) -> None:
        del containers(spec)[name]["securityContext"]

    return mutate


def sysctl(spec: Spec) -> None:
    own = {"privileged": True, "runAsUser": 0}
    pod(spec)["initContainers"].append({"name": "sysctl", "securityContext": own})


MUTATIONS: dict[str, Callable[[Spec], object]] = {
    "a container of ECK forgotten": drop_container("elastic-internal-suspend"),
    **{f"{name} unsecured": unsecured(name) for name in (*BY_ECK, "elasticsearch", "trust-object-store")},
    "the sysctl container": sysctl,
    "root": lambda spec: pod(spec)["securityContext"].update(runAsNonRoot=False),
    "no user": lambda spec: pod(spec)["securityContext"].pop("runAsUser"),
    "no seccomp": lambda spec: pod(spec)["securityContext"].pop("seccompProfile"),
    "a token": lambda spec: pod(spec).update(automountServiceAccountToken=True),
    "a writable root": lambda spec: containers(spec)["elasticsearch"]["securityContext"].pop("readOnlyRootFilesystem"),
    "the elastic user": lambda spec: spec["auth"].pop("disableElasticUser"),
    "no TLS": lambda spec: spec["http"]["tls"].update(selfSignedCertificate={"disabled": True}),
    "ECK's own certificate": lambda spec: spec["http"]["tls"].pop("certificate"),
    "a load balancer": lambda spec: spec["http"]["service"]["spec"].update(type="LoadBalancer"),
    "TLS as it comes": lambda spec: settings(spec).pop("xpack.security.http.ssl.supported_protocols"),
    "old TLS between nodes": lambda spec: settings(spec)["xpack.security.transport.ssl.supported_protocols"].append(
        "TLSv1.1"
    ),
    "GeoIP": lambda spec: settings(spec).pop("ingest.geoip.downloader.enabled"),
    "mmap": lambda spec: settings(spec).pop("node.store.allow_mmap"),
    "plain snapshots": lambda spec: settings(spec).update({"s3.client.default.protocol": "http"}),
}


@pytest.mark.parametrize("mutation", sorted(MUTATIONS))
def test_every_loss_is_noticed(mutation: str) -> None:
    spec = deepcopy(elasticsearch_spec(ARGS))
    MUTATIONS[mutation](spec)
    assert list(problems(spec))


def test_the_registration_is_restricted_too() -> None:
    assert list(restricted(job_pod(ARGS))) == []


def test_size_volume_and_spread() -> None:
    spec = elasticsearch_spec(ARGS)
    assert (spec["version"], spec["image"]) == ("7.17.29", ARGS.image)
    assert nodes(spec)["count"] == 3
    assert settings(spec)["node.roles"] == ["master", "data", "ingest"]
    assert containers(spec)["elasticsearch"]["resources"] == ARGS.size.resources
    (claim,) = nodes(spec)["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "elasticsearch-data"
    assert claim["spec"]["resources"] == {"requests": {"storage": "200Gi"}}
    assert claim["spec"]["storageClassName"] == "fast"
    assert pod(spec)["priorityClassName"] == "seldon-data"
    assert pod(spec)["imagePullSecrets"] == [{"name": "image-pull"}]
    (spread,) = pod(spec)["topologySpreadConstraints"]
    assert spread["topologyKey"] == "topology.kubernetes.io/zone"


def test_without_a_class_the_clusters_default_is_taken() -> None:
    (claim,) = nodes(elasticsearch_spec(replace(ARGS, storage_class=None)))["volumeClaimTemplates"]
    assert "storageClassName" not in claim["spec"]


@pytest.mark.parametrize("audit", [True, False])
def test_audit_is_for_whoever_has_a_licence(*, audit: bool) -> None:
    spec = elasticsearch_spec(replace(ARGS, audit=audit))
    assert settings(spec)["xpack.security.audit.enabled"] is audit


@pytest.mark.parametrize(
    ("endpoint", "provider", "expected", "by_path"),
    [
        ("https://s3.initech.example", "Other", "s3.initech.example:443", True),
        ("https://s3.initech.example:9000", "Minio", "s3.initech.example:9000", True),
        ("https://s3.eu-central-1.amazonaws.com", "AWS", "s3.eu-central-1.amazonaws.com:443", False),
    ],
)
def test_the_s3_client_is_told_the_endpoint(endpoint: str, provider: Any, expected: str, *, by_path: bool) -> None:
    assert client_settings(replace(BUCKET, endpoint=endpoint, provider=provider)) == {
        "s3.client.default.protocol": "https",
        "s3.client.default.endpoint": expected,
        "s3.client.default.region": "eu-1",
        "s3.client.default.path_style_access": by_path,
    }


def test_a_private_authority_reaches_the_java_trust_store() -> None:
    spec = elasticsearch_spec(ARGS)
    maker, main = containers(spec)["trust-object-store"], containers(spec)["elasticsearch"]
    written = {entry["name"]: entry["value"] for entry in maker["env"]}["TRUST_STORE"]
    assert f"-Djavax.net.ssl.trustStore={written} " in main["env"][0]["value"]
    (mounted,) = main["volumeMounts"]
    assert mounted["readOnly"] is True
    assert written.startswith(f"{mounted['mountPath']}/")
    authority = next(v for v in pod(spec)["volumes"] if v["name"] == "object-store-authority")
    assert [item["key"] for item in authority["secret"]["items"]] == ["ca.crt"]


def test_with_public_authorities_java_keeps_its_own() -> None:
    spec = elasticsearch_spec(replace(ARGS, backups=replace(BUCKET, trust=PublicAuthorities())))
    assert "env" not in containers(spec)["elasticsearch"]
    assert "trust-object-store" not in containers(spec)
    assert pod(spec)["volumes"] == []


def test_another_given_authority_restarts_the_nodes() -> None:
    def annotations(trust: GivenAuthority) -> Spec:
        spec = elasticsearch_spec(replace(ARGS, backups=replace(BUCKET, trust=trust)))
        return nodes(spec)["podTemplate"]["metadata"]["annotations"]

    assert annotations(GIVEN) == annotations(GIVEN)
    assert annotations(GIVEN) != annotations(GivenAuthority(certificate="another"))


def test_roles_grant_the_least() -> None:
    found = roles(log_writer=False)
    assert set(found) == {"seldon", "snapshots"}
    granted = {p for role in found.values() for p in role["cluster"]}
    assert granted == {"monitor", "create_snapshot", "cluster:admin/repository/put", "cluster:admin/slm/put"}
    for index in found["seldon"]["indices"]:
        assert not {"all", "manage", "delete_index", "manage_ilm"} & set(index["privileges"])
        assert not {"*", ".*"} & set(index["names"])
    assert "indices" not in found["snapshots"]


def test_container_logs_are_only_put_by_one_and_only_read_by_the_other() -> None:
    writer = roles(log_writer=True)["application-logs"]
    assert writer == {"indices": [{"names": ["kubernetes_cluster-*"], "privileges": ["auto_configure", "create"]}]}
    (logs,) = [i for i in roles(log_writer=False)["seldon"]["indices"] if i["names"] == ["kubernetes_cluster-*"]]
    assert set(logs["privileges"]) == {"monitor", "read", "view_index_metadata"}
