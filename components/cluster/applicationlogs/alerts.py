"""Alerts of the collector: whether it runs everywhere, whether it reads, and whether lines are lost on the way.

Series: kube-state-metrics, and those of Fluent Bit 5.1.1 (src/flb_input.c, src/flb_output.c, plugins/in_tail).
"""

from __future__ import annotations

from typing import Any

from components.cluster.alerts import alert
from components.cluster.applicationlogs import names


def application_logs_alerts(*, namespace: str) -> dict[str, Any]:
    """Return them in the form of a PrometheusRule's spec."""
    own = f'namespace="{namespace}"'
    daemons = f'{own},daemonset="{names.NAME}"'

    def lost(way: str) -> str:
        """Count what was pushed out of a full buffer, and what was given up after the last try."""
        each = (
            f'fluentbit_output_{name}_total{{{own},name="{way}"}}' for name in ("dropped_records", "retries_failed")
        )
        return f"sum by (pod) ({' + '.join(f'increase({series}[15m])' for series in each)}) > 0"

    rules = [
        alert(
            "NodeLogsMissing",
            f"kube_daemonset_status_number_unavailable{{{daemons}}} > 0"
            f" or absent(kube_daemonset_status_number_unavailable{{{daemons}}})",
            15,
            "warning",
            "Nothing collects the logs of models on {{ $value }} of the nodes",
        ),
        alert(
            "NodeLogsNotRead",
            f'sum(increase(fluentbit_input_records_total{{{own},name="{names.SEARCH}"}}[1h])) == 0',
            60,
            "warning",
            "No line of any runtime has been read for an hour: look whether the collector can read the nodes' files",
        ),
        alert(
            "NodeLogsErrors",
            f"sum by (pod, name) (increase(fluentbit_output_retries_total{{{own}}}[10m])) > 0",
            30,
            "warning",
            "{{ $labels.pod }} has not got its lines to {{ $labels.name }} for half an hour; they wait on the node",
        ),
        alert(
            "ApplicationLogsLost",
            lost(names.SEARCH),
            0,
            "warning",
            "{{ $labels.pod }} gave up logs of models, which Elasticsearch did not take in time",
        ),
        alert(
            "GatewayLogsLost",
            lost(names.AUDIT),
            0,
            "critical",
            "{{ $labels.pod }} gave up lines of the gateway's access log, which the audit trail did not take in time",
        ),
    ]
    return {"groups": [{"name": "node-logs", "rules": rules}]}
