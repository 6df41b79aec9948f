"""What must hold for the Enterprise Platform, the audit trail and what only they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.settings.audit import Audit
from infra.settings.certificates import bundle_problems
from infra.settings.enterprise import Metronome, SeldonDeploy
from infra.settings.errors import Problem, below, nearest, shown
from infra.settings.ingress import Istio
from infra.settings.kafka import NoKafka
from infra.settings.salvage import duplicates, until_invalid, valid
from infra.settings.stores import NoObjectStore, NoPostgres, NoSearch
from infra.sizes import minimums_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from infra.settings.grants import Grant
    from infra.settings.platform import Platform
    from infra.settings.shape import Path

_PATH = ("enterprise",)


def check_enterprise(platform: Platform, today: date) -> Iterator[Problem]:
    """Run every check of the Enterprise Platform; `platform` may be what was salvaged of an invalid file."""
    enterprise = platform.seldon_deploy
    if enterprise:
        found = (
            _ingress(platform),
            _postgres(platform),
            _search(platform),
            _object_store(platform),
            _kafka(platform, enterprise),
            _authority(enterprise, today),
            _empty(enterprise),
            _namespaces(platform, enterprise),
            _buffer(platform),
            _labels(platform),
        )
    else:
        found = (_audit_alone(platform), _visibility_alone(platform))
    for problems in found:
        yield from until_invalid(problems)


def _ingress(platform: Platform) -> Iterator[Problem]:
    if not isinstance(platform.ingress, Istio):
        yield Problem(
            ("ingress", "kind"),
            f"{platform.ingress.kind}, but Seldon supports the Enterprise Platform behind Istio alone; "
            "allowed: istio, or enterprise of kind none",
        )


def _postgres(platform: Platform) -> Iterator[Problem]:
    if isinstance(platform.postgres, NoPostgres):
        yield _needed("postgres", "keeps the catalogue of models, and with it the rights to projects, there")


def _search(platform: Platform) -> Iterator[Problem]:
    if isinstance(platform.search, NoSearch):
        yield _needed("search", "shows the logs of requests and of applications from there")


def _object_store(platform: Platform) -> Iterator[Problem]:
    if isinstance(platform.object_store, NoObjectStore):
        yield _needed("objectStore", "keeps its audit trail and the files of batch jobs there")


def _needed(store: str, why: str) -> Problem:
    return Problem(
        (store, "kind"),
        f"none, but the Enterprise Platform {why}; allowed: in-cluster or external, or enterprise of kind none",
    )


def _kafka(platform: Platform, enterprise: SeldonDeploy) -> Iterator[Problem]:
    if isinstance(enterprise.request_logging, Metronome) and isinstance(platform.kafka, NoKafka):
        yield Problem(
            (*_PATH, "requestLogging", "kind"),
            "metronome, but it reads requests from Kafka and platform.kafka has kind none; "
            "allowed: none, or kafka of kind strimzi or external",
        )


def _authority(enterprise: SeldonDeploy, today: date) -> Iterator[Problem]:
    pem = enterprise.oidc.certificate_authority
    for text in bundle_problems(pem, today=today) if pem is not None else ():
        yield Problem((*_PATH, "oidc", "certificateAuthority"), text)


def _empty(enterprise: SeldonDeploy) -> Iterator[Problem]:
    if not enterprise.access.groups and not enterprise.access.users:
        yield Problem(
            (*_PATH, "access"),
            "grants nothing, so the platform would deny every request, and it does not start without a policy; "
            "allowed: at least one entry of groups or users",
        )


def _namespaces(platform: Platform, enterprise: SeldonDeploy) -> Iterator[Problem]:
    """A grant of a namespace that is not there would look like one that works, and wait for who makes it."""
    runtimes = [name for _, name in valid(platform.seldon.runtimes, lambda runtime: runtime.namespace)]
    access = enterprise.access
    for index, (key, grants) in valid(
        (lambda: ("groups", access.groups), lambda: ("users", access.users)), lambda read: read()
    ):
        del index
        yield from _granted(grants, (*_PATH, "access", key), runtimes)


def _granted(grants: Mapping[str, tuple[Grant, ...]], path: Path, runtimes: list[str]) -> Iterator[Problem]:
    for name, given in grants.items():
        for index, namespace in valid(given, lambda grant: grant.namespace):
            if namespace is not None and namespace not in runtimes:
                yield Problem(
                    (*path, name, index, "resource"),
                    f"{shown(f'namespace/{namespace}')} is of no runtime{nearest(namespace, runtimes)}; "
                    f"allowed: {', '.join(f'namespace/{runtime}' for runtime in runtimes)}, or project/<name>",
                )
        for index, first, grant in duplicates(valid(given, lambda grant: (grant.action, grant.resource))):
            yield Problem(
                (*path, name, index), f"{' of '.join(grant)} is already granted by {name}[{first}]; allowed: each once"
            )


def _buffer(platform: Platform) -> Iterator[Problem]:
    least = minimums_for(platform.environment).audit_storage_gi
    given = platform.audit.storage_gi
    if given is not None and given < least:
        yield below(("audit", "storageGi"), given, least, platform.environment)


def _labels(platform: Platform) -> Iterator[Problem]:
    for index, visibility in valid(platform.seldon.runtimes, lambda runtime: runtime.visibility):
        if visibility is not None and not visibility.restricted and visibility.groups:
            yield Problem(
                ("seldon", "runtimes", index, "visibility", "groups"),
                "given, but restricted is false, which shows the namespace to everyone; allowed: one of the two",
            )


def _audit_alone(platform: Platform) -> Iterator[Problem]:
    if platform.audit != Audit():
        yield Problem(
            ("audit",),
            "given, but enterprise has kind none, whose actions are what is recorded; "
            "allowed: nothing here, or enterprise of kind seldon-deploy",
        )


def _visibility_alone(platform: Platform) -> Iterator[Problem]:
    for index, visibility in valid(platform.seldon.runtimes, lambda runtime: runtime.visibility):
        if visibility is not None:
            yield Problem(
                ("seldon", "runtimes", index, "visibility"),
                "given, but enterprise has kind none, which alone reads it; "
                "allowed: nothing here, or enterprise of kind seldon-deploy",
            )
