"""What must hold for the logs of applications: where they go, who writes them, and what reads the nodes' files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra import names
from infra.settings.application_logs import FluentBit
from infra.settings.errors import Problem, shown
from infra.settings.exemption_checks import entry_for, is_exempt
from infra.settings.salvage import until_invalid
from infra.settings.stores import ExternalSearch, InClusterSearch, NoSearch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.settings.platform import Platform

_PATH = ("applicationLogs",)
_ADMISSION_POLICIES = 30
"""Minor version of Kubernetes since which ValidatingAdmissionPolicy is stable:
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/."""


def check_logs(platform: Platform) -> Iterator[Problem]:
    """Run every check of the logs of applications; `platform` may be what was salvaged of an invalid file."""
    logs = platform.application_logs
    if isinstance(logs, FluentBit):
        for problems in (
            _search(platform),
            _exemption(platform),
            _kubernetes(platform),
            _writer(platform, logs),
            _writer_name(platform, logs),
        ):
            yield from until_invalid(problems)


def _search(platform: Platform) -> Iterator[Problem]:
    if isinstance(platform.search, NoSearch):
        yield Problem(
            (*_PATH, "kind"),
            "fluent-bit, but platform.search has kind none, so the logs have nowhere to go; "
            "allowed: none, or search of kind in-cluster or external",
        )


def _exemption(platform: Platform) -> Iterator[Problem]:
    if not is_exempt(platform, "pod-security", names.NODE_LOGS):
        entry = entry_for("pod-security", names.NODE_LOGS)
        yield Problem(
            (*_PATH, "kind"),
            f"fluent-bit reads files of the nodes, which Pod Security forbids in every namespace; allowed: none, or "
            f"fluent-bit with {entry} under exemptions",
        )


def _kubernetes(platform: Platform) -> Iterator[Problem]:
    """The admission policy is what keeps the exempted namespace narrow."""
    if platform.cluster.minor < _ADMISSION_POLICIES:
        yield Problem(
            ("cluster", "version"),
            f"{shown(platform.cluster.version)} has no ValidatingAdmissionPolicy, which keeps the pods of "
            f'applicationLogs from doing more than read logs; allowed: "1.{_ADMISSION_POLICIES}" or newer, or '
            "applicationLogs of kind none",
        )


def _writer(platform: Platform, logs: FluentBit) -> Iterator[Problem]:
    if isinstance(platform.search, ExternalSearch) and logs.writer is None:
        yield Problem(
            (*_PATH, "writer"),
            "missing, but search is external; allowed: a mapping with username and password of a user who may add to "
            "kubernetes_cluster-* there and nothing else",
        )
    if isinstance(platform.search, InClusterSearch) and logs.writer is not None:
        yield Problem(
            (*_PATH, "writer"),
            "given, but the platform makes this user itself when search is in the cluster; allowed: nothing here",
        )


def _writer_name(platform: Platform, logs: FluentBit) -> Iterator[Problem]:
    search = platform.search
    if isinstance(search, ExternalSearch) and logs.writer is not None and logs.writer.username == search.username:
        yield Problem(
            (*_PATH, "writer", "username"),
            f"{shown(logs.writer.username)} is the user of search, who may read what others logged; "
            "allowed: another user, who may only add",
        )
