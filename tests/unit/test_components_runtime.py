"""Runtime: the order in which its parts come, its rights, its stores, its route and its models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from component_stage import CERTIFICATE, CHART, ONE, SECRET, SOURCES, WITHOUT_MIRROR, perform, waits_for
from recorder import Secret, record

from components.contracts import GatewayRef, IngressRef
from components.seldon.core import SeldonCore, SeldonCoreArgs
from components.seldon.rbac import controller_rules
from components.seldon.routing import CLIENT, RESPONSE_HEADERS, istio_router, tls_spec
from components.seldon.runtime import WAITED_ON, Model, Runtime, RuntimeArgs, model_spec
from components.seldon.storage import StorageRemote, remote_document
from components.seldon.values import CoreSizes, ServerSize, runtime_values, servers_values

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

    from components.sources import Sources

ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
MODEL = "kubernetes:mlops.seldon.io/v1alpha1:Model"
ROUTE = "kubernetes:networking.istio.io/v1:VirtualService"
UPSTREAM = "kubernetes:networking.istio.io/v1:DestinationRule"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"

SERVER = ServerSize(replicas=1, cpu_milli=500, memory_gi=2)
IRIS = Model(name="iris", storage_uri="s3://models/iris", requirements=["sklearn"], memory_mi=100)
FOUNDATION = {
    "runtime-fraud-controller-role",
    "runtime-fraud-controller-binding",
    "runtime-fraud-seldon-scheduler",
    "runtime-fraud-seldon-server",
    "runtime-fraud-storage-s3",
    "runtime-fraud-seldon-controlplane-server",
    "runtime-fraud-seldon-controlplane-client",
    "runtime-fraud-seldon-upstream-server",
    "runtime-fraud-seldon-upstream-client",
    "runtime-fraud-seldon-downstream-server",
    "seldon-core-crds",
    "seldon-core-setup",
    "guards-of-fraud",
    "flows-of-fraud",
}


def gateway(stage: Stage) -> GatewayRef:
    return GatewayRef(
        gateway="edge/seldon-gateway",
        namespace="edge",
        pod_labels={"app": "gateway"},
        host="ml.acme.example",
        ready=[stage.prop("gateway")],
    )


def core(stage: Stage) -> SeldonCore:
    args = SeldonCoreArgs(
        sources=WITHOUT_MIRROR,
        placed=stage.place("core"),
        runtime_namespaces=["fraud"],
        authority=stage.issuer("core-issuer"),
        sizes=CoreSizes(controller=ONE, scheduler=ONE, envoy=ONE, model_volume_gi=1),
        storage_class=None,
        protect=False,
    )
    return SeldonCore("seldon-core", args, stage.opts)


def s3() -> StorageRemote:
    key = pulumi.Output.secret("s3cret")
    return StorageRemote(scheme="s3", type="s3", parameters={"env_auth": "false", "secret_access_key": key})


def made(*, envoy_replicas: int = 1, sources: Sources = WITHOUT_MIRROR, preview: bool = False) -> tuple[Recording, str]:
    hosts: list[str] = []

    def make(stage: Stage) -> None:
        args = RuntimeArgs(
            sources=sources,
            placed=stage.place("fraud"),
            core=core(stage),
            authority=stage.issuer("own-issuer"),
            ingress=IngressRef(host="ml.acme.example", route=istio_router(gateway(stage), "gateway-client")),
            envoy_replicas=envoy_replicas,
            mlserver=SERVER,
            triton=SERVER,
            storage=[s3()],
            models=[IRIS],
            service_account_annotations={"acme.example/role": "reader"},
            depends_on=[stage.prop("flows-of-fraud")],
        )
        hosts.append(Runtime("runtime-fraud", args, stage.opts).host)

    return perform(make, preview=preview), hosts[0]


@pytest.mark.parametrize("preview", [True, False])
def test_each_part_comes_after_what_it_needs_and_so_goes_before_it(*, preview: bool) -> None:
    recording, host = made(preview=preview)
    component = recording.one("seldon-platform:seldon:Runtime", "runtime-fraud")
    assert recording.outputs_of(component.urn) == {"host": "fraud.ml.acme.example"}
    assert host == "fraud.ml.acme.example"
    runtime, servers = (recording.one(CHART, f"runtime-fraud-{role}") for role in ("runtime", "servers"))
    model = recording.one(MODEL, "runtime-fraud-model-iris")
    assert waits_for(recording, runtime) >= FOUNDATION
    assert waits_for(recording, servers) >= {*FOUNDATION, runtime.name}
    assert waits_for(recording, model) >= {*FOUNDATION, runtime.name, servers.name}


def test_nothing_of_a_runtime_is_protected_but_through_its_namespace() -> None:
    recording, _ = made()
    assert [resource.name for resource in recording.resources if resource.protect] == []


def test_the_charts() -> None:
    recording, _ = made(sources=SOURCES)
    runtime, servers = (recording.one(CHART, f"runtime-fraud-{role}") for role in ("runtime", "servers"))
    assert runtime.inputs["values"] == runtime_values(envoy_replicas=1, storage_secrets=["storage-s3"])
    assert servers.inputs["values"] == servers_values(mlserver=SERVER, triton=SERVER)
    for chart in (runtime, servers):
        assert chart.namespace == "fraud"
        assert len(chart.transforms) == 1


@pytest.mark.parametrize("type_", WAITED_ON)
def test_up_waits_for_what_the_controller_makes(type_: str) -> None:
    recording, _ = made()
    (transform,) = recording.one(CHART, "runtime-fraud-runtime").transforms
    args = pulumi.ResourceTransformArgs(
        custom=True, type_=type_, name="x", props={"metadata": {"name": "x"}}, opts=pulumi.ResourceOptions()
    )
    changed = transform(args)
    assert changed.props["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}


def test_the_controller_has_its_rights_in_the_namespace_alone() -> None:
    recording, _ = made()
    role = recording.object(ROLE, "fraud", "seldon-controller")
    binding = recording.object(BINDING, "fraud", "seldon-controller")
    assert role.inputs["rules"] == controller_rules()
    assert binding.inputs["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": "seldon-controller",
    }
    assert binding.inputs["subjects"] == [
        {"kind": "ServiceAccount", "name": "seldon-v2-controller-manager", "namespace": "core"}
    ]


def test_the_rights_of_the_controller() -> None:
    rules = controller_rules()
    words = [word for rule in rules for key in ("apiGroups", "resources", "verbs") for word in rule[key]]
    assert "*" not in words
    assert not {"escalate", "bind", "impersonate"} & {*words}
    assert not {"pods/exec", "nodes", "namespaces", "clusterroles", "customresourcedefinitions"} & {*words}
    by_group = {
        group: {*resources} for rule in rules for group in rule["apiGroups"] for resources in [rule["resources"]]
    }
    assert by_group["rbac.authorization.k8s.io"] == {"rolebindings", "roles"}


@pytest.mark.parametrize("account", ["seldon-scheduler", "seldon-server"])
def test_service_accounts_exist_before_the_controller_would_make_them(account: str) -> None:
    recording, _ = made(sources=SOURCES)
    made_account = recording.object(ACCOUNT, "fraud", account)
    assert made_account.inputs["automountServiceAccountToken"] is False
    assert made_account.inputs["imagePullSecrets"] == [{"name": "image-pull"}]
    annotations = made_account.inputs["metadata"].get("annotations", {})
    assert annotations == ({"acme.example/role": "reader"} if account == "seldon-server" else {})


def test_without_a_pull_secret_accounts_name_none() -> None:
    recording, _ = made()
    assert "imagePullSecrets" not in recording.object(ACCOUNT, "fraud", "seldon-server").inputs


def test_certificates_between_the_parts() -> None:
    recording, _ = made()
    names: dict[str, list[str]] = {
        certificate.object_name: certificate.inputs["spec"]["dnsNames"]
        for certificate in recording.of(CERTIFICATE)
        if certificate.namespace == "fraud"
    }
    assert len(names) == 5
    for name in ("seldon-controlplane-server", "seldon-controlplane-client"):
        assert "seldon-scheduler.fraud.svc" in names[name]
    assert "seldon-mesh.fraud.svc.cluster.local" in names["seldon-downstream-server"]
    assert "*.fraud.svc.cluster.local" in names["seldon-upstream-server"]
    assert not [name for listed in names.values() for name in listed if "core" in name.split(".")]


@pytest.mark.parametrize(("replicas", "budgets"), [(1, []), (2, ["seldon-envoy"])])
def test_several_envoys_drain_one_by_one(replicas: int, budgets: list[str]) -> None:
    recording, _ = made(envoy_replicas=replicas)
    assert [budget.object_name for budget in recording.of(BUDGET)] == budgets


@pytest.mark.parametrize("preview", [True, False])
def test_a_store_is_one_secret_with_one_key(*, preview: bool) -> None:
    recording, _ = made(preview=preview)
    data: Any = recording.object(SECRET, "fraud", "storage-s3").inputs["stringData"]
    assert isinstance(data, Secret)
    assert [*data.value] == ["rclone"]
    assert json.loads(data.value["rclone"]) == {
        "type": "s3",
        "name": "s3",
        "parameters": {"env_auth": "false", "secret_access_key": "s3cret"},
    }


def test_a_remote_is_secret_even_when_nothing_in_it_is() -> None:
    def program() -> None:
        remote = StorageRemote(scheme="gs", type="google cloud storage", parameters={"anonymous": "true"})
        pulumi.export("remote", remote_document(remote))

    remote = record(program).exports["remote"]
    assert isinstance(remote, Secret)
    assert json.loads(remote.value) == {
        "type": "google cloud storage",
        "name": "gs",
        "parameters": {"anonymous": "true"},
    }


def test_the_route_is_for_one_host_and_two_protocols() -> None:
    recording, _ = made()
    route = recording.object(ROUTE, "fraud", "inference-fraud")
    assert route.inputs["spec"] == {
        "hosts": ["fraud.ml.acme.example"],
        "gateways": ["edge/seldon-gateway"],
        "http": [
            {
                "name": "inference",
                "match": [{"uri": {"prefix": "/v2/"}}, {"uri": {"prefix": "/inference.GRPCInferenceService/"}}],
                "route": [{"destination": {"host": "seldon-mesh.fraud.svc.cluster.local", "port": {"number": 80}}}],
                "headers": {
                    "request": {
                        "set": {"x-forwarded-for": CLIENT},
                        "remove": ["seldon-internal-model", "authorization", "cookie"],
                    },
                    "response": {"set": RESPONSE_HEADERS},
                },
            }
        ],
    }
    assert {"gateway", "runtime-fraud-runtime"} <= waits_for(recording, route)


def test_the_gateway_verifies_envoy_by_name() -> None:
    recording, _ = made()
    rule = recording.object(UPSTREAM, "edge", "inference-fraud")
    assert rule.inputs["spec"] == tls_spec("fraud", "gateway-client")
    assert tls_spec("fraud", "gateway-client")["trafficPolicy"]["tls"] == {
        "mode": "SIMPLE",
        "credentialName": "gateway-client",
        "sni": "seldon-mesh.fraud.svc.cluster.local",
        "subjectAltNames": ["seldon-mesh.fraud.svc.cluster.local"],
    }


def test_a_model_is_waited_for() -> None:
    recording, _ = made()
    model = recording.object(MODEL, "fraud", "iris")
    assert model.inputs["spec"] == model_spec(IRIS)
    assert model.inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}


@pytest.mark.parametrize(("secret", "wanted"), [(None, {}), ("storage-s3", {"secretName": "storage-s3"})])
def test_a_model_names_its_store_when_it_has_one(secret: str | None, wanted: dict[str, str]) -> None:
    model = Model(
        name="iris",
        storage_uri="s3://models/iris",
        requirements=["sklearn"],
        memory_mi=100,
        replicas=2,
        storage_secret=secret,
    )
    assert model_spec(model) == {
        "storageUri": "s3://models/iris",
        "requirements": ["sklearn"],
        "memory": "100Mi",
        "replicas": 2,
        **wanted,
    }
