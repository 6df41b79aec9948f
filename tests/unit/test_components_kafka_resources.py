"""The Kafka cluster as its operator reads it: its listener, whom it lets in, where its nodes run and what they keep."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest
from component_stage import ONE, THREE

from components.cluster.kafka.names import LISTENER_SECRET, listener_names
from components.cluster.kafka.resources import ClientAuthentication, ClusterSize, kafka_spec, node_pools
from components.workload import Workload

BOTH: tuple[ClientAuthentication, ...] = ("scram", "mtls")
SMALL = ClusterSize(brokers=ONE, controllers=ONE, storage_gi=10)
LARGE = ClusterSize(brokers=THREE, controllers=THREE, storage_gi=200)
MESSAGE_MAX_BYTES = 1024


def kafka(authentication: ClientAuthentication = "scram", size: ClusterSize = LARGE) -> dict[str, Any]:
    spec = kafka_spec(size, authentication=authentication, user_operator=ONE, message_max_bytes=MESSAGE_MAX_BYTES)
    return spec["kafka"]


def principal(distinguished_name: str) -> str:
    """Say who a certificate stands for: the first of `ssl.principal.mapping.rules` that fits, as Kafka reads them."""
    (listener,) = kafka("mtls")["listeners"]
    rules = listener["authentication"]["listenerConfig"]["ssl.principal.mapping.rules"]
    for rule in rules.split(",RULE:"):
        pattern, replacement, _ = rule.removeprefix("RULE:").split("/")
        if re.match(pattern, distinguished_name):
            return re.sub(pattern, replacement.replace("$", "\\"), distinguished_name)
    raise AssertionError(f"no rule fits {distinguished_name}")


@pytest.mark.parametrize("authentication", BOTH)
def test_the_only_listener_speaks_tls_to_known_clients(authentication: ClientAuthentication) -> None:
    (listener,) = kafka(authentication)["listeners"]
    assert (listener["type"], listener["tls"], listener["port"]) == ("internal", True, 9093)
    assert listener["configuration"]["brokerCertChainAndKey"] == {
        "secretName": LISTENER_SECRET,
        "certificate": "tls.crt",
        "key": "tls.key",
    }


def test_a_password_is_checked_without_being_sent() -> None:
    (listener,) = kafka("scram")["listeners"]
    assert listener["authentication"] == {"type": "scram-sha-512"}


def test_certificates_are_checked_against_the_authority_beside_the_listeners_certificate() -> None:
    (listener,) = kafka("mtls")["listeners"]
    config = listener["authentication"]["listenerConfig"]
    assert (listener["authentication"]["type"], listener["authentication"]["sasl"]) == ("custom", False)
    assert (config["ssl.client.auth"], config["ssl.truststore.type"]) == ("required", "PEM")
    template = node_pools(LARGE, storage_class=None, authentication="mtls")["broker"]["template"]
    (mount,) = template["kafkaContainer"]["volumeMounts"]
    (volume,) = template["pod"]["volumes"]
    assert config["ssl.truststore.location"] == f"{mount['mountPath']}/ca.crt"
    assert mount["name"] == volume["name"]
    assert mount["mountPath"].startswith("/mnt/")
    assert volume["secret"] == {"secretName": LISTENER_SECRET, "items": [{"key": "ca.crt", "path": "ca.crt"}]}


@pytest.mark.parametrize("pool", ["controller", "broker"])
def test_with_passwords_no_pod_has_a_certificate_mounted(pool: str) -> None:
    template = node_pools(LARGE, storage_class=None, authentication="scram")[pool]["template"]
    assert "kafkaContainer" not in template
    assert "volumes" not in template["pod"]


@pytest.mark.parametrize("namespace", ["fraud", "churn-2", "seldon-logs"])
def test_a_certificate_with_a_common_name_alone_is_a_client(namespace: str) -> None:
    assert principal(f"CN={namespace}") == f"CN={namespace}"


@pytest.mark.parametrize(
    "distinguished_name",
    [
        "",
        "CN=seldon-kafka,O=io.strimzi",
        "CN=cluster-operator,O=io.strimzi",
        "O=io.strimzi,CN=cluster-operator",
        "CN=fraud,OU=x",
    ],
)
def test_no_certificate_of_the_platform_passes_for_one_of_strimzis_own_users(distinguished_name: str) -> None:
    assert principal(distinguished_name) == "nobody"


@pytest.mark.parametrize("authentication", BOTH)
def test_who_is_not_allowed_is_refused(authentication: ClientAuthentication) -> None:
    found = kafka(authentication)
    assert found["authorization"] == {"type": "simple"}
    assert found["config"]["allow.everyone.if.no.acl.found"] is False
    assert found["config"]["auto.create.topics.enable"] is False


def test_the_operator_runs_users_and_no_topics() -> None:
    spec = kafka_spec(LARGE, authentication="scram", user_operator=THREE, message_max_bytes=MESSAGE_MAX_BYTES)
    operator = spec["entityOperator"]
    assert set(operator) == {"userOperator", "template"}
    assert operator["userOperator"]["resources"] == THREE.resources
    assert operator["userOperator"]["secretPrefix"] == "user-"


@pytest.mark.parametrize(
    ("brokers", "copies", "in_sync"),
    [(1, 1, 1), (2, 2, 1), (3, 3, 2), (6, 3, 2)],
)
def test_a_message_counts_when_all_copies_but_one_have_it(brokers: int, copies: int, in_sync: int) -> None:
    size = ClusterSize(brokers=Workload(replicas=brokers, cpu_milli=1, memory_mi=1), controllers=THREE, storage_gi=1)
    config = kafka(size=size)["config"]
    wanted = {
        "default.replication.factor",
        "offsets.topic.replication.factor",
        "transaction.state.log.replication.factor",
    }
    assert {config[key] for key in wanted} == {copies}
    assert {config["min.insync.replicas"], config["transaction.state.log.min.isr"]} == {in_sync}
    assert config["message.max.bytes"] == MESSAGE_MAX_BYTES


def test_one_broker_is_its_own_controller() -> None:
    pools = node_pools(SMALL, storage_class=None, authentication="scram")
    assert {name: (pool["replicas"], pool["roles"]) for name, pool in pools.items()} == {
        "dual": (1, ["controller", "broker"])
    }
    assert "topologySpreadConstraints" not in pools["dual"]["template"]["pod"]


def test_several_brokers_have_controllers_of_their_own() -> None:
    pools = node_pools(LARGE, storage_class="fast", authentication="scram")
    assert {name: (pool["replicas"], pool["roles"]) for name, pool in pools.items()} == {
        "controller": (3, ["controller"]),
        "broker": (3, ["broker"]),
    }


def test_controllers_without_a_clear_majority_are_refused() -> None:
    two = Workload(replicas=2, cpu_milli=1, memory_mi=1)
    with pytest.raises(ValueError, match="2 Kafka controllers"):
        ClusterSize(brokers=THREE, controllers=two, storage_gi=1)


@pytest.mark.parametrize("storage_class", [None, "fast"])
def test_volumes_stay_when_the_cluster_goes(storage_class: str | None) -> None:
    pools = node_pools(LARGE, storage_class=storage_class, authentication="scram")
    volumes = {name: pool["storage"]["volumes"][0] for name, pool in pools.items()}
    assert {name: volume["size"] for name, volume in volumes.items()} == {"controller": "10Gi", "broker": "200Gi"}
    for volume in volumes.values():
        assert (volume["type"], volume["deleteClaim"]) == ("persistent-claim", False)
        assert volume.get("class") == storage_class


@pytest.mark.parametrize("pool", ["controller", "broker"])
def test_nodes_are_restricted_placed_apart_and_kept_longest(pool: str) -> None:
    found = node_pools(LARGE, storage_class=None, authentication="mtls")[pool]
    pod = found["template"]["pod"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert (pod["priorityClassName"], pod["enableServiceLinks"]) == ("seldon-data", False)
    spread = {rule["topologyKey"]: rule["whenUnsatisfiable"] for rule in pod["topologySpreadConstraints"]}
    assert spread == {"topology.kubernetes.io/zone": "ScheduleAnyway", "kubernetes.io/hostname": "DoNotSchedule"}
    for rule in pod["topologySpreadConstraints"]:
        assert rule["labelSelector"]["matchLabels"] == {"strimzi.io/cluster": "seldon", "strimzi.io/pool-name": pool}
    assert found["resources"] == THREE.resources


@pytest.mark.parametrize(
    "host",
    [
        "seldon-kafka-bootstrap.kafka.svc.cluster.local",
        "seldon-kafka-bootstrap.kafka.svc",
        "seldon-broker-0.seldon-kafka-brokers.kafka.svc",
        "seldon-dual-0.seldon-kafka-brokers.kafka.svc.cluster.local",
    ],
)
def test_the_listeners_certificate_has_every_name_that_clients_use(host: str) -> None:
    first, _, rest = host.partition(".")
    names = listener_names("kafka")
    assert host in names or f"*.{rest}" in names, first


def test_nothing_depends_on_rights_over_nodes() -> None:
    kinds: list[Literal["scram", "mtls"]] = ["scram", "mtls"]
    assert all("rack" not in kafka(kind) for kind in kinds)
