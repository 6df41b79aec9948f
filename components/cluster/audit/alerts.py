"""Alerts of the audit trail: whether anything takes records, whether they arrive, and how long the buffer still lasts.

Series: kube-state-metrics, the kubelet, and fluent-plugin-prometheus 2.2.2 (lib/fluent/plugin/
in_prometheus_output_monitor.rb). A gauge of the last keeps its value when the buffer runs empty, so age counts only
together with something that waits; the space left is in hundredths.
"""

from __future__ import annotations

from typing import Any

from components.cluster.alerts import alert
from components.cluster.audit import names
from components.cluster.audit.config import ODD, TRAIL

_OLD_SECONDS = 3600
_STATUS = "fluentd_output_status"


def audit_alerts(*, namespace: str, replicas: int) -> dict[str, Any]:
    """Alerts of `replicas` pods of the aggregator, in the form of a PrometheusRule's spec."""
    own = f'namespace="{namespace}"'
    ready = f'kube_statefulset_status_replicas_ready{{{own},statefulset="{names.NAME}"}}'
    volumes = f'{own},persistentvolumeclaim=~"buffers-{names.NAME}-[0-9]+"'

    def status(metric: str, output: str) -> str:
        return f'{_STATUS}_{metric}{{{own},plugin_id=~"{output}"}}'

    each = f"{TRAIL}|{ODD}"
    waiting = f"{status('buffer_stage_length', each)} + {status('buffer_queue_length', each)} > 0"
    age = f"time() - {status('buffer_oldest_timekey', each)}"
    space = f"min by (pod) ({status('buffer_available_space_ratio', each)})"
    rules = [
        alert(
            "AuditTrailDown",
            f"{ready} < 1 or absent({ready})",
            2,
            "critical",
            "No pod of the audit trail's aggregator is ready: the platform's API cannot record who does what",
        ),
        alert(
            "AuditTrailReplicaMissing",
            f"{ready} < {replicas}",
            15,
            "warning",
            f"Only {{{{ $value }}}} of {replicas} pods of the audit trail's aggregator are ready",
        ),
        alert(
            "AuditTrailNotWritten",
            f"max by (pod) ({age} and {waiting}) > {_OLD_SECONDS}",
            5,
            "critical",
            "Records of the audit trail have waited in {{ $labels.pod }} for {{ $value | humanizeDuration }}:"
            " they do not reach the object store",
        ),
        alert(
            "AuditTrailErrors",
            f"sum by (pod) (increase({status('num_errors', each)}[10m])) > 0",
            15,
            "warning",
            "{{ $labels.pod }} keeps failing to write the audit trail; its log says why",
        ),
        alert(
            "AuditTrailBufferHalfFull",
            f"{space} < 50",
            5,
            "warning",
            "The buffer of {{ $labels.pod }} has {{ $value }} % left for records that wait for the object store",
        ),
        alert(
            "AuditTrailBufferFull",
            f"{space} < 10",
            1,
            "critical",
            "The buffer of {{ $labels.pod }} has {{ $value }} % left; at 0 the platform's API has to wait",
        ),
        alert(
            "AuditTrailOddRecords",
            f"sum by (pod) (increase({status('emit_records', ODD)}[1h])) > 0",
            0,
            "warning",
            "{{ $labels.pod }} put records below odd/ in the bucket, for which the trail had no place",
        ),
        alert(
            "AuditTrailVolumeFillsUp",
            f"min by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes{{{volumes}}}"
            f" / kubelet_volume_stats_capacity_bytes{{{volumes}}}) < 0.1",
            15,
            "critical",
            "Volume {{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} left, which its buffers"
            " never take: chunks that could not be written may lie in backup/",
        ),
    ]
    return {"groups": [{"name": "seldon-audit", "rules": rules}]}
