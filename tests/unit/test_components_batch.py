"""Batch jobs in a runtime: their account, its one right, their bucket in both forms, and their way there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from buckets import GIVEN, IDENTITY, KEY, bucket
from component_stage import CERTIFICATE, SECRET, perform, waits_for
from recorder import Secret, leaves, unsecret

from components.cluster.flows import PlatformMap
from components.cluster.network import policies
from components.contracts import Addresses, PublicAuthorities
from components.seldon.batch import (
    BATCH_AUTHORITY,
    Batch,
    BatchArgs,
    batch_authority,
    batch_environment,
    batch_flows,
)
from components.seldon.storage import StorageRemote

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
PLACE = PlatformMap(
    certificates="cert-manager",
    ingress="istio-system",
    monitoring="watch",
    core="seldon-system",
    api_server=Addresses(cidrs=["10.0.0.1/32"]),
    api_server_port=6443,
)


def made(*, preview: bool = False, **changed: Any) -> Recording:
    """Record what batch jobs get in the namespace `fraud`, of a bucket with some fields changed."""

    def make(stage: Stage) -> None:
        ready = [stage.prop("setup-of-the-store")]
        args = BatchArgs(
            placed=stage.place("fraud"),
            bucket=bucket(changed.pop("purpose", "batch"), ready=ready, **changed),
            pull_secret="image-pull",
            depends_on=[stage.prop("flows")],
        )
        Batch("batch-fraud", args, stage.opts)

    return perform(make, preview=preview)


def test_jobs_may_report_results_and_nothing_else() -> None:
    recording = made()
    role = recording.object(f"{RBAC}:Role", "fraud", "workflow")
    assert role.inputs["rules"] == [
        {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}
    ]
    binding = recording.object(f"{RBAC}:RoleBinding", "fraud", "workflow").inputs
    assert binding["roleRef"]["name"] == "workflow"
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "workflow", "namespace": "fraud"}]
    assert recording.of(f"{RBAC}:ClusterRole") == []


def test_the_account_gives_its_token_to_no_pod_by_itself() -> None:
    account = made().object(ACCOUNT, "fraud", "workflow").inputs
    assert account["automountServiceAccountToken"] is False
    assert account["imagePullSecrets"] == [{"name": "image-pull"}]
    assert account["metadata"].get("annotations", {}) == {}


def test_without_keys_the_account_carries_the_identity() -> None:
    recording = made(access=IDENTITY, provider="AWS")
    account = recording.object(ACCOUNT, "fraud", "workflow").inputs
    assert account["metadata"]["annotations"] == IDENTITY.annotations
    held = unsecret(recording.object(SECRET, "fraud", "batch-bucket-envvars").inputs["stringData"])
    assert held["RCLONE_CONFIG_BATCH_ENV_AUTH"] == "true"
    assert not [name for name in held if "KEY" in name]


@pytest.mark.parametrize("preview", [True, False])
def test_the_bucket_is_found_in_both_forms(*, preview: bool) -> None:
    recording = made(preview=preview)
    for form in ("envvars", "params"):
        secret = recording.object(SECRET, "fraud", f"batch-bucket-{form}")
        assert secret.inputs["metadata"]["labels"] == {"secret-type": "bucket", "seldon-deploy": "true"}
        assert isinstance(secret.inputs["stringData"], Secret)
        assert {"guards-of-fraud", "flows", "setup-of-the-store"} <= waits_for(recording, secret)


def test_both_forms_say_the_same() -> None:
    recording = made()
    variables = unsecret(recording.object(SECRET, "fraud", "batch-bucket-envvars").inputs["stringData"])
    (document,) = unsecret(recording.object(SECRET, "fraud", "batch-bucket-params").inputs["stringData"]).values()
    remote = json.loads(document)
    assert (remote["name"], remote["type"]) == ("batch", variables.pop("RCLONE_CONFIG_BATCH_TYPE"))
    assert remote["parameters"]["secret_access_key"] == KEY
    upper = {f"RCLONE_CONFIG_BATCH_{name.upper()}": value for name, value in remote["parameters"].items()}
    assert upper == variables


def test_the_key_stands_in_secrets_alone() -> None:
    recording = made()
    holders = {
        resource.type
        for resource in recording.resources
        for _, value, _ in leaves(resource.inputs)
        if isinstance(value, str) and KEY in value
    }
    assert holders == {SECRET}


def test_the_buckets_authority_comes_to_the_runtime() -> None:
    issued = made().object(CERTIFICATE, "fraud", BATCH_AUTHORITY).inputs["spec"]
    assert (issued["secretName"], issued["issuerRef"]["name"]) == (BATCH_AUTHORITY, "platform-authority")
    given = made(trust=GIVEN).object(SECRET, "fraud", BATCH_AUTHORITY).inputs["stringData"]
    assert unsecret(given) == {"ca.crt": GIVEN.certificate}
    public = made(trust=PublicAuthorities())
    assert sorted(secret.object_name for secret in public.of(SECRET)) == ["batch-bucket-envvars", "batch-bucket-params"]
    assert (batch_authority(bucket("batch")), batch_authority(bucket(trust=PublicAuthorities()))) == (
        BATCH_AUTHORITY,
        None,
    )


def test_a_bucket_for_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="bucket seldon-models is for models, not for batch"):
        made(purpose="models")


def test_jobs_reach_their_bucket_their_models_and_the_api_server() -> None:
    made_policies = {policy.name: policy for policy in policies(batch_flows(PLACE, "fraud", bucket("batch")))}
    out = [policy for policy in made_policies.values() if policy.direction == "Egress"]
    assert {policy.namespace for policy in out} == {"fraud"}
    assert all(
        policy.spec["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "seldon-batch"}} for policy in out
    )
    ports = {policy.name: [port["port"] for port in policy.spec["egress"][0]["ports"]] for policy in out}
    assert ports == {
        "batch-fraud-api-out": [6443],
        "batch-bucket-fraud-out": [8333],
        "batch-envoy-fraud-out": [9000],
    }
    into = made_policies["batch-envoy-fraud-in"].spec["podSelector"]["matchLabels"]
    assert into == {"app.kubernetes.io/name": "seldon-envoy"}


def test_a_remote_becomes_variables() -> None:
    remote = StorageRemote(scheme="s3", type="s3", parameters={"provider": "Minio", "env_auth": "false"})
    assert batch_environment(remote) == {
        "RCLONE_CONFIG_S3_TYPE": "s3",
        "RCLONE_CONFIG_S3_PROVIDER": "Minio",
        "RCLONE_CONFIG_S3_ENV_AUTH": "false",
    }


@pytest.mark.parametrize("scheme", ["", "my-store", "S3", "3s", "a" * 31])
def test_a_name_that_makes_no_variable_is_refused(scheme: str) -> None:
    with pytest.raises(ValueError, match=f"remote {scheme}: allowed: at most 30 lowercase letters and digits"):
        batch_environment(StorageRemote(scheme=scheme, type="s3"))
