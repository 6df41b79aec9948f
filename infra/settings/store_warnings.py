"""What is allowed for the stores and for Kafka, but must not go unseen."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from infra.settings.application_logs import FluentBit
from infra.settings.certificates import last_day
from infra.settings.external_checks import external_services
from infra.settings.kafka import ExternalKafka, KafkaCertificate
from infra.settings.stores import (
    ExternalObjectStore,
    ExternalPostgres,
    ExternalSearch,
    InClusterObjectStore,
    InClusterSearch,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.settings.platform import Platform

RENEWAL_TIME = timedelta(days=30)
_POSTGRES_ENDS = {
    "10": date(2022, 11, 10),
    "11": date(2023, 11, 9),
    "12": date(2024, 11, 21),
    "13": date(2025, 11, 13),
    "14": date(2026, 11, 12),
    "15": date(2027, 11, 11),
}
"""Last release of each major version: https://www.postgresql.org/support/versioning/."""


_NEWEST_FOR_ECK = 34
"""Minor version of Kubernetes (https://github.com/elastic/cloud-on-k8s/blob/v3.2.0/README.md)."""


def store_warnings(platform: Platform, today: date) -> Iterator[str]:
    """Yield the warnings, each with its path."""
    yield from _storage_class(platform)
    yield from _backups(platform)
    yield from _kubernetes(platform)
    yield from _postgres_version(platform, today)
    yield from _superusers(platform)
    yield from _networks(platform)
    yield from _shared_keys(platform)
    yield from _expiry(platform, today)
    yield from _pulls(platform)


def _storage_class(platform: Platform) -> Iterator[str]:
    kept = [*platform.stores, *(["the audit trail"] if platform.seldon_deploy else [])]
    if kept and platform.cluster.storage_class is None:
        yield (
            f"platform.cluster.storageClass: not given, so the volumes of {_listed(kept)} are of the "
            "cluster's default class; whether that encrypts is not known"
        )


def _backups(platform: Platform) -> Iterator[str]:
    stores = [store for store in platform.stores if store in ("postgres", "search")]
    if stores and "object-store" in platform.stores:
        yield (
            f"platform.objectStore: backups of {_listed(stores)} are in the same cluster as their data; "
            "copy the bucket for backups to another place"
        )


def _kubernetes(platform: Platform) -> Iterator[str]:
    if "search" in platform.stores and platform.cluster.minor > _NEWEST_FOR_ECK:
        yield (
            f"platform.cluster.version: ECK 3.2, the last that takes Elasticsearch 7.17, lists Kubernetes up to "
            f"1.{_NEWEST_FOR_ECK}, not {platform.cluster.version}"
        )


def _postgres_version(platform: Platform, today: date) -> Iterator[str]:
    postgres = platform.postgres
    if isinstance(postgres, ExternalPostgres) and today > (end := _POSTGRES_ENDS[postgres.version]):
        yield f"platform.postgres.version: PostgreSQL {postgres.version} has not been maintained since {end}"


def _superusers(platform: Platform) -> Iterator[str]:
    """The users that PostgreSQL and Elasticsearch make for themselves, which may do everything."""
    for key, store, superuser in (
        ("postgres", platform.postgres, "postgres"),
        ("search", platform.search, "elastic"),
    ):
        if isinstance(store, ExternalPostgres | ExternalSearch) and store.username == superuser:
            yield f"platform.{key}.username: {superuser} may do everything there; give a user of its own with less"


def _networks(platform: Platform) -> Iterator[str]:
    for key, service in external_services(platform):
        if not service.cidrs:
            yield f"platform.{key}.cidrs: not given, so its clients may connect to any address at its port"


def _shared_keys(platform: Platform) -> Iterator[str]:
    store = platform.object_store
    if not isinstance(store, ExternalObjectStore):
        return
    purposes: defaultdict[str, list[str]] = defaultdict(list)
    for purpose, bucket in store.buckets.by_purpose.items():
        purposes[bucket.secret_access_key.secret].append(purpose)
    for sharing in purposes.values():
        if len(sharing) > 1:
            yield (
                f"platform.objectStore.buckets: {_listed(sharing)} have the same keys, so each user has more rights "
                "than its purpose needs"
            )


def _expiry(platform: Platform, today: date) -> Iterator[str]:
    for key, service in external_services(platform):
        pem = service.certificate_authority
        if pem is not None and (end := last_day(pem)) - today <= RENEWAL_TIME:
            yield f"platform.{key}.certificateAuthority: expires on {end}; add its successor before that day"
    kafka = platform.kafka
    if isinstance(kafka, ExternalKafka) and isinstance(kafka.authentication, KafkaCertificate):
        end = last_day(kafka.authentication.certificate)
        if end - today <= RENEWAL_TIME:
            yield f"platform.kafka.authentication.certificate: expires on {end}; nobody but you renews it"


def _pulls(platform: Platform) -> Iterator[str]:
    """The pull secret is for one registry; what comes from another is pulled without credentials."""
    registry = platform.images.registry
    if registry is None or platform.images.pull_secret is None:
        return
    images: dict[str, str] = {}
    if isinstance(platform.search, InClusterSearch):
        images["search.image"] = platform.search.image
    store = platform.object_store
    if isinstance(store, InClusterObjectStore) and store.engine.kind == "minio":
        images |= {
            "objectStore.engine.image": store.engine.image,
            "objectStore.engine.clientImage": store.engine.client_image,
        }
    if platform.audit.image is not None:
        images["audit.image"] = platform.audit.image
    logs = platform.application_logs
    if isinstance(logs, FluentBit) and logs.image is not None:
        images["applicationLogs.image"] = logs.image
    host = registry.partition("/")[0]
    for path, image in images.items():
        if image.partition("/")[0] != host:
            yield f"platform.{path}: not from {host} as every other image is, so the pull secret does not fit it"


def _listed(words: Sequence[str]) -> str:
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last
