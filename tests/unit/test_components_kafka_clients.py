"""Core 2 as a client of Kafka: what its charts are told, what its Secrets hold, and that nothing of it is plaintext."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pulumi
import pytest
import stand_ins
from component_stage import CERTIFICATE, ONE, SECRET, THREE, perform
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from kafka_endpoints import GIVEN, KINDS, OUR_TRUST, PUBLIC, TOKENS, endpoint
from recorder import Secret, record
from rich.console import Console

from components.seldon.kafka import (
    MESSAGE_MAX_BYTES,
    Pipelines,
    kafka_transforms,
    pipeline_runtime_values,
    pipeline_setup_values,
    security_values,
    with_user_of_namespace,
)
from components.seldon.kafka_secrets import as_pkcs8, kafka_secrets
from components.seldon.values import PIPELINE_SERVICES, CoreSizes, deep_merge, runtime_values, setup_values
from rehearsal.toolchain import ensure_tools

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

    from components.contracts import Trust

RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
SETUP, RUNTIME = "seldon-core-v2-setup", "seldon-core-v2-runtime"
SELDON_CONFIG = "kubernetes:mlops.seldon.io/v1alpha1:SeldonConfig"
TRUSTS: dict[str, Trust] = {"given": GIVEN, "ours": OUR_TRUST, "public": PUBLIC}
SIZES = CoreSizes(controller=ONE, scheduler=ONE, envoy=THREE, model_volume_gi=20)


@pytest.fixture(scope="module")
def helm() -> stand_ins.Helm:
    return stand_ins.Helm(binary=ensure_tools(console=Console(stderr=True)).helm)


def inside(make: Any) -> Any:
    """Return what a function makes inside of a program, where there are secrets."""
    kept: list[Any] = []
    record(lambda: kept.append(make()))
    return kept[0]


def pipelines(kind: str = "scram", trust: Trust = GIVEN) -> Pipelines:
    return inside(
        lambda: Pipelines(kafka=endpoint(kind, trust), modelgateway=ONE, pipelinegateway=THREE, dataflow=THREE)
    )


def setup(kind: str = "scram", trust: Trust = GIVEN) -> dict[str, Any]:
    base = setup_values(runtime_namespaces=["fraud"], sizes=SIZES, registry=None, pull_secret=None)
    return deep_merge(base, pipeline_setup_values(pipelines(kind, trust)))


def told(helm: stand_ins.Helm, values: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the environment of each part of pipelines, as the setup chart writes it."""
    config = stand_ins.named(helm(SETUP, values), "SeldonConfig", "default")
    return {
        component["name"]: {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}
        for component in config["spec"]["components"]
        for container in component["podSpec"]["containers"]
        if component["name"] in {"seldon-modelgateway", "seldon-pipelinegateway", "seldon-dataflow-engine"}
    }


