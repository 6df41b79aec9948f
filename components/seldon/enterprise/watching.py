"""What Prometheus scrapes of the Enterprise Platform, and what it alerts about."""

from __future__ import annotations

from typing import Any

from components.cluster.alerts import alert
from components.cluster.flows import ENTERPRISE_LABELS
from components.cluster.monitoring import Monitor
from components.seldon.enterprise import names


def enterprise_monitors(namespace: str) -> list[Monitor]:
    """The server, under the name that Seldon's documentation gives the monitor."""
    return [
        Monitor(
            name="seldon-deploy", kind="PodMonitor", labels=ENTERPRISE_LABELS, namespaces=[namespace], port="metrics"
        )
    ]


def enterprise_alerts(*, namespace: str, logs: str | None) -> dict[str, Any]:
    """Alerts in the form of a PrometheusRule's spec; `logs` is the namespace of the request logger, if there is one.

    Series: kube-state-metrics.
    """

    def down(name: str, deployment: str, where: str, minutes: int, summary: str) -> dict[str, Any]:
        series = "kube_deployment_status_replicas_available"
        expr = f'{series}{{namespace="{where}",deployment="{deployment}"}} < 1'
        return alert(name, expr, minutes, "critical", summary)

    container = f'namespace="{namespace}",container="{names.RELEASE}"'
    restarts = f"increase(kube_pod_container_status_restarts_total{{{container}}}[15m]) > 2"
    rules = [
        down(
            "EnterprisePlatformDown",
            names.RELEASE,
            namespace,
            5,
            "No pod of the Enterprise Platform is ready: nobody can deploy; models are served all the same",
        ),
        alert(
            "EnterprisePlatformRestarts",
            restarts,
            5,
            "warning",
            "The Enterprise Platform starts again and again: it does so without its audit trail and without its policy",
        ),
    ]
    if logs:
        rules.append(
            down("RequestLoggerDown", names.LOGGER, logs, 15, "Requests are not logged; Kafka keeps them for a while")
        )
    return {"groups": [{"name": "enterprise", "rules": rules}]}
