"""Where Alertmanager sends what fires: a webhook that wants a token of the customer's identity provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
import yaml

from components.cluster.network import OUTSIDE, Flow
from components.contracts import Pods
from components.urls import https_port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import Endpoint

CONFIG_SECRET = "seldon-alertmanager"  # noqa: S105 (a name)
"""Secret with the configuration. The chart's own has another name: it goes when this one comes."""
CONFIG_FILE = "alertmanager.yaml"
"""Its one key that the operator reads; it mounts the others as they are."""
CLIENT_SECRET_FILE = "client-secret"  # noqa: S105 (a name)
AUTHORITY_FILE = "authority.crt"

_FOLDER = "/etc/alertmanager/config"
"""Where the operator mounts the keys beside the configuration (prometheus-operator, API reference, configSecret)."""

_WEBHOOK = "deploy-webhook"
_NOBODY = "nobody"
"""Receivers; the second has nowhere to send to: what is not routed stays visible in Alertmanager alone."""


@dataclass(frozen=True, kw_only=True)
class AlertReceiver:
    """A webhook behind OAuth 2.0, entered with the client credentials grant.

    Raises:
        ValueError: the client's secret would be sent in the clear.
    """

    url: str
    token_url: str
    """HTTPS URL of the provider's token endpoint."""
    client_id: str
    client_secret: pulumi.Input[str]
    """Secret."""
    reached_at: Pods
    """Pods that answer at `url`."""
    port: int
    """Of these pods."""
    provider_at: Endpoint = OUTSIDE
    """Where the token endpoint answers."""
    scopes: Sequence[str] = ("openid",)
    certificate_authority: str | None = None
    """PEM of what signs the provider's certificate; None takes what Alertmanager's image trusts."""

    def __post_init__(self) -> None:
        if not self.token_url.startswith("https://"):
            raise ValueError(f"token endpoint {self.token_url} is no https URL")


def alertmanager_config(receiver: AlertReceiver) -> dict[str, Any]:
    """Return the configuration, which names files for what is secret and so holds no secret itself.

    Seldon's platform shows alerts of type `user` and `infra`, warnings and what is critical
    (https://docs.seldon.ai/seldon-enterprise-platform, production environment, observability and alerting).
    """
    oauth2: dict[str, Any] = {
        "client_id": receiver.client_id,
        "client_secret_file": f"{_FOLDER}/{CLIENT_SECRET_FILE}",
        "scopes": list(receiver.scopes),
        "token_url": receiver.token_url,
    }
    if receiver.certificate_authority:
        oauth2["tls_config"] = {"ca_file": f"{_FOLDER}/{AUTHORITY_FILE}"}
    shown = {
        "receiver": _WEBHOOK,
        "matchers": ['severity =~ "warning|critical"', 'type =~ "user|infra"'],
        "routes": [{"matchers": ['severity = "critical"'], "group_wait": "10s", "repeat_interval": "1h"}],
    }
    return {
        "route": {
            "receiver": _NOBODY,
            "group_by": ["alertname", "namespace"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "4h",
            "routes": [shown],
        },
        "receivers": [
            {"name": _NOBODY},
            {
                "name": _WEBHOOK,
                "webhook_configs": [
                    {
                        "url": receiver.url,
                        "send_resolved": True,
                        # A redirect would carry the token to wherever it leads.
                        "http_config": {"oauth2": oauth2, "follow_redirects": False},
                    }
                ],
            },
        ],
    }


def alertmanager_secret(
    name: str, receiver: AlertReceiver, namespace: str, opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Create the Secret of the configuration; Alertmanager reads the client's secret anew for each token."""
    files: dict[str, pulumi.Input[str]] = {
        CONFIG_FILE: yaml.safe_dump(alertmanager_config(receiver), sort_keys=False),
        CLIENT_SECRET_FILE: pulumi.Output.secret(receiver.client_secret),
    }
    if receiver.certificate_authority:
        files[AUTHORITY_FILE] = receiver.certificate_authority
    return corev1.Secret(
        name,
        metadata=metav1.ObjectMetaArgs(name=CONFIG_SECRET, namespace=namespace),
        string_data=files,
        opts=opts,
    )


def receiver_flows(receiver: AlertReceiver, *, monitoring: str) -> list[Flow]:
    """Let Alertmanager reach the webhook, and the provider that gives it tokens."""
    alertmanager = Pods(namespace=monitoring, labels={"app.kubernetes.io/name": "alertmanager"})
    return [
        Flow(
            name="alertmanager-webhook",
            source=alertmanager,
            target=receiver.reached_at,
            ports=[receiver.port],
            why="firing alerts, for the platform to show",
        ),
        Flow(
            name="alertmanager-tokens",
            source=alertmanager,
            target=receiver.provider_at,
            ports=[https_port(receiver.token_url)],
            why="tokens for the webhook",
        ),
    ]
