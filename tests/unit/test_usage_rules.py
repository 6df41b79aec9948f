"""The Prometheus rules, judged by Prometheus: input series, and what must be recorded or must fire."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from components.cluster.audit.alerts import audit_alerts
from components.cluster.edge_alerts import edge_alerts
from components.cluster.postgres.alerts import postgres_alerts
from components.cluster.usage_rules import serving_alerts, usage_rules
from components.cluster.workflows import workflows_alerts

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[1] / "data" / "promtool"
RULES: dict[str, Callable[[], dict[str, Any]]] = {
    "usage": usage_rules,
    "alerts": serving_alerts,
    "edge": partial(edge_alerts, namespace="istio-system", deployment="istio-ingressgateway", signing_keys=True),
    "batch": partial(workflows_alerts, namespace="argo"),
    "audit": partial(audit_alerts, namespace="seldon-audit", replicas=2),
    "postgres": partial(postgres_alerts, namespace="seldon-postgres", instances=3),
}


def judge(promtool: Path, directory: Path, rules: str, text: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a set of rules on the text of its rules."""
    (directory / f"{rules}.rules.yaml").write_text(text, encoding="utf-8")
    tests = shutil.copy(DATA / f"{rules}.test.yaml", directory)
    return subprocess.run([promtool, "test", "rules", tests], check=False, capture_output=True, text=True)


def text_of(rules: str) -> str:
    return yaml.safe_dump(RULES[rules](), width=1000)


