"""Stores and Kafka in the settings: resolved sizes, the namespaces they bring, and what is worth a warning."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from settings_stacks import DATA, PREFIX, TODAY, changed, configure, platform_of, read

from infra import names
from infra.settings import Settings, SettingsError, load
from infra.settings.certificates import bundle_problems, chain_problems
from infra.settings.kafka import ExternalKafka
from infra.settings.parse import parse, warnings_for
from infra.settings.stores import ExternalObjectStore, ExternalPostgres, ExternalSearch
from infra.sizes import sizes_for

GOOD = DATA / "good"
IN_CLUSTER = GOOD / "stores-in-cluster.yaml"
SMALL = GOOD / "stores-in-cluster-small.yaml"
EXTERNAL = GOOD / "stores-external.yaml"
BACKUPS = GOOD / "stores-external-for-backups.yaml"
MUTUAL_TLS = GOOD / "kafka-client-certificate.yaml"


def loaded(stem: str) -> Settings:
    return load(configure(read(GOOD / f"{stem}.yaml")["config"]), today=TODAY)


def keys_of(stem: str) -> set[str]:
    config = read(GOOD / f"{stem}.yaml")["config"]
    return {key.removeprefix(PREFIX) for key in config if key.startswith(PREFIX)} - {"platform"}


def warnings_after(stem: str, path: tuple[str | int, ...], value: object, today: date = TODAY) -> list[str]:
    document = changed(platform_of(GOOD / f"{stem}.yaml"), path, value)
    platform = parse(document, secret_keys=keys_of(stem), today=TODAY)
    return [line for line in warnings_for(platform, today) if " is off for " not in line]


def problems_after(stem: str, path: tuple[str | int, ...], value: object) -> list[str]:
    document = changed(platform_of(GOOD / f"{stem}.yaml"), path, value)
    with pytest.raises(SettingsError) as caught:
        parse(document, secret_keys=keys_of(stem), today=TODAY)
    return [str(problem) for problem in caught.value.problems]


def test_the_stack_file_goes_before_the_environment() -> None:
    settings, default = loaded("stores-in-cluster"), sizes_for("production")
    assert (settings.postgres.storage_gi, settings.postgres.backup_retention_days) == (100, 14)
    assert settings.postgres.workload == default.postgres.workload
    assert (settings.search.storage_gi, settings.search.snapshot_retention_days) == (500, 60)
    assert (settings.object_store.storage_gi, settings.object_store.audit_retention_days) == (1000, 2555)
    assert settings.kafka.storage_gi == 500


def test_sizes_come_from_the_environment_where_the_stack_file_is_silent() -> None:
    settings, default = loaded("stores-in-cluster-small"), sizes_for("development")
    assert settings.postgres == default.postgres
    assert settings.search == default.search
    assert settings.object_store == default.object_store
    assert settings.kafka == default.kafka


def test_a_stack_has_only_the_namespaces_of_its_stores() -> None:
    assert loaded("minimal").platform.namespaces == names.platform_namespaces(names.ISTIO)
    assert loaded("stores-external").platform.namespaces == (*names.platform_namespaces(names.ISTIO), names.LOGS)
    every = loaded("stores-in-cluster").platform.namespaces
    assert set(every) == {*names.platform_namespaces(names.ISTIO), *names.STORE_NAMESPACES}
    assert len(every) == len(set(every))


def test_host_and_port_of_what_is_external() -> None:
    platform = loaded("stores-external").platform
    assert isinstance(platform.postgres, ExternalPostgres)
    assert (platform.postgres.host, platform.postgres.port) == ("db.acme.example", 6432)
    assert isinstance(platform.search, ExternalSearch)
    assert (platform.search.host, platform.search.port) == ("search.acme.example", 9200)
    assert isinstance(platform.object_store, ExternalObjectStore)
    assert (platform.object_store.host, platform.object_store.port) == ("s3.acme.example", 443)
    assert list(platform.object_store.buckets.by_purpose) == ["models", "batch", "audit", "backups"]


def test_what_is_not_said_is_verified() -> None:
    document = platform_of(EXTERNAL)
    del document["postgres"]["sslMode"]
    del document["postgres"]["port"]
    postgres = parse(document, secret_keys=keys_of("stores-external"), today=TODAY).postgres
    assert isinstance(postgres, ExternalPostgres)
    assert (postgres.ssl_mode, postgres.port) == ("verify-full", 5432)


def test_topics_are_replicated_unless_said_otherwise() -> None:
    kafka = loaded("kafka-plain").platform.kafka
    assert isinstance(kafka, ExternalKafka)
    assert kafka.replication_factor == 3


@pytest.mark.parametrize("version", ["6.0", "6.8.23", "7.0.1", "7.17", "7.17.29"])
def test_versions_of_elasticsearch_that_seldon_takes(version: str) -> None:
    assert warnings_after("stores-external", ("search", "version"), version) == []


@pytest.mark.parametrize("version", ["5.6", "7.18", "7.18.0", "8.0", "8.19.2", "9.1.0"])
def test_versions_of_elasticsearch_that_seldon_does_not_take(version: str) -> None:
    (problem,) = problems_after("stores-external", ("search", "version"), version)
    assert problem.startswith(f'platform.search.version: "{version}" is not a version that Seldon supports')


@pytest.mark.parametrize("version", ["9.6", "9", "16", "15.4", "150"])
def test_versions_of_postgres_that_seldon_does_not_take(version: str) -> None:
    (problem,) = problems_after("stores-external", ("postgres", "version"), version)
    assert problem.startswith(f'platform.postgres.version: "{version}" is not allowed')


@pytest.mark.parametrize(
    "image",
    [
        "registry.acme.example/es:7.17.9",
        "registry.acme.example:5000/a/b/es:7.17.29-s3",
        "localhost:5000/es:7.17.29.1",
        "registry.acme.example/es:7.17.29@sha256:" + "a" * 64,
    ],
)
def test_images_that_stay_what_they_are(image: str) -> None:
    document = changed(platform_of(SMALL), ("search", "image"), image)
    parse(document, secret_keys=(), today=TODAY)


@pytest.mark.parametrize(
    "image",
    [
        "es:7.17.29",
        "elastic/es:7.17.29",
        "registry.acme.example/es",
        "registry.acme.example:5000/es",
        "registry.acme.example/es:latest",
        "https://registry.acme.example/es:7.17.29",
        "registry.acme.example/es@sha256:abc",
        "registry.acme.example/es:7.16.3",
        "registry.acme.example/es:8",
        "registry.acme.example/es:7",
        "registry.acme.example/es:7.17",
        "registry.acme.example/es:v7.17.29",
        "registry.acme.example/es:7.17.29s3",
        "registry.acme.example/es:17.17.29",
        "registry.acme.example/es@sha256:" + "a" * 64,
        "registry.acme.example/es:8.19.2@sha256:" + "a" * 64,
        "registry.acme.example/ES:7.17.29",
    ],
)
def test_images_that_may_change_or_are_of_another_line(image: str) -> None:
    (problem,) = problems_after("stores-in-cluster-small", ("search", "image"), image)
    assert problem.startswith("platform.search.image: ")


@pytest.mark.parametrize(
    "name",
    ["ab", "a" * 64, "-acme", "acme-", "acme_models", "acme models", "10.0.0.1", "a..b", "xn--acme", "acme--x-s3"],
)
def test_names_that_no_bucket_has(name: str) -> None:
    (problem,) = problems_after("stores-external", ("objectStore", "buckets", "audit", "name"), name)
    assert problem.startswith("platform.objectStore.buckets.audit.name: ")


@pytest.mark.parametrize(
    "address",
    ["kafka:9093", "10.0.0.1:9093", "[fd00::1]:9093", "SSL://kafka.acme.example:9093", "kafka.acme.example:0"],
)
def test_addresses_that_no_certificate_names(address: str) -> None:
    (problem,) = problems_after("stores-external", ("kafka", "bootstrap", 0), address)
    assert problem.startswith("platform.kafka.bootstrap[0]: ")


@pytest.mark.parametrize(
    ("key", "path", "value"),
    [
        ("search", ("search", "url"), "https://search.acme.internal:9200"),
        ("objectStore", ("objectStore", "endpoint"), "https://seaweedfs.storage.svc:8333"),
        ("kafka", ("kafka", "bootstrap"), ["kafka.acme.example:9093", "kafka.acme.local:9093"]),
    ],
)
def test_a_name_that_is_nobodys_needs_an_authority(key: str, path: tuple[str, ...], value: object) -> None:
    document = changed(platform_of(EXTERNAL), path, value)
    parse(document, secret_keys=keys_of("stores-external"), today=TODAY)
    with pytest.raises(SettingsError) as caught:
        parse(
            changed(document, (key, "certificateAuthority"), None),
            secret_keys=keys_of("stores-external"),
            today=TODAY,
        )
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"platform.{key}.certificateAuthority: missing, but no public authority")


@pytest.mark.parametrize("key", ["postgres", "search", "objectStore", "kafka"])
def test_an_expired_authority_is_refused(key: str) -> None:
    document = platform_of(EXTERNAL)
    with pytest.raises(SettingsError) as caught:
        parse(document, secret_keys=keys_of("stores-external"), today=date(2046, 1, 2))
    assert any(f"platform.{key}.certificateAuthority: expired on" in str(problem) for problem in caught.value.problems)


def test_authorities_may_stand_in_any_order() -> None:
    pem = platform_of(EXTERNAL)["postgres"]["certificateAuthority"]
    end = pem.index("-----END") + len("-----END CERTIFICATE-----\n")
    assert list(bundle_problems(pem, today=TODAY)) == []
    assert list(bundle_problems(pem[end:] + pem[:end], today=TODAY)) == []
    assert list(chain_problems(pem, today=TODAY)) != []


def test_a_certificate_for_servers_does_not_make_a_client() -> None:
    client = platform_of(MUTUAL_TLS)["kafka"]["authentication"]["certificate"]
    assert list(chain_problems(client, today=TODAY, client=True)) == []
    onprem = platform_of(DATA.parents[2] / "stacks" / "Pulumi.initech-onprem.yaml")
    server = onprem["ingress"]["certificate"]["certificate"]
    (text,) = chain_problems(server, today=TODAY, client=True)
    assert text.startswith("is not for use by a client")


def test_volumes_of_an_unknown_class_are_a_warning() -> None:
    (storage, _) = warnings_after("stores-in-cluster", ("cluster", "storageClass"), None)
    assert storage.startswith(
        "platform.cluster.storageClass: not given, so the volumes of postgres, search, object-store and kafka are"
    )


def test_backups_beside_the_data_are_a_warning() -> None:
    warnings = warnings_after("stores-in-cluster", ("customer",), "acme")
    assert [line.partition(":")[0] for line in warnings] == ["platform.objectStore"]
    assert warnings_after("stores-external-for-backups", ("cluster", "storageClass"), "fast-encrypted") == []


@pytest.mark.parametrize(("version", "count"), [("1.34", 0), ("1.35", 1)])
def test_a_kubernetes_that_the_last_operator_for_it_does_not_know_is_a_warning(version: str, count: int) -> None:
    warnings = warnings_after("stores-in-cluster", ("cluster", "version"), version)
    assert len([line for line in warnings if line.startswith("platform.cluster.version: ECK 3.2")]) == count


def test_a_postgres_without_maintenance_is_a_warning() -> None:
    (warning,) = warnings_after("stores-external", ("postgres", "version"), "13")
    assert warning == "platform.postgres.version: PostgreSQL 13 has not been maintained since 2025-11-13"
    assert warnings_after("stores-external", ("postgres", "version"), "14") == []
    assert warnings_after("stores-external", ("postgres", "version"), "14", date(2026, 11, 13))


@pytest.mark.parametrize(("key", "superuser"), [("postgres", "postgres"), ("search", "elastic")])
def test_a_superuser_is_a_warning(key: str, superuser: str) -> None:
    (warning,) = warnings_after("stores-external", (key, "username"), superuser)
    assert warning.startswith(f"platform.{key}.username: {superuser} may do everything there")


@pytest.mark.parametrize("key", ["postgres", "search", "objectStore", "kafka"])
def test_a_service_without_networks_is_a_warning(key: str) -> None:
    (warning,) = warnings_after("stores-external", (key, "cidrs"), None)
    assert warning.startswith(f"platform.{key}.cidrs: not given")


def test_buckets_that_share_keys_are_a_warning() -> None:
    document = platform_of(EXTERNAL)
    buckets = document["objectStore"]["buckets"]
    buckets["audit"]["secretAccessKey"] = buckets["models"]["secretAccessKey"]
    platform = parse(document, secret_keys=keys_of("stores-external") - {"auditSecretKey"}, today=TODAY)
    (warning,) = [line for line in warnings_for(platform, TODAY) if "same keys" in line]
    assert warning.startswith("platform.objectStore.buckets: models and audit have the same keys")


@pytest.mark.parametrize(("today", "count"), [(date(2045, 12, 1), 0), (date(2045, 12, 2), 2)])
def test_what_expires_soon_is_a_warning(today: date, count: int) -> None:
    warnings = warnings_after("kafka-client-certificate", ("customer",), "acme", today)
    assert [line.partition(";")[0] for line in warnings] == [
        "platform.kafka.certificateAuthority: expires on 2046-01-01",
        "platform.kafka.authentication.certificate: expires on 2046-01-01",
    ][:count]


@pytest.mark.parametrize(("registry", "count"), [("registry.acme.example/mirror", 1), ("other.acme.example", 3)])
def test_an_image_that_the_pull_secret_does_not_fit_is_a_warning(registry: str, count: int) -> None:
    document = platform_of(SMALL)
    pull_secret = {"username": "puller", "password": {"secret": "password"}}
    assert not misfits({**document, "images": {"registry": registry}})
    assert len(misfits({**document, "images": {"registry": registry, "pullSecret": pull_secret}})) == count


def misfits(document: dict[str, Any]) -> list[str]:
    keys = {"password"} if "pullSecret" in document["images"] else set[str]()
    platform = parse(document, secret_keys=keys, today=TODAY)
    return [line for line in warnings_for(platform, TODAY) if "the pull secret does not fit it" in line]
