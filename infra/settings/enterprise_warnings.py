"""What is allowed for the Enterprise Platform and the logs of applications, but must not go unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.settings.application_logs import FluentBit
from infra.settings.certificates import last_day
from infra.settings.store_warnings import RENEWAL_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from infra.settings.enterprise import SeldonDeploy
    from infra.settings.platform import Platform

EVERYONE = "*"
_SUPERUSER = "elastic"


def enterprise_warnings(platform: Platform, today: date) -> Iterator[str]:
    """Yield the warnings, each with its path."""
    if platform.seldon_deploy:
        yield from _everyone(platform.seldon_deploy)
        yield from _login(platform.seldon_deploy, today)
    yield from _log_writer(platform)


def _everyone(enterprise: SeldonDeploy) -> Iterator[str]:
    for grant in enterprise.access.users.get(EVERYONE, ()):
        if grant.action == "write":
            yield f"platform.enterprise.access.users.{EVERYONE}: everyone who logs in may change {grant.resource}"


def _login(enterprise: SeldonDeploy, today: date) -> Iterator[str]:
    if not enterprise.oidc.cidrs:
        yield "platform.enterprise.oidc.cidrs: not given, so the platform may connect to any address at its port"
    pem = enterprise.oidc.certificate_authority
    if pem is not None and (end := last_day(pem)) - today <= RENEWAL_TIME:
        yield (f"platform.enterprise.oidc.certificateAuthority: expires on {end}; add its successor before that day")


def _log_writer(platform: Platform) -> Iterator[str]:
    logs = platform.application_logs
    if isinstance(logs, FluentBit) and logs.writer is not None and logs.writer.username == _SUPERUSER:
        yield (
            f"platform.applicationLogs.writer.username: {_SUPERUSER} may do everything there; give a user who may "
            "only add to kubernetes_cluster-*"
        )
