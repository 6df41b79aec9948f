"""The custom resources of Postgres, field by field, and what the rules of pg_hba let in."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from component_stage import ONE, THREE
from postgres_stage import bucket

from components.cluster.postgres import spec
from components.contracts import WorkloadIdentity
from components.workload import Workload

TWO = Workload(replicas=2, cpu_milli=500, memory_mi=1024)

FIXED_RULES = [
    "local all cnpg_metrics_exporter peer map=cnpg_metrics_exporter",
    "local all all peer map=local",
    "hostssl postgres streaming_replica all cert map=cnpg_streaming_replica",
    "hostssl replication streaming_replica all cert map=cnpg_streaming_replica",
    "hostssl all cnpg_pooler_pgbouncer all cert map=cnpg_pooler_pgbouncer",
]
LAST_RULE = "host all all all scram-sha-256"
"""What CloudNativePG 1.30.0 puts around the rules of a Cluster (pkg/postgres/configuration.go)."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Somebody who connects over the network."""

    user: str
    database: str
    tls: bool = True


def method(rules: list[str], wanted: Connection) -> str:
    """Return how the first rule that matches authenticates, as PostgreSQL reads pg_hba.conf from the top."""
    kinds = {"host", "hostssl" if wanted.tls else "hostnossl"}
    for rule in [*FIXED_RULES, *rules, LAST_RULE]:
        kind, database, user, *rest = rule.split()
        # `all` does not stand for replication connections.
        in_database = database == wanted.database or (database == "all" and wanted.database != "replication")
        if kind in kinds and in_database and user in ("all", wanted.user):
            assert rest[0] == "all"
            return rest[1]
    return "reject"


def shape(size: Workload = THREE, *, storage_class: str | None = None, pull: str | None = None) -> spec.ClusterShape:
    return spec.ClusterShape(image=spec.IMAGE, size=size, storage_gi=50, storage_class=storage_class, pull_secret=pull)


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        (Connection(user="seldon", database="metadata"), "scram-sha-256"),
        (Connection(user="seldon", database="metadata", tls=False), "reject"),
        (Connection(user="seldon", database="postgres"), "reject"),
        (Connection(user="seldon", database="template1"), "reject"),
        (Connection(user="postgres", database="metadata"), "reject"),
        (Connection(user="postgres", database="postgres"), "reject"),
        (Connection(user="somebody", database="metadata"), "reject"),
        (Connection(user="streaming_replica", database="replication"), "cert"),
        (Connection(user="streaming_replica", database="replication", tls=False), "reject"),
    ],
)
def test_only_the_owner_gets_in_and_only_with_tls(wanted: Connection, answer: str) -> None:
    assert method(spec.client_rules(), wanted) == answer


def test_without_our_rules_anybody_with_a_password_gets_in_without_tls() -> None:
    wanted = Connection(user="postgres", database="postgres", tls=False)
    assert method([], wanted) == "scram-sha-256"
    assert method(spec.client_rules(), wanted) == "reject"


def test_the_image_is_postgresql_15_by_digest() -> None:
    assert re.fullmatch(
        r"ghcr\.io/cloudnative-pg/postgresql:15\.\d+-\d{12}-standard-\w+@sha256:[0-9a-f]{64}", spec.IMAGE
    )


def test_the_certificate_is_for_every_service_and_reloaded() -> None:
    wanted = spec.server_certificate_spec("data", "own-issuer")
    assert wanted["secretName"] == spec.SERVER_TLS
    assert wanted["usages"] == ["server auth"]
    assert wanted["secretTemplate"] == {"labels": {"cnpg.io/reload": "true"}}
    assert spec.host("data") in wanted["dnsNames"]
    assert {name for name in wanted["dnsNames"] if "." not in name} == {
        f"seldon-metadata-{role}" for role in ("rw", "r", "ro")
    }
    assert len(wanted["dnsNames"]) == 12


def test_the_owner_has_its_database_and_nobody_is_superuser() -> None:
    cluster = spec.cluster_spec(shape())
    assert cluster["enableSuperuserAccess"] is False
    assert cluster["bootstrap"] == {
        "initdb": {
            "database": "metadata",
            "owner": "seldon",
            "secret": {"name": spec.OWNER_SECRET},
            "encoding": "UTF8",
            "dataChecksums": True,
        }
    }
    assert "managed" not in cluster


