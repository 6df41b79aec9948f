"""What must hold between the stores in the cluster, what they need and who uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic.alias_generators import to_camel

from components.cluster.search.names import image_version
from infra.settings.errors import Problem, below, shown
from infra.settings.exemption_checks import entry_for, is_exempt, is_opensearch
from infra.settings.external_checks import check_external
from infra.settings.kafka import Strimzi
from infra.settings.salvage import until_invalid, valid
from infra.settings.seldon import PlatformStorage
from infra.settings.stores import (
    ExternalSearch,
    InClusterSearch,
    NoObjectStore,
    NoSearch,
)
from infra.sizes import minimums_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from infra.settings.platform import Platform

_GROUPS = "-seldon-"
"""What stands between the namespace of a runtime and the rest of the names of its Kafka groups."""


_OLDEST_KUBERNETES = 30
"""Minor version: neither CloudNativePG 1.30, ECK 3.2 nor Strimzi 1.2 is run by its makers on an older one."""


def check_stores(platform: Platform, today: date) -> Iterator[Problem]:
    """Run every check of the stores; `platform` may be what was salvaged of an invalid file."""
    for problems in (
        check_external(platform, today),
        _kubernetes(platform),
        _search_image(platform),
        _end_of_life(platform),
        _backups(platform),
        _platform_storage(platform),
        _kafka_groups(platform),
        _minimums(platform),
    ):
        yield from until_invalid(problems)


def _kubernetes(platform: Platform) -> Iterator[Problem]:
    operated = [store for store in platform.stores if store != "object-store"]
    if operated and platform.cluster.minor < _OLDEST_KUBERNETES:
        yield Problem(
            ("cluster", "version"),
            f"{shown(platform.cluster.version)} is too old for the operators of {', '.join(operated)} in the cluster; "
            f'allowed: "1.{_OLDEST_KUBERNETES}" or newer, or stores outside',
        )


def _search_image(platform: Platform) -> Iterator[Problem]:
    search = platform.search
    if not isinstance(search, InClusterSearch):
        return
    try:
        image_version(search.image)
    except ValueError:
        yield Problem(
            ("search", "image"),
            f"{shown(search.image)} has no tag that starts with a version of 7.17, the last line that Seldon supports; "
            "allowed: a tag such as 7.17.29 or 7.17.29-s3, a digest behind it or not",
        )


def _end_of_life(platform: Platform) -> Iterator[Problem]:
    search = platform.search
    if isinstance(search, NoSearch) or is_opensearch(platform) or is_exempt(platform, "end-of-life", "search"):
        return
    version = search.version if isinstance(search, ExternalSearch) else "7.17"
    yield Problem(
        ("exemptions",),
        f"no entry for the end of life of search: Elasticsearch {version} is no longer maintained, like every version "
        f"that Seldon supports; allowed: a list with {entry_for('end-of-life', 'search')}",
    )


def _backups(platform: Platform) -> Iterator[Problem]:
    if not isinstance(platform.object_store, NoObjectStore):
        return
    stores = [store for store in platform.stores if store in ("postgres", "search")]
    if stores:
        yield Problem(
            ("objectStore", "kind"),
            f"none, but {' and '.join(stores)} in the cluster {'keeps its' if len(stores) == 1 else 'keep their'} "
            "backups there; allowed: in-cluster or external",
        )


def _platform_storage(platform: Platform) -> Iterator[Problem]:
    if not isinstance(platform.object_store, NoObjectStore):
        return
    for index, stores in valid(platform.seldon.runtimes, lambda runtime: runtime.storage):
        for position, store in enumerate(stores):
            if isinstance(store, PlatformStorage):
                yield Problem(
                    ("seldon", "runtimes", index, "storage", position, "kind"),
                    "platform, but platform.objectStore has kind none; allowed: s3 or gcs, or platform with an "
                    "objectStore of kind in-cluster or external",
                )


def _kafka_groups(platform: Platform) -> Iterator[Problem]:
    """A user of Kafka has the groups that begin with its namespace, which must not be those of another."""
    if not isinstance(platform.kafka, Strimzi):
        return
    namespaces = list(valid(platform.seldon.runtimes, lambda runtime: runtime.namespace))
    for index, namespace in namespaces:
        for _, other in namespaces:
            if namespace.startswith(f"{other}{_GROUPS}"):
                yield Problem(
                    ("seldon", "runtimes", index, "namespace"),
                    f"{shown(namespace)} begins as the Kafka groups of runtime {other} do; "
                    f"allowed: a name that does not begin with {other}{_GROUPS}",
                )


def _minimums(platform: Platform) -> Iterator[Problem]:
    least = minimums_for(platform.environment)
    for (store, name), minimum in {
        ("postgres", "storage_gi"): least.postgres_storage_gi,
        ("postgres", "backup_retention_days"): least.backup_retention_days,
        ("search", "storage_gi"): least.search_storage_gi,
        ("search", "snapshot_retention_days"): least.backup_retention_days,
        ("object_store", "storage_gi"): least.object_storage_gi,
        ("object_store", "audit_retention_days"): least.audit_retention_days,
        ("kafka", "storage_gi"): least.kafka_storage_gi,
        ("kafka", "replication_factor"): least.kafka_replication_factor,
    }.items():
        given: object = getattr(getattr(platform, store, None), name, None)
        if isinstance(given, int) and given < minimum:
            yield below((to_camel(store), to_camel(name)), given, minimum, platform.environment)
