"""Where alerts are sent: the configuration, judged by Alertmanager's own tool, and what of it is secret."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from component_stage import CHART, ONE, SECRET, SOURCES, THREE, perform, waits_for
from recorder import Secret, leaves

from components.cluster.alertmanager import CONFIG_SECRET, AlertReceiver, alertmanager_config, receiver_flows
from components.cluster.monitoring import Monitoring, MonitoringArgs, monitoring_values
from components.cluster.network import OUTSIDE, policies
from components.contracts import PlacedIn, Pods

if TYPE_CHECKING:
    from pathlib import Path

    from component_stage import Stage
    from recorder import Recording

CLIENT = "planted-client-secret"
URL = "http://seldon-deploy.seldon-system:80/seldon-deploy/api/v1alpha1/webhooks/firing-alert"
RECEIVER = AlertReceiver(
    url=URL,
    token_url="https://login.acme.example:8443/realms/people/token",
    client_id="platform",
    client_secret=CLIENT,
    reached_at=Pods(namespace="seldon-system", labels={"app.kubernetes.io/name": "seldon-deploy"}),
    port=8000,
)
PRIVATE = replace(RECEIVER, certificate_authority="-----BEGIN CERTIFICATE-----\nacme\n-----END CERTIFICATE-----\n")
ARGS = MonitoringArgs(
    sources=SOURCES,
    placed=PlacedIn(namespace="watch", ready=[]),
    monitors=[],
    size=THREE,
    helper_size=ONE,
    retention_days=30,
    storage_gi=100,
    storage_class="fast",
    receiver=RECEIVER,
)


def file(directory: Path, config: object) -> Path:
    path = directory / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def run(amtool: Path, *arguments: str) -> str:
    """Return what amtool prints when it is content."""
    done = subprocess.run([amtool, *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("receiver", [RECEIVER, PRIVATE], ids=["public authority", "own authority"])
def test_alertmanager_accepts_the_configuration(receiver: AlertReceiver, amtool: Path, tmp_path: Path) -> None:
    said = run(amtool, "check-config", str(file(tmp_path, alertmanager_config(receiver))))
    assert "2 receivers" in said


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("severity=critical", "type=infra"), "deploy-webhook"),
        (("severity=warning", "type=infra"), "deploy-webhook"),
        (("severity=warning", "type=user"), "deploy-webhook"),
        (("severity=none", "type=infra"), "nobody"),
        (("severity=critical",), "nobody"),
        (("severity=critical", "type=other"), "nobody"),
    ],
)
def test_alerts_go_where_their_labels_say(labels: tuple[str, ...], receiver: str, amtool: Path, tmp_path: Path) -> None:
    config = file(tmp_path, alertmanager_config(RECEIVER))
    assert run(amtool, "config", "routes", "test", f"--config.file={config}", *labels) == receiver


def webhook(receiver: AlertReceiver) -> dict[str, Any]:
    """Return the settings of the one webhook."""
    (made,) = (each for each in alertmanager_config(receiver)["receivers"] if each["name"] == "deploy-webhook")
    (found,) = made["webhook_configs"]
    return found


def test_the_token_goes_to_the_webhook_and_nowhere_else() -> None:
    found = webhook(RECEIVER)
    assert found["url"] == URL
    assert found["http_config"]["follow_redirects"] is False
    assert found["http_config"]["oauth2"] == {
        "client_id": "platform",
        "client_secret_file": "/etc/alertmanager/config/client-secret",
        "scopes": ["openid"],
        "token_url": "https://login.acme.example:8443/realms/people/token",
    }


def test_the_provider_is_verified_by_its_own_authority() -> None:
    tls = webhook(PRIVATE)["http_config"]["oauth2"]["tls_config"]
    assert tls == {"ca_file": "/etc/alertmanager/config/authority.crt"}


@pytest.mark.parametrize("url", ["http://login.acme.example/token", "login.acme.example/token", ""])
def test_a_token_endpoint_in_the_clear_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=f"token endpoint {url} is no https URL"):
        replace(RECEIVER, token_url=url)


def recorded(receiver: AlertReceiver | None, *, preview: bool = False) -> Recording:
    """Record monitoring with a receiver."""

    def make(stage: Stage) -> None:
        args = replace(ARGS, receiver=receiver, placed=stage.place("watch"), depends_on=[stage.prop("flows")])
        Monitoring("monitoring", args, stage.opts)

    return perform(make, preview=preview)


@pytest.mark.parametrize("preview", [True, False])
def test_the_clients_secret_stands_in_a_secret_and_nowhere_else(*, preview: bool) -> None:
    recording = recorded(PRIVATE, preview=preview)
    made = recording.object(SECRET, "watch", CONFIG_SECRET)
    holders = {
        (resource.name, secret)
        for resource in recording.resources
        for _, value, secret in leaves(resource.inputs)
        if isinstance(value, str) and CLIENT in value
    }
    assert holders == {(made.name, True)}
    files = made.inputs["stringData"]
    files = files.value if isinstance(files, Secret) else files
    assert set(files) == {"alertmanager.yaml", "client-secret", "authority.crt"}


def test_alertmanager_starts_with_the_configuration() -> None:
    recording = recorded(RECEIVER)
    stack = recording.one(CHART, "monitoring-stack")
    assert {"monitoring-alertmanager", "guards-of-watch", "flows"} <= waits_for(recording, stack)
    spec = stack.inputs["values"]["alertmanager"]["alertmanagerSpec"]
    assert (spec["useExistingSecret"], spec["configSecret"]) == (True, CONFIG_SECRET)


def test_without_a_receiver_the_chart_keeps_its_own() -> None:
    assert recorded(None).of(SECRET) == []
    spec = monitoring_values(replace(ARGS, receiver=None))["alertmanager"]["alertmanagerSpec"]
    assert {"useExistingSecret", "configSecret"}.isdisjoint(spec)


def test_alertmanager_reaches_the_webhook_and_the_providers_port() -> None:
    made = {policy.name: policy for policy in policies(receiver_flows(RECEIVER, monitoring="watch"))}
    assert set(made) == {"alertmanager-webhook-out", "alertmanager-webhook-in", "alertmanager-tokens-out"}
    sources = {
        made[name].spec["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for name in made if "out" in name
    }
    assert sources == {"alertmanager"}
    assert made["alertmanager-webhook-in"].namespace == "seldon-system"
    (out,) = made["alertmanager-tokens-out"].spec["egress"]
    assert [port["port"] for port in out["ports"]] == [8443]
    assert [peer["ipBlock"]["cidr"] for peer in out["to"]] == list(OUTSIDE.cidrs)
