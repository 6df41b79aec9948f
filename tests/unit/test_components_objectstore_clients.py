"""Who uses the platform's bucket of models; and the customer's own store behind the same contract."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from buckets import GIVEN, IDENTITY, ISSUED, KEY, bucket
from component_stage import CERTIFICATE, SECRET, perform, waits_for
from recorder import Secret, record, unsecret

from components.cluster.network import OUTSIDE, policies
from components.contracts import (
    Addresses,
    Bucket,
    PublicAuthorities,
    StaticKeys,
)
from components.external.objectstore import ExternalBucket, ExternalObjectStore, external_buckets
from components.seldon.storage import (
    STORE_AUTHORITY,
    PlatformStore,
    bucket_remote,
    models_flow,
    platform_store_authority,
    remote_document,
)
from components.seldon.values import AUTHORITY_FOLDER, ServerSize, servers_values

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

    from components.contracts import BucketPurpose, Trust

SERVER = ServerSize(replicas=1, cpu_milli=500, memory_gi=2)


def document(scheme: str, made: Bucket) -> dict[str, Any]:
    """Return what Core 2 would read of a bucket's remote."""

    def program() -> None:
        pulumi.export("remote", remote_document(bucket_remote(scheme, made)))

    exported = record(program).exports["remote"]
    assert isinstance(exported, Secret)
    return json.loads(exported.value)


def test_keys_are_read_from_the_remote() -> None:
    assert document("s3", bucket()) == {
        "type": "s3",
        "name": "s3",
        "parameters": {
            "provider": "SeaweedFS",
            "env_auth": "false",
            "endpoint": "https://seaweedfs-s3.seldon-storage.svc.cluster.local:8333",
            "region": "us-east-1",
            "no_check_bucket": "true",
            "access_key_id": "models-reader",
            "secret_access_key": KEY,
        },
    }


def test_without_keys_the_pods_identity_is_used() -> None:
    remote = bucket_remote("s3", bucket(access=IDENTITY, provider="AWS"))
    assert remote.parameters["env_auth"] == "true"
    assert {"access_key_id", "secret_access_key"}.isdisjoint(remote.parameters)
    google = bucket_remote("gs", bucket(access=IDENTITY, provider="GCS"))
    assert (google.type, dict(google.parameters)) == (
        "google cloud storage",
        {"env_auth": "true", "bucket_policy_only": "true"},
    )


def test_gcs_is_not_entered_by_keys() -> None:
    with pytest.raises(ValueError, match="bucket seldon-models: GCS is entered by a workload's identity, not by keys"):
        bucket_remote("gs", bucket(provider="GCS"))


def test_a_bucket_for_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="bucket seldon-audit is for audit, not for models"):
        PlatformStore(scheme="s3", models=bucket("audit"))


def store(**changed: Any) -> PlatformStore:
    return PlatformStore(scheme="s3", models=bucket(**changed))


def secrets(*, preview: bool = False, **changed: Any) -> Recording:
    """Record what a runtime gets for the platform's buckets."""

    def make(stage: Stage) -> None:
        class Runtime(pulumi.ComponentResource):
            def __init__(self) -> None:
                super().__init__("test:runtime:Runtime", "runtime", {}, stage.opts)
                ready = [stage.prop("setup-of-the-store")]
                platform_store_authority(
                    "runtime", store(ready=ready, **changed), "fraud", pulumi.ResourceOptions(parent=self)
                )
                self.register_outputs({})

        Runtime()

    return perform(make, preview=preview)


def test_the_stores_authority_comes_to_the_runtime() -> None:
    recording = secrets()
    made = recording.object(CERTIFICATE, "fraud", STORE_AUTHORITY)
    assert "setup-of-the-store" in waits_for(recording, made)
    issued = made.inputs["spec"]
    assert (issued["secretName"], issued["issuerRef"]["name"]) == (STORE_AUTHORITY, "platform-authority")
    given = secrets(trust=GIVEN).object(SECRET, "fraud", STORE_AUTHORITY).inputs["stringData"]
    assert unsecret(given) == {"ca.crt": GIVEN.certificate}
    public = secrets(trust=PublicAuthorities())
    assert public.of(SECRET) == public.of(CERTIFICATE) == []


