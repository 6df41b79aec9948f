"""What must hold between fields of a stack file; each check sees only fields that are valid on their own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from components.seldon.routing import runtime_host
from infra.names import CALLERS, ENTERPRISE_NAMESPACES, INGRESS_NAMESPACES, STORE_NAMESPACES, platform_namespaces
from infra.settings.acme_checks import check_acme
from infra.settings.base import NotValidError
from infra.settings.certificates import chain_problems
from infra.settings.enterprise_checks import check_enterprise
from infra.settings.errors import Problem, below, shown
from infra.settings.exemption_checks import check_exemptions
from infra.settings.ingress import PrivateCa, Provided
from infra.settings.ingress_checks import check_ingress
from infra.settings.log_checks import check_logs
from infra.settings.runtime_checks import check_runtime
from infra.settings.salvage import duplicates, until_invalid, valid
from infra.settings.store_checks import check_stores
from infra.sizes import minimums_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from infra.settings.platform import Platform
    from infra.settings.shape import Path
    from infra.sizes import Environment

RESERVED_NAMESPACES = tuple(
    sorted(
        {
            *(name for ingress in INGRESS_NAMESPACES for name in platform_namespaces(ingress)),
            *STORE_NAMESPACES,
            *ENTERPRISE_NAMESPACES,
            CALLERS,
            "istio-ingress",
            "kafka",
        }
    )
)
"""Namespaces that the platform makes for itself, now or with a later capability."""


def check(platform: Platform, today: date) -> Iterator[Problem]:
    """Run every check; `platform` may be what was salvaged of an invalid file."""
    for problems in (
        _later(("cloud",), lambda: platform.cloud.kind, "none"),
        _pull_secret(platform),
        _certificate(platform, today),
        check_acme(platform, today),
        check_ingress(platform, today),
        _retention(platform),
        _metrics_storage(platform),
        _rule_groups(platform),
        _namespaces(platform),
        _runtimes(platform),
        check_stores(platform, today),
        check_enterprise(platform, today),
        check_logs(platform),
        check_exemptions(platform, today),
    ):
        yield from until_invalid(problems)


def _later(path: Path, kind: Callable[[], str], available: str) -> Iterator[Problem]:
    given = kind()
    if given != available:
        yield Problem((*path, "kind"), f"{given} comes later: not available yet, choose {available}")


def _pull_secret(platform: Platform) -> Iterator[Problem]:
    if platform.images.pull_secret is not None and platform.images.registry is None:
        yield Problem(
            ("images", "registry"),
            "missing, but pullSecret is given; allowed: the registry that pullSecret is for, or neither",
        )


def _certificate(platform: Platform, today: date) -> Iterator[Problem]:
    path, certificate = ("ingress", "certificate"), platform.ingress.certificate
    if isinstance(certificate, PrivateCa):
        if (certificate.certificate is None) != (certificate.private_key is None):
            lacking = "privateKey" if certificate.private_key is None else "certificate"
            yield Problem(
                (*path, lacking),
                "missing; allowed: certificate and privateKey together, or neither (a CA is then made in the cluster)",
            )
        if certificate.certificate is not None:
            for text in chain_problems(certificate.certificate, today=today, authority=True):
                yield Problem((*path, "certificate"), text)
    if isinstance(certificate, Provided):
        for text in chain_problems(certificate.certificate, today=today, hosts=_hosts(platform)):
            yield Problem((*path, "certificate"), text)


def _hosts(platform: Platform) -> list[str]:
    """Every host that the gateway serves, as far as its parts are valid."""
    namespaces: list[str] = []
    with suppress(NotValidError):
        namespaces = [namespace for _, namespace in valid(platform.seldon.runtimes, lambda runtime: runtime.namespace)]
    try:
        host = platform.ingress.host
    except NotValidError:
        return []
    return [host, *dict.fromkeys(runtime_host(namespace, host) for namespace in namespaces)]


def _retention(platform: Platform) -> Iterator[Problem]:
    least = minimums_for(platform.environment).retention_days
    given = platform.monitoring.retention_days
    if given is not None and given < least:
        yield below(("monitoring", "retentionDays"), given, least, platform.environment)


def _metrics_storage(platform: Platform) -> Iterator[Problem]:
    least = minimums_for(platform.environment).prometheus_storage_gi
    given = platform.monitoring.storage_gi
    if given is not None and given < least:
        yield below(("monitoring", "storageGi"), given, least, platform.environment)


def _rule_groups(platform: Platform) -> Iterator[Problem]:
    for index, first, name in duplicates(valid(platform.monitoring.usage_rules, lambda group: group.name)):
        yield Problem(
            ("monitoring", "usageRules", index, "name"),
            f"{shown(name)} is already used by usageRules[{first}]; allowed: one group per name",
        )


def _namespaces(platform: Platform) -> Iterator[Problem]:
    namespaces = list(valid(platform.seldon.runtimes, lambda runtime: runtime.namespace))
    for index, namespace in namespaces:
        if namespace in RESERVED_NAMESPACES or namespace == "default" or namespace.startswith("kube-"):
            yield Problem(
                ("seldon", "runtimes", index, "namespace"),
                f"{shown(namespace)} belongs to the platform or the cluster; allowed: any other name than default, "
                f"kube-*, {', '.join(RESERVED_NAMESPACES)}",
            )
    for index, first, namespace in duplicates(namespaces):
        yield Problem(
            ("seldon", "runtimes", index, "namespace"),
            f"{shown(namespace)} is already used by runtimes[{first}]; allowed: one runtime per namespace",
        )


def _runtimes(platform: Platform) -> Iterator[Problem]:
    environment = _environment(platform)
    for index, runtime in enumerate(platform.seldon.runtimes):
        yield from check_runtime(runtime, ("seldon", "runtimes", index), environment)


def _environment(platform: Platform) -> Environment | None:
    try:
        return platform.environment
    except NotValidError:
        return None