def test_the_server_speaks_tls_with_our_certificate() -> None:
    cluster = spec.cluster_spec(shape())
    assert cluster["certificates"] == {"serverTLSSecret": spec.SERVER_TLS, "serverCASecret": spec.SERVER_TLS}
    parameters = cluster["postgresql"]["parameters"]
    assert parameters["ssl_min_protocol_version"] == "TLSv1.3"
    assert parameters["password_encryption"] == "scram-sha-256"
    assert parameters["pgaudit.log"] == "ddl, role"
    assert {value for value in parameters.values() if not isinstance(value, str)} == set()


@pytest.mark.parametrize(
    ("size", "synchronous", "apart"),
    [
        (ONE, None, "preferred"),
        (TWO, {"method": "any", "number": 1, "dataDurability": "preferred"}, "required"),
        (THREE, {"method": "any", "number": 1, "dataDurability": "required"}, "required"),
    ],
)
def test_replicas_are_apart_and_confirm_what_is_written(
    size: Workload, synchronous: dict[str, object] | None, apart: str
) -> None:
    cluster = spec.cluster_spec(shape(size))
    assert cluster["instances"] == size.replicas
    assert cluster["postgresql"].get("synchronous") == synchronous
    assert cluster["affinity"]["podAntiAffinityType"] == apart
    (spread,) = cluster["topologySpreadConstraints"]
    assert spread["labelSelector"] == {"matchLabels": spec.INSTANCES}
    assert cluster["enablePDB"] is True
    assert cluster["priorityClassName"] == "seldon-data"


def test_a_quarter_of_the_memory_is_shared_buffers() -> None:
    cluster = spec.cluster_spec(shape(THREE))
    assert cluster["resources"] == THREE.resources
    assert cluster["postgresql"]["parameters"]["shared_buffers"] == f"{THREE.memory_mi // 4}MB"


@pytest.mark.parametrize("storage_class", [None, "fast"])
def test_the_volume(storage_class: str | None) -> None:
    storage = spec.cluster_spec(shape(storage_class=storage_class))["storage"]
    assert storage["size"] == "50Gi"
    assert storage.get("storageClass") == storage_class


def test_no_security_context_takes_the_place_of_the_operators() -> None:
    cluster = spec.cluster_spec(shape())
    assert cluster["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"podSecurityContext", "securityContext", "env", "envFrom"} & set(cluster)


def test_the_wal_goes_to_the_store_that_the_plugin_knows() -> None:
    (plugin,) = spec.cluster_spec(shape())["plugins"]
    assert plugin == {
        "name": "barman-cloud.cloudnative-pg.io",
        "isWALArchiver": True,
        "parameters": {"barmanObjectName": spec.OBJECT_STORE},
    }
    schedule = spec.scheduled_backup_spec()
    assert (schedule["method"], schedule["pluginConfiguration"]) == ("plugin", {"name": plugin["name"]})
    assert schedule["cluster"] == {"name": spec.CLUSTER}
    # Six fields: the first are seconds.
    assert re.fullmatch(r"\d+ \d+ \d+ \* \* \*", schedule["schedule"])


def test_backups_stay_as_long_as_asked() -> None:
    store = spec.object_store_spec(bucket(), retention_days=30, authority="ca")
    assert store["retentionPolicy"] == "30d"
    configuration = store["configuration"]
    assert configuration["destinationPath"] == "s3://acme-backups/postgres"
    assert configuration["endpointURL"] == "https://store.acme.example:8333"
    assert configuration["endpointCA"] == {"name": "ca", "key": "ca.crt"}
    assert configuration["wal"]["compression"] == configuration["data"]["compression"] == "gzip"
    assert store["instanceSidecarConfiguration"]["resources"]["limits"]["memory"]


@pytest.mark.parametrize(("provider", "encryption", "checksums"), [("AWS", "AES256", False), ("SeaweedFS", None, True)])
def test_what_only_some_stores_understand(*, provider: str, encryption: str | None, checksums: bool) -> None:
    given = bucket(provider="AWS" if provider == "AWS" else "SeaweedFS")
    store = spec.object_store_spec(given, retention_days=7, authority=None)
    for part in ("wal", "data"):
        assert store["configuration"][part].get("encryption") == encryption
    environment = {entry["name"]: entry["value"] for entry in store["instanceSidecarConfiguration"]["env"]}
    assert environment.pop("AWS_DEFAULT_REGION") == "eu-1"
    assert set(environment.values()) == ({"when_required"} if checksums else set())
    assert "endpointCA" not in store["configuration"]


def test_keys_are_named_only_where_there_are_any() -> None:
    assert list(spec.backup_secrets(bucket())) == [spec.KEYS_SECRET]
    assert list(spec.backup_secrets(bucket(identity=WorkloadIdentity(annotations={})))) == []