@pytest.mark.parametrize(
    ("trust", "wanted"), [(ISSUED, STORE_AUTHORITY), (GIVEN, STORE_AUTHORITY), (PublicAuthorities(), None)]
)
def test_servers_are_told_of_an_authority_that_they_would_not_know(trust: Trust, wanted: str | None) -> None:
    assert store(trust=trust).authority == wanted


def test_rclone_trusts_the_stores_authority_beside_the_public_ones() -> None:
    values = servers_values(mlserver=SERVER, triton=SERVER, store_authority=STORE_AUTHORITY)
    for server in ("mlserver", "triton"):
        pod = values[server]["podSpec"]
        rclone, *others = pod["containers"]
        assert rclone["name"] == "rclone"
        # RCLONE_CA_CERT or SSL_CERT_FILE would take the place of the public authorities.
        assert rclone["env"] == [{"name": "SSL_CERT_DIR", "value": AUTHORITY_FOLDER}]
        assert rclone["volumeMounts"] == [{"name": STORE_AUTHORITY, "mountPath": AUTHORITY_FOLDER, "readOnly": True}]
        assert all("env" not in container and "volumeMounts" not in container for container in others)
        assert pod["volumes"] == [
            {
                "name": STORE_AUTHORITY,
                "secret": {"secretName": STORE_AUTHORITY, "items": [{"key": "ca.crt", "path": "ca.crt"}]},
            }
        ]


def test_without_such_an_authority_servers_stay_as_they_were() -> None:
    values = servers_values(mlserver=SERVER, triton=SERVER)
    for server in ("mlserver", "triton"):
        pod = values[server]["podSpec"]
        assert "volumes" not in pod
        assert all({"env", "volumeMounts"}.isdisjoint(container) for container in pod["containers"])


def test_an_identity_is_put_on_the_account_of_the_servers() -> None:
    assert store().annotations == {}
    assert store(access=IDENTITY, provider="AWS").annotations == IDENTITY.annotations


def test_servers_reach_the_store_and_no_other_pod_of_it() -> None:
    flow = models_flow("fraud", store())
    out, into = policies([flow])
    assert out.spec["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "seldon-server"}}
    assert (out.namespace, into.namespace) == ("fraud", "seldon-storage")
    assert into.spec["podSelector"] == {"matchLabels": {"app": "store"}}
    assert into.spec["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 8333}]


def own(endpoint: str = "https://s3.acme.example", **changed: Any) -> ExternalObjectStore:
    purposes: tuple[BucketPurpose, ...] = ("models", "batch", "audit", "backups")
    given = ExternalObjectStore(
        provider="Ceph",
        endpoint=endpoint,
        region="eu-1",
        certificate_authority=None,
        cidrs=(),
        buckets={
            purpose: ExternalBucket(name=f"acme-{purpose}", access_key_id=purpose, secret_access_key=KEY)
            for purpose in purposes
        },
    )
    return replace(given, **changed)


def test_a_store_that_is_there_already_fills_the_same_contract() -> None:
    buckets = external_buckets(own())
    assert [*buckets] == ["models", "batch", "audit", "backups"]
    for purpose, made in buckets.items():
        assert made == Bucket(
            purpose=purpose,
            name=f"acme-{purpose}",
            endpoint="https://s3.acme.example",
            region="eu-1",
            provider="Ceph",
            access=StaticKeys(access_key_id=purpose, secret_access_key=KEY),
            trust=PublicAuthorities(),
            reached_at=OUTSIDE,
            port=443,
            ready=(),
        )


def test_its_networks_authority_and_port_are_kept() -> None:
    given = own("https://s3.acme.example:9000", cidrs=["10.1.0.0/24"], certificate_authority=GIVEN.certificate)
    made = external_buckets(given)["backups"]
    assert made.reached_at == Addresses(cidrs=("10.1.0.0/24",))
    assert made.trust == GIVEN
    assert made.port == 9000


@pytest.mark.parametrize("endpoint", ["http://s3.acme.example", "s3.acme.example", "https://"])
def test_a_store_in_the_clear_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="is no https URL"):
        external_buckets(own(endpoint))
