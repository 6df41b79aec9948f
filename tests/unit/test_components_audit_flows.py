"""Who reaches the audit trail, what it reaches, what Prometheus scrapes, and who asks whether it lives."""

from __future__ import annotations

import os
import subprocess
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from audit_stage import BUCKETS, HERE, made
from component_stage import PLACE
from http_server import listening

from components.cluster.audit import names, pods
from components.cluster.audit.flows import audit_flows, audit_monitors, to_audit
from components.cluster.network import OUTSIDE, policies
from components.contracts import Addresses, Pods

AGGREGATOR = Pods(namespace=HERE, labels={"app.kubernetes.io/name": "audit-fluentd-aggregator"})
PLATFORM = Pods(namespace="core", labels={"app.kubernetes.io/name": "seldon-deploy"})
PROMETHEUS = Pods(namespace="watch", labels={"app.kubernetes.io/name": "prometheus"})
GOOGLE = Addresses(cidrs=("169.254.169.252/32", "169.254.169.254/32"))
IDENTITIES = {"s3 with an identity": (OUTSIDE, (443,)), "gcs": (GOOGLE, (80, 988))}


@pytest.mark.parametrize("kind", BUCKETS)
def test_the_flows(kind: str) -> None:
    bucket = BUCKETS[kind]
    flows = audit_flows(PLACE, namespace=HERE, bucket=bucket)
    expected = [
        (PLATFORM, AGGREGATOR, (24225,)),
        (AGGREGATOR, bucket.reached_at, (bucket.port,)),
        *((AGGREGATOR, *IDENTITIES[name]) for name in IDENTITIES if name == kind),
        (PROMETHEUS, AGGREGATOR, (24231,)),
    ]
    assert [(flow.source, flow.target, tuple(flow.ports)) for flow in flows] == expected
    assert all(flow.why for flow in flows)
    assert policies(flows)


def test_a_client_of_the_secure_listener_reaches_that_alone() -> None:
    _, audit = made()
    collector = Pods(namespace="nodes", labels={"app": "collector"})
    flow = to_audit("logs-audit", collector, audit)
    assert (flow.source, flow.target, [*flow.ports]) == (collector, AGGREGATOR, [24224])


def test_prometheus_scrapes_the_port_that_the_pods_name() -> None:
    (monitor,) = audit_monitors(HERE)
    assert (monitor.kind, monitor.labels, monitor.namespaces) == ("PodMonitor", names.LABELS, [HERE])
    assert names.PORT_NAMES[monitor.port] == 24231


def alive(tmp_path: Path, port: int, *, now: str = "old", minute: str = "00", pod: str = "audit-0") -> str:
    """Ask the script with the certificates and at the time that are given; the answer is empty when it is content."""
    (tmp_path / "now.crt").write_text(now, encoding="utf-8")
    (tmp_path / "start.crt").write_text("old", encoding="utf-8")
    clock = tmp_path / "date"
    clock.write_text(f'#!/bin/sh\n[ "$1" = +%-M ] && echo {minute.removeprefix("0")}\n', encoding="utf-8")
    clock.chmod(0o755)
    script = Path(pods.__file__).with_name("scripts") / pods.ALIVE
    command = ["bash", script, str(port), tmp_path / "now.crt", tmp_path / "start.crt"]
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOSTNAME": pod}
    result = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)
    return "" if result.returncode == 0 else result.stdout.strip() or "no answer"


class Metrics(BaseHTTPRequestHandler):
    """Answers like fluentd when all is well."""

    protocol_version = "HTTP/1.1"
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/metrics" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (of the base class)
        """Stay silent."""


class Failing(Metrics):
    """Answers like fluentd when its metrics cannot be had."""

    status = 500


def test_a_pod_that_answers_lives(tmp_path: Path) -> None:
    with listening(Metrics) as port:
        assert alive(tmp_path, port) == ""
    assert alive(tmp_path, port) == "no answer"


def test_a_pod_whose_metrics_fail_does_not(tmp_path: Path) -> None:
    with listening(Failing) as port:
        assert alive(tmp_path, port).startswith("metrics: HTTP/1.1 500")


@pytest.mark.parametrize(
    ("pod", "minute", "goes"),
    [
        ("audit-0", "00", True),
        ("audit-0", "09", True),
        ("audit-0", "10", False),
        ("audit-0", "59", False),
        ("audit-1", "08", False),
        ("audit-1", "18", True),
        ("audit-1", "50", True),
        ("audit-2", "25", True),
        ("audit-3", "25", False),
    ],
)
def test_a_renewed_certificate_restarts_one_half_of_the_pods_at_a_time(
    tmp_path: Path, pod: str, minute: str, *, goes: bool
) -> None:
    with listening(Metrics) as port:
        answer = alive(tmp_path, port, now="new", minute=minute, pod=pod)
    assert answer == ("the certificate has been renewed" if goes else "")


def test_the_pods_ask_it_about_their_own_certificate() -> None:
    recording, _ = made()
    spec = recording.object("kubernetes:apps/v1:StatefulSet", HERE, names.NAME).inputs["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    asked = container["livenessProbe"]["exec"]["command"]
    assert asked == ["bash", "/fluentd/etc/alive.sh", "24231", "/etc/audit/tls/tls.crt", pods.STARTED_WITH]
    assert container["command"][-1].startswith(f"cp /etc/audit/tls/tls.crt {pods.STARTED_WITH} && exec ")
    files = recording.object("kubernetes:core/v1:ConfigMap", HERE, names.NAME).inputs["data"]
    assert files["alive.sh"] == pods.ALIVE_SCRIPT
