"""Alerts of the database: whether it answers, whether it could be restored, and whether its volume fills up.

Series: the instances' exporter (docs/src/monitoring.md and the default queries of CloudNativePG 1.30.0), through it the
backup plugin (web/docs/observability.md of 0.13.0), and the kubelet.
"""

from __future__ import annotations

from typing import Any

from components.cluster.alerts import alert
from components.cluster.postgres.spec import CLUSTER

_BACKUP = "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp"
_DAY_AND_A_HALF = 36 * 3600


def postgres_alerts(*, namespace: str, instances: int) -> dict[str, Any]:
    """Alerts of `instances` instances, in the form of a PrometheusRule's spec; a cluster restored beside has none."""
    pods = f'namespace="{namespace}",pod=~"{CLUSTER}-[0-9]+"'
    volumes = f'namespace="{namespace}",persistentvolumeclaim=~"{CLUSTER}-[0-9]+"'
    alive = f"cnpg_collector_up{{{pods}}} == 1"
    backup = f"{_BACKUP}{{{pods}}}"
    rules = [
        alert("PostgresDown", f"absent({alive})", 5, "critical", "No instance of the model catalogue answers"),
        alert(
            "PostgresInstanceMissing",
            f"count({alive}) < {instances}",
            15,
            "warning",
            f"Only {{{{ $value }}}} of {instances} instances of the model catalogue answer",
        ),
        alert(
            "PostgresReplicaLags",
            f"max by (pod) (cnpg_pg_replication_lag{{{pods}}}) > 300",
            10,
            "warning",
            "{{ $labels.pod }} is {{ $value | humanizeDuration }} behind the primary",
        ),
        alert(
            "PostgresNotArchived",
            f"max by (pod) (cnpg_pg_stat_archiver_last_failed_time{{{pods}}}"
            f" - cnpg_pg_stat_archiver_last_archived_time{{{pods}}}) > 0",
            15,
            "critical",
            "The WAL of {{ $labels.pod }} does not reach the object store: newer changes cannot be restored",
        ),
        alert(
            "PostgresBackupTooOld",
            f"time() - max({backup}) > {_DAY_AND_A_HALF} or absent({backup})",
            60,
            "critical",
            "The model catalogue has had no full backup for a day and a half",
        ),
        alert(
            "PostgresVolumeFillsUp",
            f"min by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes{{{volumes}}}"
            f" / kubelet_volume_stats_capacity_bytes{{{volumes}}}) < 0.15",
            15,
            "critical",
            "Volume {{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} left",
        ),
    ]
    return {"groups": [{"name": "seldon-postgres", "rules": rules}]}