@pytest.mark.parametrize("rules", RULES)
def test_prometheus_accepts_the_rules(rules: str, promtool: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text_of(rules), encoding="utf-8")
    result = subprocess.run([promtool, "check", "rules", file], check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("rules", RULES)
def test_the_rules_record_and_fire_as_meant(rules: str, promtool: Path, tmp_path: Path) -> None:
    result = judge(promtool, tmp_path, rules, text_of(rules))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("rules", "right", "wrong"),
    [
        pytest.param("usage", '{label_app_kubernetes_io_name="seldon-server"}', "", id="every pod is a server"),
        pytest.param("usage", "max by (namespace, pod, container) (", "(", id="duplicates are not merged"),
        pytest.param("usage", "max by (namespace, pod, label_seldon_server_name) (", "(", id="labels are not merged"),
        pytest.param("usage", "sum by (namespace, name)", "sum by (name)", id="namespaces are mixed"),
        pytest.param("usage", "sum by (namespace, name)", "sum by (namespace)", id="servers are mixed"),
        pytest.param("usage", "sum by (namespace, name)", "max by (namespace, name)", id="replicas are not summed"),
        pytest.param("usage", 'container!="",container!="POD"', 'container!=""', id="the sandbox counts"),
        pytest.param("usage", 'container!="",container!="POD"', 'container!="POD"', id="whole pods count"),
        pytest.param("usage", 'resource="cpu"', 'resource="memory"', id="the wrong request"),
        pytest.param("usage", "working_set_bytes", "rss", id="a series that is not there"),
        pytest.param("alerts", "for: 10m", "for: 2m", id="servers alert too early"),
        pytest.param("alerts", "mlserver|triton", ".*", id="any stateful set is a server"),
        pytest.param("alerts", "kube_statefulset_replicas{", "3 + 0 * kube_statefulset_replicas{", id="none wanted"),
        pytest.param("alerts", "for: 5m", "for: 1m", id="a quick restart alerts"),
        pytest.param("alerts", 'deployment="seldon-envoy"', 'deployment!=""', id="any deployment is an Envoy"),
        pytest.param("alerts", "7 * 24", "9 * 24", id="certificates alert too early"),
        pytest.param("alerts", "7 * 24", "5 * 24", id="certificates alert too late"),
        pytest.param("edge", 'deployment="istio-ingressgateway"', 'deployment!=""', id="any deployment is a gateway"),
        pytest.param("edge", '_available{namespace="istio-system",', "_available{", id="any namespace has the gateway"),
        pytest.param("edge", "< 1", "< 0", id="a gateway that is down goes unnoticed"),
        pytest.param("edge", '="True"', '="False"', id="a certificate that is ready alerts"),
        pytest.param("edge", "for: 30m", "for: 5m", id="an order alerts too early"),
        pytest.param("edge", "for: 20m", "for: 2m", id="a moment without signing keys alerts"),
        pytest.param("edge", "increase(", "0 * increase(", id="failing fetches go unnoticed"),
        pytest.param("batch", 'namespace="argo",deployment', "deployment", id="any controller is ours"),
        pytest.param(
            "batch", "< kube_deployment_spec_replicas", "< 1 + kube_deployment_spec_replicas", id="none wanted"
        ),
        pytest.param("batch", "for: 10m", "for: 1m", id="a controller that moves alerts"),
        pytest.param("batch", ',queue_name="workflow_queue"', "", id="any queue is that of jobs"),
        pytest.param("batch", "> 100", "> 200", id="a long queue goes unnoticed"),
        pytest.param("batch", ',cause="OperationPanic"', "", id="a wrong schedule is a failure of the controller"),
        pytest.param("batch", ',status=~"Failed|Error"', "", id="jobs that succeed alert"),
        pytest.param("batch", "Failed|Error", "Failed", id="jobs that err go unnoticed"),
        pytest.param("batch", "[1h])) > 0", "[1h])) > 1", id="a single failure goes unnoticed"),
        pytest.param("postgres", "-[0-9]+", ".*", id="a cluster restored beside counts"),
        pytest.param("postgres", " == 1", "", id="an instance that is down counts as up"),
        pytest.param("postgres", "< 3", "< 2", id="a missing instance goes unnoticed"),
        pytest.param("postgres", "> 300", "> 700", id="a replica may lag"),
        pytest.param("postgres", "last_archived_time", "last_failed_time", id="a failing archive goes unnoticed"),
        pytest.param("postgres", "> 129600", "> 259200", id="a backup may be old"),
        pytest.param(
            "postgres", " or absent(barman", " or vector(0) > absent(barman", id="no news of a backup is good"
        ),
        pytest.param("postgres", "< 0.15", "< 0.05", id="a volume may be full"),
        pytest.param("postgres", 'namespace="seldon-postgres",persistent', "persistent", id="any volume is ours"),
        pytest.param("audit", " or absent(kube", " or vector(0) > absent(kube", id="no aggregator is good"),
        pytest.param("audit", "< 2", "< 1", id="a missing aggregator goes unnoticed"),
        pytest.param("audit", "> 0) > 3600", ">= 0) > 3600", id="an idle trail alerts"),
        pytest.param("audit", "> 3600", "> 7200", id="records may wait for hours"),
        pytest.param("audit", "increase(fluentd", "max_over_time(fluentd", id="old errors alert"),
        pytest.param("audit", "< 50", "< 30", id="a buffer may be half full"),
        pytest.param("audit", "< 10", "< 1", id="a buffer may be full"),
        pytest.param("audit", 'plugin_id=~"odd"', 'plugin_id=~".*"', id="any record is odd"),
        pytest.param("audit", "< 0.1", "< 0.05", id="a volume with chunks set aside may be full"),
        pytest.param("audit", 'namespace="seldon-audit",', "", id="any namespace has the trail"),
    ],
)
def test_a_wrong_rule_is_found(rules: str, right: str, wrong: str, promtool: Path, tmp_path: Path) -> None:
    text = text_of(rules)
    assert right in text
    result = judge(promtool, tmp_path, rules, text.replace(right, wrong))
    assert result.returncode == 1
    assert "parse" not in result.stderr, "the rules must be evaluated and give something else"


@pytest.mark.parametrize("rules", RULES)
def test_every_rule_has_a_test(rules: str) -> None:
    tests = yaml.safe_load((DATA / f"{rules}.test.yaml").read_text(encoding="utf-8"))["tests"]
    tested = json.dumps(tests)
    names = [rule.get("record") or rule["alert"] for group in RULES[rules]()["groups"] for rule in group["rules"]]
    assert [name for name in names if name not in tested] == []
