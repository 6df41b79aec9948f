"""What must hold for the services that the customer runs: that clients can verify them, and be verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from components.external.kafka import has_rsa_key
from infra.settings.certificates import bundle_problems, chain_problems
from infra.settings.errors import Problem, shown
from infra.settings.exemption_checks import entry_for, is_exempt
from infra.settings.kafka import ExternalKafka, KafkaCertificate
from infra.settings.salvage import duplicates, until_invalid, valid
from infra.settings.stores import ExternalObjectStore, ExternalPostgres, ExternalSearch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from infra.settings.platform import Platform

External: TypeAlias = ExternalPostgres | ExternalSearch | ExternalObjectStore | ExternalKafka

_NEWEST_SEARCH = (7, 17)
_OLDEST_SEARCH = (6, 0)
_OPENSEARCH = (1, 2)
"""Major versions: https://docs.seldon.ai/seldon-enterprise-platform/production-environment/opensearch."""
_NOBODYS_NAMES = (
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localhost",
    "private",
    "svc",
    "test",
)
"""Endings of names for which no public authority issues certificates (CA/Browser Forum, Baseline Requirements)."""


def check_external(platform: Platform, today: date) -> Iterator[Problem]:
    """Run every check of the customer's own services; `platform` may be what was salvaged of an invalid file."""
    for problems in (
        *(_authority(key, service, today) for key, service in external_services(platform)),
        _postgres_mode(platform),
        _postgres_authority(platform),
        _search_engine(platform),
        _search_version(platform),
        _buckets(platform),
        _bootstrap(platform),
        _client_certificate(platform, today),
    ):
        yield from until_invalid(problems)


def external_services(platform: Platform) -> Iterator[tuple[str, External]]:
    """Yield the services that the customer runs, with their keys in the stack file."""
    readers = {
        "postgres": lambda: platform.postgres,
        "search": lambda: platform.search,
        "objectStore": lambda: platform.object_store,
        "kafka": lambda: platform.kafka,
    }
    keys = list(readers)
    for index, service in valid(readers.values(), lambda read: read()):
        if isinstance(service, ExternalPostgres | ExternalSearch | ExternalObjectStore | ExternalKafka):
            yield keys[index], service


def hosts_of(service: External) -> list[str]:
    """Return the names at which a service is reached."""
    if isinstance(service, ExternalKafka):
        return [address.partition(":")[0] for address in service.bootstrap]
    return [service.host]


def _authority(key: str, service: External, today: date) -> Iterator[Problem]:
    path, pem = (key, "certificateAuthority"), service.certificate_authority
    if pem is not None:
        for text in bundle_problems(pem, today=today):
            yield Problem(path, text)
    elif not isinstance(service, ExternalPostgres):
        for host in hosts_of(service):
            if host.endswith(tuple(f".{ending}" for ending in _NOBODYS_NAMES)):
                yield Problem(
                    path,
                    f"missing, but no public authority issues a certificate for {host}; "
                    "allowed: PEM text of the CA certificates that signed it",
                )
                return


def _postgres_mode(platform: Platform) -> Iterator[Problem]:
    postgres = platform.postgres
    if not isinstance(postgres, ExternalPostgres) or postgres.ssl_mode == "verify-full":
        return
    if not is_exempt(platform, "tls-verification", "postgres"):
        mode = postgres.ssl_mode
        lacks = "the name of the server" if mode == "verify-ca" else "the server at all"
        yield Problem(
            ("postgres", "sslMode"),
            f"{mode} does not verify {lacks}; allowed: verify-full, or {mode} with "
            f"{entry_for('tls-verification', 'postgres')} under exemptions",
        )


def _postgres_authority(platform: Platform) -> Iterator[Problem]:
    """Seldon's catalogue client is given the authority as a file and falls back on none."""
    postgres = platform.postgres
    if not isinstance(postgres, ExternalPostgres) or postgres.certificate_authority is not None:
        return
    if postgres.ssl_mode != "require":
        yield Problem(
            ("postgres", "certificateAuthority"),
            f"missing, but {postgres.ssl_mode} verifies the server against this alone; allowed: PEM text of the CA "
            "certificates that signed the server's, also when they are those of a public authority",
        )


def _search_version(platform: Platform) -> Iterator[Problem]:
    search = platform.search
    if not isinstance(search, ExternalSearch):
        return
    major, minor = (int(number) for number in search.version.split(".")[:2])
    if search.engine == "opensearch":
        if major not in _OPENSEARCH:
            yield Problem(
                ("search", "version"),
                f"{shown(search.version)} is not a version of OpenSearch that the Enterprise Platform is known to work "
                "with; allowed: 1.x or 2.x",
            )
    elif not _OLDEST_SEARCH <= (major, minor) <= _NEWEST_SEARCH:
        yield Problem(
            ("search", "version"),
            f"{shown(search.version)} is not a version that Seldon supports (it does not guarantee 8 or later); "
            "allowed: 6.x, or 7.x up to 7.17",
        )


def _search_engine(platform: Platform) -> Iterator[Problem]:
    search = platform.search
    if not isinstance(search, ExternalSearch) or search.engine == "elasticsearch":
        return
    if not is_exempt(platform, "unsupported-search", "search"):
        yield Problem(
            ("search", "engine"),
            "opensearch is not supported by Seldon; allowed: elasticsearch, or opensearch with "
            f"{entry_for('unsupported-search', 'search')} under exemptions",
        )


def _buckets(platform: Platform) -> Iterator[Problem]:
    store = platform.object_store
    if not isinstance(store, ExternalObjectStore):
        return
    buckets = store.buckets.by_purpose
    purposes = list(buckets)
    for index, first, name in duplicates(valid(buckets.values(), lambda bucket: bucket.name)):
        yield Problem(
            ("objectStore", "buckets", purposes[index], "name"),
            f"{shown(name)} is already used for {purposes[first]}; allowed: a bucket of its own per purpose",
        )


def _bootstrap(platform: Platform) -> Iterator[Problem]:
    kafka = platform.kafka
    if not isinstance(kafka, ExternalKafka):
        return
    for index, first, address in duplicates(enumerate(kafka.bootstrap)):
        yield Problem(
            ("kafka", "bootstrap", index),
            f"{shown(address)} is already given as bootstrap[{first}]; allowed: each broker once",
        )


def _client_certificate(platform: Platform, today: date) -> Iterator[Problem]:
    kafka = platform.kafka
    if not isinstance(kafka, ExternalKafka) or not isinstance(kafka.authentication, KafkaCertificate):
        return
    if kafka.certificate_authority is None:
        yield Problem(
            ("kafka", "certificateAuthority"),
            "missing, but with a client certificate Seldon verifies the brokers against this alone; allowed: PEM text "
            "of the CA certificates that signed theirs, also when they are those of a public authority",
        )
    pem = kafka.authentication.certificate
    texts = list(chain_problems(pem, today=today, client=True))
    for text in texts:
        yield Problem(("kafka", "authentication", "certificate"), text)
    if not texts and not has_rsa_key(pem):
        yield Problem(
            ("kafka", "authentication", "certificate"),
            "has an elliptic-curve key, which Seldon's pipeline engine cannot read; "
            "allowed: RSA of at least 2048 bits, with the private key in PKCS #8 PEM",
        )
