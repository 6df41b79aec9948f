"""What monitoring gets from the stack file beside its sizes: who is told of alerts, and rules of usage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.cluster.alertmanager import AlertReceiver, receiver_flows
from components.cluster.flows import ENTERPRISE_LABELS
from components.cluster.usage_rules import usage_rules
from components.contracts import Pods
from components.external.outside import reached_at
from components.seldon.enterprise.names import HTTP, webhook
from infra import names

if TYPE_CHECKING:
    from components.cluster.network import Flow
    from infra.settings import Settings
    from infra.settings.platform import Platform
    from infra.site import Site


def alert_receiver(settings: Settings) -> AlertReceiver | None:
    """Return the Enterprise Platform's webhook; None without it, or without the endpoint that gives tokens for it."""
    wanted = settings.platform.seldon_deploy
    if wanted is None or wanted.oidc.token_url is None:
        return None
    oidc = wanted.oidc
    return AlertReceiver(
        url=webhook(names.CORE),
        token_url=wanted.oidc.token_url,
        client_id=oidc.client_id,
        client_secret=settings.secret(oidc.client_secret),
        reached_at=Pods(namespace=names.CORE, labels=ENTERPRISE_LABELS),
        port=HTTP,
        provider_at=reached_at(oidc.cidrs),
        certificate_authority=oidc.certificate_authority,
    )


def alert_flows(site: Site) -> list[Flow]:
    """Return the flows of Alertmanager to who is told."""
    receiver = alert_receiver(site.settings)
    return receiver_flows(receiver, monitoring=names.MONITORING) if receiver else []


def usage_spec(platform: Platform) -> dict[str, Any]:
    """Return the rules of usage: those of the stack file, or the program's own when it gives none."""
    given = platform.monitoring.usage_rules
    return (
        {"groups": [group.model_dump(mode="json", exclude_defaults=True) for group in given]}
        if given
        else usage_rules()
    )