@pytest.mark.parametrize("trust", TRUSTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_part_speaks_tls_and_compares_the_brokers_name(helm: stand_ins.Helm, kind: str, trust: str) -> None:
    environments = told(helm, setup(kind, TRUSTS[trust]))
    assert len(environments) == 3
    for name, environment in environments.items():
        by_suffix = {key.removeprefix("SELDON_"): value for key, value in environment.items()}
        assert by_suffix["KAFKA_SECURITY_PROTOCOL"] in {"SSL", "SASL_SSL"}, name
        algorithms = {value for key, value in environment.items() if "ENDPOINT_IDENTIFICATION" in key}
        assert algorithms == {"https"}, name


@pytest.mark.parametrize(
    ("kind", "protocol", "mechanism"),
    [
        ("scram", "SASL_SSL", "SCRAM-SHA-512"),
        ("plain", "SASL_SSL", "PLAIN"),
        ("oauth", "SASL_SSL", "OAUTHBEARER"),
        ("given", "SSL", None),
        ("issued", "SSL", None),
    ],
)
def test_how_a_client_proves_who_it_is(kind: str, protocol: str, mechanism: str | None) -> None:
    values = security_values(pipelines(kind).kafka)
    assert values["protocol"] == protocol
    assert values.get("sasl", {}).get("mechanism") == mechanism
    if mechanism:
        assert values["sasl"]["client"] == {"secret": "seldon-kafka"}
    else:
        assert values["ssl"]["client"]["secret"] == "seldon-kafka-client"


@pytest.mark.parametrize(
    ("kind", "trust", "secret"),
    [
        ("scram", "given", "seldon-kafka-authority"),
        ("scram", "ours", "seldon-kafka-authority"),
        ("scram", "public", None),
        ("given", "given", "seldon-kafka-authority"),
        ("issued", "ours", "seldon-kafka-client"),
        ("issued", "given", "seldon-kafka-authority"),
    ],
)
def test_what_the_brokers_are_verified_against(kind: str, trust: str, secret: str | None) -> None:
    assert (
        security_values(pipelines(kind, TRUSTS[trust]).kafka)["ssl"]["client"].get("brokerValidationSecret") == secret
    )


def test_the_charts_know_brokers_topics_and_the_largest_message(helm: stand_ins.Helm) -> None:
    values = setup()
    assert values["kafka"]["topics"] == {"replicationFactor": 3, "numPartitions": 4}
    config = stand_ins.named(helm(SETUP, values), "SeldonConfig", "default")["spec"]["config"]
    assert config["kafkaConfig"]["bootstrap.servers"] == "kafka.acme.example:9093"
    assert config["kafkaConfig"]["topicPrefix"] == "seldon"
    assert config["kafkaConfig"]["producer"]["message.max.bytes"] == str(MESSAGE_MAX_BYTES)
    assert config["scalingConfig"]["pipelines"]["maxShardCountMultiplier"] == 4
    dataflow = told(helm, values)["seldon-dataflow-engine"]
    assert dataflow["SELDON_KAFKA_MAX_MESSAGE_SIZE_BYTES"] == str(MESSAGE_MAX_BYTES)
    assert dataflow["SELDON_KAFKA_REPLICATION_FACTOR"] == "3"


def test_no_secret_stands_in_a_value() -> None:
    for kind in KINDS:
        assert "s3cret" not in repr((setup(kind), pipeline_runtime_values(pipelines(kind))))


def test_the_parts_are_on_restricted_spread_and_may_read_secrets(helm: stand_ins.Helm) -> None:
    base = runtime_values(envoy_replicas=1, storage_secrets=[])
    values = deep_merge(base, pipeline_runtime_values(pipelines()))
    runtime = stand_ins.named(helm(RUNTIME, values), "SeldonRuntime", "seldon")
    overrides = {item["name"]: item for item in runtime["spec"]["overrides"]}
    containers = {
        "seldon-dataflow-engine": ("dataflow-engine", 3),
        "seldon-modelgateway": ("modelgateway", 1),
        "seldon-pipelinegateway": ("pipelinegateway", 3),
    }
    for workload, (container, replicas) in containers.items():
        found = overrides[workload]
        assert (found["disable"], found["replicas"]) == (False, replicas)
        assert found["podSpec"]["containers"] == [{"name": container, "securityContext": RESTRICTED}]
        assert found["podSpec"]["automountServiceAccountToken"] is True
        (spread,) = found["podSpec"]["topologySpreadConstraints"]
        assert spread["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": workload}
    assert overrides["hodometer"]["disable"] is True


def test_pipelines_name_every_part_that_needs_kafka() -> None:
    assert set(pipelines().sizes()) == set(PIPELINE_SERVICES)


def test_the_names_of_parts_are_those_of_the_setup_chart(helm: stand_ins.Helm) -> None:
    config = stand_ins.named(helm(SETUP, setup()), "SeldonConfig", "default")
    found = {c["name"]: [x["name"] for x in c["podSpec"]["containers"]] for c in config["spec"]["components"]}
    values = pipeline_runtime_values(pipelines())
    names = {container["name"] for part in values.values() for container in part["podSpec"]["containers"]}
    assert {name for workload in pipelines().workloads() for name in found[workload]} == names


def test_the_dataflow_engine_may_fetch_tokens_where_the_stack_says_and_nowhere_else() -> None:
    (container,) = pipeline_runtime_values(pipelines("oauth"))["dataflow"]["podSpec"]["containers"]
    (variable,) = container["env"]
    assert variable["name"] == "JAVA_TOOL_OPTIONS"
    assert variable["value"] == f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={TOKENS}"
    for kind in ("scram", "given"):
        (container,) = pipeline_runtime_values(pipelines(kind))["dataflow"]["podSpec"]["containers"]
        assert "env" not in container


def test_each_namespace_names_its_own_user(helm: stand_ins.Helm) -> None:
    config = stand_ins.named(helm(SETUP, setup()), "SeldonConfig", "default")
    changed = with_user_of_namespace(SELDON_CONFIG, config)
    named: dict[str, Any] = {}
    for before, after in zip(config["spec"]["components"], changed["spec"]["components"], strict=True):
        for old, new in zip(before["podSpec"]["containers"], after["podSpec"]["containers"], strict=True):
            for was, now in zip(old.get("env", []), new.get("env", []), strict=True):
                if was != now:
                    named[after["name"]] = now
    reference = {"secretKeyRef": {"name": "seldon-kafka", "key": "username"}}
    assert {name: entry["valueFrom"] for name, entry in named.items()} == dict.fromkeys(
        pipelines().workloads(), reference
    )
    assert all("value" not in entry for entry in named.values())


@pytest.mark.parametrize(("kind", "count"), [("scram", 1), ("plain", 1), ("oauth", 0), ("given", 0), ("issued", 0)])
def test_only_users_with_a_name_are_looked_up(kind: str, count: int) -> None:
    assert len(kafka_transforms(pipelines(kind).kafka)) == count


def test_the_transform_leaves_everything_else_as_it_is() -> None:
    (transform,) = kafka_transforms(pipelines().kafka)
    props = {"spec": {"components": "not touched"}}
    args = pulumi.ResourceTransformArgs(
        custom=True, type_="kubernetes:apps/v1:Deployment", name="x", props=props, opts=pulumi.ResourceOptions()
    )
    result = transform(args)
    assert isinstance(result, pulumi.ResourceTransformResult)
    assert result.props == props


def secrets(kind: str, trust: Trust) -> Recording:
    def make(stage: Stage) -> None:
        kafka = endpoint(kind, trust, ready=[stage.prop("brokers")])
        kafka_secrets("stage", kafka, namespace="fraud", opts=pulumi.ResourceOptions(parent=stage))

    return perform(make)


def data(recording: Recording, name: str) -> dict[str, Any]:
    """Return what a Secret holds, whether the whole of it is marked secret or each value."""
    held = recording.object(SECRET, "fraud", name).inputs["stringData"]
    return held.value if isinstance(held, Secret) else held


def plain(value: Any) -> Any:
    return value.value if isinstance(value, Secret) else value


@pytest.mark.parametrize("kind", ["scram", "plain"])
def test_a_user_with_a_password(kind: str) -> None:
    held = data(secrets(kind, PUBLIC), "seldon-kafka")
    assert {key: plain(value) for key, value in held.items()} == {"username": "fraud", "password": "s3cret"}


def test_an_oauth_client_has_every_key_that_core_2_asks_for() -> None:
    held = data(secrets("oauth", PUBLIC), "seldon-kafka")
    assert {key: plain(value) for key, value in held.items()} == {
        "method": "OIDC",
        "client_id": "seldon",
        "client_secret": "s3cret",
        "token_endpoint_url": TOKENS,
        "scope": "",
        "extensions": "a=b",
    }


def test_a_given_certificate() -> None:
    held = data(secrets("given", GIVEN), "seldon-kafka-client")
    assert {key: plain(value) for key, value in held.items()} == {
        "tls.crt": "pem of the client",
        "tls.key": "s3cret-key",
        "ca.crt": "pem of the client",
    }


@pytest.mark.parametrize("kind", ["scram", "plain", "oauth", "given"])
def test_what_is_secret_stays_secret(kind: str) -> None:
    recording = secrets(kind, GIVEN)
    for resource in recording.resources:
        assert "s3cret" not in repr(hidden(resource.inputs)), resource.name


def hidden(value: Any) -> Any:
    """Return a value without what is marked secret in it."""
    if isinstance(value, Secret):
        return "hidden"
    if isinstance(value, dict):
        return {key: hidden(inner) for key, inner in cast("dict[str, Any]", value).items()}
    return value


def test_an_issued_certificate_is_one_that_the_dataflow_engine_can_read() -> None:
    recording = secrets("issued", OUR_TRUST)
    spec = recording.object(CERTIFICATE, "fraud", "seldon-kafka-client").inputs["spec"]
    assert spec["commonName"] == "fraud"
    assert (spec["privateKey"]["algorithm"], spec["privateKey"]["encoding"]) == ("RSA", "PKCS8")
    assert spec["usages"] == ["client auth"]
    assert spec["secretName"] == "seldon-kafka-client"
    assert recording.of(SECRET) == []


def test_the_given_authority_is_copied_and_ours_is_issued() -> None:
    assert data(secrets("scram", GIVEN), "seldon-kafka-authority") == {"ca.crt": GIVEN.certificate}
    spec = secrets("scram", OUR_TRUST).object(CERTIFICATE, "fraud", "seldon-kafka-authority").inputs["spec"]
    assert spec["issuerRef"]["name"] == "own-issuer"
    assert [r.object_name for r in secrets("scram", PUBLIC).of(SECRET)] == ["seldon-kafka"]


@pytest.mark.parametrize("kind", KINDS)
def test_clients_wait_for_kafka(kind: str) -> None:
    recording = secrets(kind, GIVEN)
    for resource in (*recording.of(SECRET), *recording.of(CERTIFICATE)):
        assert {recording.by_urn(urn).name for urn in resource.dependencies} >= {"stage-brokers"}


def test_an_rsa_key_is_written_as_the_dataflow_engine_reads_it() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    old = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()
    assert old.startswith("-----BEGIN RSA PRIVATE KEY-----")
    new = as_pkcs8(old)
    assert new.startswith("-----BEGIN PRIVATE KEY-----")
    read = serialization.load_pem_private_key(new.encode(), password=None)
    assert isinstance(read, rsa.RSAPrivateKey)
    assert read.private_numbers() == key.private_numbers()
    assert as_pkcs8(new) == new
