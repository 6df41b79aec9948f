"""What a stack file makes of alerts, of rules of usage, and of who finds a runtime."""

from __future__ import annotations

import copy
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from component_stage import SECRET
from platforms import PLATFORM, enterprise, one_tenant, record_platform, tenant
from recorder import Secret, unsecret

from components.cluster.alertmanager import CONFIG_SECRET
from components.cluster.usage_rules import usage_rules

if TYPE_CHECKING:
    from pathlib import Path

    from recorder import Recording

NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
RULE = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"


def changed(**oidc: Any) -> dict[str, Any]:
    """Return the configuration with the Enterprise Platform and a changed login; None takes a setting away."""
    config = copy.deepcopy(enterprise("in-cluster"))
    login = config[PLATFORM]["enterprise"]["oidc"]
    for key, value in oidc.items():
        login.pop(key, None)
        if value is not None:
            login[key] = value
    return config


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record_platform(enterprise("in-cluster"))


def secrets(made: Recording) -> list[str]:
    return [secret.object_name for secret in made.of(SECRET)]


def test_the_platform_is_told_with_its_own_client(recording: Recording) -> None:
    files = recording.object(SECRET, "seldon-monitoring", CONFIG_SECRET).inputs["stringData"]
    told = unsecret(files)
    assert told["client-secret"] == "planted-loginSecret"
    assert isinstance(files, Secret) or isinstance(files["client-secret"], Secret)
    (webhook,) = yaml.safe_load(told["alertmanager.yaml"])["receivers"][1]["webhook_configs"]
    assert webhook["url"] == ("http://seldon-deploy.seldon-system:80/seldon-deploy/api/v1alpha1/webhooks/firing-alert")
    oauth2 = webhook["http_config"]["oauth2"]
    assert (oauth2["client_id"], oauth2["token_url"]) == ("seldon-platform", "https://login.acme.example/token")


def test_alertmanager_is_let_out_to_the_provider_alone(recording: Recording) -> None:
    (rule,) = recording.object(POLICY, "seldon-monitoring", "alertmanager-tokens-out").inputs["spec"]["egress"]
    assert [peer["ipBlock"]["cidr"] for peer in rule["to"]] == ["10.20.4.0/24"]
    into = recording.object(POLICY, "seldon-system", "alertmanager-webhook-in").inputs["spec"]
    assert into["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "seldon-deploy"}}
    assert [port["port"] for port in into["ingress"][0]["ports"]] == [8000]


@pytest.mark.parametrize("config", [changed(tokenUrl=None), one_tenant()], ids=["no endpoint", "no platform"])
def test_nobody_is_told_without_a_platform_or_tokens(config: dict[str, Any]) -> None:
    made = record_platform(config)
    assert CONFIG_SECRET not in secrets(made)
    assert not [policy for policy in made.of(POLICY) if policy.object_name.startswith("alertmanager-webhook")]


def test_given_rules_of_usage_are_recorded(recording: Recording, promtool: Path, tmp_path: Path) -> None:
    spec = recording.object(RULE, "seldon-monitoring", "seldon-deployment-usage-rules").inputs["spec"]
    (group,) = spec["groups"]
    assert (group["name"], group["interval"]) == ("usage", "1m")
    assert [(rule["record"], rule["labels"]) for rule in group["rules"]] == [
        ("model_containers_average", {"team": "data-science"})
    ]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    said = subprocess.run([promtool, "check", "rules", file], check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr


def test_without_any_the_programs_own_are() -> None:
    made = tenant().object(RULE, "seldon-monitoring", "seldon-deployment-usage-rules")
    assert made.inputs["spec"] == usage_rules()


def labels(made: Recording, namespace: str) -> dict[str, str]:
    """Return what a namespace says to the Enterprise Platform."""
    given = made.object(NAMESPACE, None, namespace).inputs["metadata"]["labels"]
    return {name: value for name, value in given.items() if name.startswith("seldon.")}


def test_a_runtime_is_found_by_whom_the_settings_name(recording: Recording) -> None:
    assert labels(recording, "fraud") == {
        "seldon.restricted": "true",
        "seldon.group.auditors": "read",
        "seldon.group.data-scientists": "write",
    }
    namespaces = [made.object_name for made in recording.of(NAMESPACE)]
    assert [name for name in namespaces if labels(recording, name)] == ["fraud"]


def test_a_runtime_that_says_nothing_is_found_by_nobody() -> None:
    config = changed()
    del config[PLATFORM]["seldon"]["runtimes"][0]["visibility"]
    assert labels(record_platform(config), "fraud") == {"seldon.restricted": "true"}
    assert labels(tenant(), "fraud") == {}
