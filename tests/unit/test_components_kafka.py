"""Kafka in the cluster: the order of its parts, its users, what a preview shows, and what is protected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pulumi
import pytest
from component_stage import CERTIFICATE, CHART, ONE, SECRET, SOURCES, THREE, WITHOUT_MIRROR, perform, waits_for
from recorder import UNKNOWN, Secret

from components.cluster.flows import PlatformMap
from components.cluster.kafka.component import Kafka, KafkaArgs
from components.cluster.kafka.flows import kafka_flows
from components.cluster.kafka.monitors import kafka_monitors, pipeline_monitors
from components.cluster.kafka.names import listener_names
from components.cluster.kafka.operator import operator_values
from components.cluster.kafka.resources import ClusterSize
from components.cluster.kafka.users import LogReader
from components.cluster.network import policies
from components.contracts import Addresses, IssuedCertificate, PlatformAuthority, Pods, Sasl

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

    from components.sources import Sources

KAFKA = "kubernetes:kafka.strimzi.io/v1:Kafka"
POOL = "kubernetes:kafka.strimzi.io/v1:KafkaNodePool"
USER = "kubernetes:kafka.strimzi.io/v1:KafkaUser"
PASSWORD = "random:index/randomPassword:RandomPassword"
CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
ROLE_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
SIZE = ClusterSize(brokers=THREE, controllers=THREE, storage_gi=100)
BEFORE = {"guards-of-kafka", "guards-of-operator", "flows"}


def made(
    *,
    authentication: Literal["scram", "mtls"] = "scram",
    protect: bool = True,
    preview: bool = False,
    runtimes: tuple[str, ...] = ("fraud", "churn"),
) -> tuple[Recording, Kafka]:
    kept: list[Kafka] = []

    def make(stage: Stage) -> None:
        args = KafkaArgs(
            sources=SOURCES,
            operator_placed=stage.place("operator"),
            placed=stage.place("kafka"),
            authority=stage.issuer("own-issuer"),
            authentication=authentication,
            size=SIZE,
            operator_size=ONE,
            storage_class="fast",
            runtimes=runtimes,
            readers=[LogReader(namespace="logs", group="metronome")],
            topic_prefix="seldon",
            message_max_bytes=1024,
            protect=protect,
            depends_on=[stage.prop("flows")],
        )
        kept.append(Kafka("kafka", args, stage.opts))

    return perform(make, preview=preview), kept[0]


@pytest.mark.parametrize("preview", [True, False])
def test_definitions_come_first_and_users_last_and_so_they_go_the_other_way(*, preview: bool) -> None:
    recording, _ = made(preview=preview)
    component = recording.one("seldon-platform:cluster:Kafka", "kafka")
    assert recording.outputs_of(component.urn) == {"bootstrap": "seldon-kafka-bootstrap.kafka.svc.cluster.local:9093"}
    operator = recording.one(CHART, "kafka-strimzi")
    assert waits_for(recording, operator) >= {*BEFORE, "kafka-operator-role", "kafka-leader-binding"}
    for pool in recording.of(POOL):
        assert "kafka-strimzi" in waits_for(recording, pool)
    cluster = recording.object(KAFKA, "kafka", "seldon")
    pools = {"kafka-kafkanodepool-broker", "kafka-kafkanodepool-controller"}
    assert waits_for(recording, cluster) >= {"kafka-strimzi", "kafka-listener", *pools}
    for user in recording.of(USER):
        assert cluster.name in waits_for(recording, user)
        assert f"kafka-{user.object_name}-password" in waits_for(recording, user)


def test_up_waits_for_the_cluster_and_for_each_user() -> None:
    recording, _ = made()
    for resource in (*recording.of(KAFKA), *recording.of(USER)):
        assert resource.inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
    for resource in (*recording.of(POOL), *recording.of(USER)):
        assert resource.inputs["metadata"]["labels"] == {"strimzi.io/cluster": "seldon"}


@pytest.mark.parametrize("protect", [True, False])
def test_what_holds_data_is_protected(*, protect: bool) -> None:
    recording, _ = made(protect=protect)
    protected = {resource.name for resource in recording.resources if resource.protect}
    expected = {"kafka-kafka-seldon", "kafka-kafkanodepool-broker", "kafka-kafkanodepool-controller"}
    assert protected == (expected if protect else set())


@pytest.mark.parametrize("protect", [True, False])
def test_so_are_the_definitions_without_which_it_would_be_gone(*, protect: bool) -> None:
    recording, _ = made(protect=protect)
    type_ = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    props = {"metadata": {"name": "kafkas.kafka.strimzi.io"}}
    guarded: list[bool] = []
    for transform in recording.one(CHART, "kafka-strimzi").transforms:
        opts = pulumi.ResourceOptions(protect=False)
        args = pulumi.ResourceTransformArgs(custom=True, type_=type_, name="x", props=props, opts=opts)
        result = transform(args)
        if result:
            guarded.append(bool(result.opts.protect))
    assert any(guarded) is protect


def test_the_listeners_certificate_is_the_platforms() -> None:
    recording, _ = made()
    spec = recording.object(CERTIFICATE, "kafka", "seldon-kafka-listener").inputs["spec"]
    assert spec["dnsNames"] == listener_names("kafka")
    assert spec["issuerRef"]["name"] == "own-issuer"


@pytest.mark.parametrize("user", ["fraud", "churn", "logs"])
def test_each_client_has_a_user_with_a_password_of_its_own(user: str) -> None:
    recording, kafka = made()
    drawn = recording.one(PASSWORD, f"kafka-{user}-password")
    assert (drawn.inputs["length"], drawn.inputs["special"]) == (40, False)
    kept = recording.object(SECRET, "kafka", f"{user}-password").inputs["stringData"]
    assert isinstance(kept["password"] if isinstance(kept, dict) else kept, Secret)
    spec: dict[str, Any] = recording.object(USER, "kafka", user).inputs["spec"]
    reference = spec["authentication"]["password"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": f"{user}-password", "key": "password"}
    endpoint = kafka.endpoints[user]
    assert isinstance(endpoint.authentication, Sasl)
    assert (endpoint.authentication.username, endpoint.authentication.mechanism) == (user, "SCRAM-SHA-512")


def test_no_two_users_have_the_same_rights() -> None:
    recording, _ = made()
    rights = [str(user.inputs["spec"]["authorization"]) for user in recording.of(USER)]
    assert len(rights) == len(set(rights)) == 3


@pytest.mark.parametrize("user", ["fraud", "churn", "logs"])
def test_with_certificates_there_is_no_password_at_all(user: str) -> None:
    recording, kafka = made(authentication="mtls")
    assert recording.of(PASSWORD) == []
    assert recording.of(SECRET) == []
    who = kafka.endpoints[user].authentication
    assert isinstance(who, IssuedCertificate)
    assert (who.common_name, who.issuer.name) == (user, "own-issuer")


def test_what_clients_are_told() -> None:
    _, kafka = made()
    endpoint = kafka.endpoints["fraud"]
    assert endpoint.bootstrap == "seldon-kafka-bootstrap.kafka.svc.cluster.local:9093"
    assert isinstance(endpoint.trust, PlatformAuthority)
    assert (endpoint.replication_factor, endpoint.partitions, endpoint.ports) == (3, 3, [9093])
    assert isinstance(endpoint.reached_at, Pods)
    assert endpoint.reached_at.labels["strimzi.io/broker-role"] == "true"
    assert set(kafka.endpoints) == {"fraud", "churn", "logs"}


def test_runtimes_that_could_be_mixed_up_are_refused() -> None:
    with pytest.raises(ValueError, match="fraud-seldon-eu"):
        made(runtimes=("fraud", "fraud-seldon-eu"))


def test_the_operator_reads_storage_classes_and_nothing_else_of_the_cluster() -> None:
    recording, _ = made()
    (role,) = recording.of(CLUSTER_ROLE)
    assert role.inputs["rules"] == [
        {"apiGroups": ["storage.k8s.io"], "resources": ["storageclasses"], "verbs": ["get"]}
    ]


def test_the_operators_rights_are_bound_where_they_are_used() -> None:
    recording, _ = made()
    bound = {(b.namespace, b.object_name) for b in recording.of(ROLE_BINDING)}
    assert bound == {("kafka", "strimzi-operator"), ("operator", "strimzi-watch"), ("operator", "strimzi-leader")}
    for binding in recording.of(ROLE_BINDING):
        assert binding.inputs["subjects"] == [
            {"kind": "ServiceAccount", "name": "strimzi-cluster-operator", "namespace": "operator"}
        ]


def test_nothing_is_unknown_at_preview_but_passwords() -> None:
    recording, _ = made(preview=True)
    for resource in recording.resources:
        if resource.type not in {PASSWORD, SECRET} and resource.custom and not resource.is_provider:
            assert repr(UNKNOWN) not in repr(resource.inputs), resource.name


def values(sources: Sources = SOURCES, replicas: int = 1) -> dict[str, Any]:
    return operator_values(namespace="kafka", size=ONE if replicas == 1 else THREE, sources=sources)


def test_the_operator_watches_kafka_alone_and_has_no_role_of_the_charts() -> None:
    found = values()
    assert (found["watchNamespaces"], found["watchAnyNamespace"]) == (["kafka"], False)
    assert found["rbac"] == {"create": False}
    assert (found["createGlobalResources"], found["createAggregateRoles"]) == (False, False)


def test_the_operator_makes_no_policy_that_would_open_the_listener() -> None:
    assert values()["generateNetworkPolicy"] is False


def test_the_operator_restricts_the_pods_that_it_makes() -> None:
    told = {entry["name"]: entry["value"] for entry in values()["extraEnvs"]}
    assert told["STRIMZI_POD_SECURITY_PROVIDER_CLASS"] == "restricted"


def test_images_come_from_the_mirror_with_its_credentials() -> None:
    assert values()["defaultImageRegistry"] == "registry.acme.example/mirror"
    assert values()["image"] == {"imagePullSecrets": [{"name": "image-pull"}]}
    assert {"defaultImageRegistry", "image"} & set(values(WITHOUT_MIRROR)) == set()


@pytest.mark.parametrize(("replicas", "budget"), [(1, False), (3, True)])
def test_several_operators_agree_on_a_leader_and_go_one_by_one(replicas: int, *, budget: bool) -> None:
    found = values(replicas=replicas)
    assert (found["replicas"], found["leaderElection"]) == (replicas, {"enable": True})
    assert found["podDisruptionBudget"]["enabled"] is budget


def place() -> PlatformMap:
    return PlatformMap(
        certificates="certificates",
        ingress="edge",
        monitoring="monitoring",
        core="core",
        api_server=Addresses(cidrs=["10.0.0.1/32"]),
        api_server_port=6443,
    )


def test_the_listener_is_open_to_nobody_until_a_client_declares_it() -> None:
    flows = kafka_flows(place(), operator_namespace="operator", namespace="kafka")
    assert all(9093 not in flow.ports for flow in flows)
    assert len(policies(flows)) == 2 * len(flows) - 3


def test_only_the_operators_and_the_nodes_reach_the_inner_ports() -> None:
    flows = kafka_flows(place(), operator_namespace="operator", namespace="kafka")
    sources: dict[int, set[str]] = {}
    for flow in flows:
        if isinstance(flow.target, Pods) and flow.target.namespace == "kafka":
            for port in flow.ports:
                sources.setdefault(port, set()).add(flow.name)
    assert sources == {
        9090: {"strimzi-kafka", "kafka-peers"},
        9091: {"strimzi-kafka", "kafka-peers", "kafka-users-kafka"},
        8443: {"strimzi-kafka"},
        9404: {"scrape-kafka"},
        8081: {"scrape-kafka-users"},
    }


def test_what_is_scraped_is_open_to_prometheus() -> None:
    flows = {f.name: f for f in kafka_flows(place(), operator_namespace="operator", namespace="kafka")}
    for monitor in kafka_monitors(operator_namespace="operator", namespace="kafka"):
        target = flows[f"scrape-{monitor.name}"].target
        assert isinstance(target, Pods)
        assert (dict(target.labels), [target.namespace]) == (dict(monitor.labels), list(monitor.namespaces))
    (pipelines,) = pipeline_monitors(["fraud", "churn"])
    assert (pipelines.port, pipelines.namespaces) == ("metrics", ["fraud", "churn"])
