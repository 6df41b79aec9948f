"""What restarts: workloads that stop before their new version runs, and the nodes of stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind
from review.model import Risk
from review.paths import at
from review.rules.base import Rule, fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.model import Value
    from review.rules.base import Case

_RESTARTING = frozenset(
    {
        "max_connections", "shared_buffers", "wal_level", "max_wal_senders", "max_worker_processes", "wal_buffers",
        "huge_pages", "max_replication_slots", "shared_preload_libraries", "max_prepared_transactions",
        "max_locks_per_transaction", "track_commit_timestamp", "archive_mode", "listen_addresses", "port",
        "max_files_per_process", "max_logical_replication_workers", "wal_log_hints", "hot_standby", "bonjour",
        "superuser_reserved_connections", "unix_socket_directories", "autovacuum_max_workers", "cluster_name",
        "autovacuum_freeze_max_age", "autovacuum_multixact_freeze_max_age", "old_snapshot_threshold", "jit_provider",
        "max_pred_locks_per_transaction", "track_activity_query_size", "event_source", "dynamic_shared_memory_type",
    }
)  # fmt: skip
"""Parameters of PostgreSQL that are read at start only (context `postmaster` in its documentation)."""
_CLOUD_ROLLS = (
    "instanceClass",
    "engineVersion",
    "parameterGroupName",
    "dbParameterGroupName",
    "clusterConfig",
    "port",
    "settings.tier",
    "databaseVersion",
    "settings.databaseFlags",
    "settings.availabilityType",
)
_STORE_ROLLS = {
    kinds.POSTGRES: ("imageName", "imageCatalogRef", "resources", "affinity", "env", "projectedVolumeTemplate"),
    kinds.KAFKA: ("kafka.version", "kafka.template", "kafka.listeners", "kafka.authorization", "kafka.rack"),
    kinds.NODE_POOL: ("resources", "template", "jvmOptions", "roles"),
    kinds.ELASTICSEARCH: ("version", "image", "nodeSets", "http.tls", "transport"),
}
"""Parts of a store's specification, below `spec`, for which its operator restarts the nodes."""


def _stops(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    old, new = case.was("spec.replicas"), case.now("spec.replicas")
    if new == 0 and old != 0:
        yield "is stopped: replicas go to 0"
    if case.was("spec.template") == case.now("spec.template"):
        return
    if case.kind == kinds.DEPLOYMENT and case.now("spec.strategy.type") == "Recreate":
        yield "stops before its new version starts (strategy Recreate)"
    if case.kind == kinds.STATEFUL_SET and (new if isinstance(new, int) else 1) == 1:
        yield "has one pod only, which stops before its new version starts"


def _store_restarts(case: Case) -> Iterator[str]:
    if not case.changed or case.kind is None:
        return
    before, after = fields(case.was("spec")), fields(case.now("spec"))
    changed = [path for path in _STORE_ROLLS.get(case.kind, ()) if _node(at(before, path)) != _node(at(after, path))]
    if case.kind == kinds.POSTGRES:
        old, new = (fields(at(spec, "postgresql.parameters")) for spec in (before, after))
        changed += [f"parameter {name}" for name in sorted(_RESTARTING) if old.get(name) != new.get(name)]
        libraries = "postgresql.shared_preload_libraries"
        changed += [libraries] if at(before, libraries) != at(after, libraries) else []
    if case.kind == kinds.KAFKA:
        changed += ["kafka.config"] if at(before, "kafka.config") != at(after, "kafka.config") else []
    if changed:
        yield f"restarts, node by node ({', '.join(changed)})"


_APART: dict[str, Value] = {"count": None, "volumeClaimTemplates": None}
"""Of a set of Elasticsearch nodes, whose volumes ECK grows in place (`controller/elasticsearch/driver`)."""


def _node(value: Value) -> Value:
    """Return what each node is like: that there are more of them, or bigger volumes, restarts none."""
    if not isinstance(value, list):
        return value
    return [{**item, **_APART} if isinstance(item, dict) else item for item in value]


def _serving(case: Case) -> Iterator[str]:
    if case.changed and case.kind == Kind("mlops.seldon.io", "Server"):
        old, new = case.was("spec.replicas"), case.now("spec.replicas")
        fields_ = ("spec.serverConfig", "spec.podSpec", "spec.statefulSetPersistentVolumeClaimRetentionPolicy")
        single = (old if isinstance(old, int) else 1) <= 1
        if single and any(case.was(path) != case.now(path) for path in fields_):
            yield "restarts its only replica: its models are not served meanwhile"
        if new == 0 and old != 0:
            yield "is stopped: replicas go to 0"


def _cloud(case: Case) -> Iterator[str]:
    for path in _CLOUD_ROLLS:
        if case.changed and case.was(path) != case.now(path):
            yield f"restarts or fails over ({path})"


_LATER = "Choose a time when nobody needs it, and tell those who do."
TABLE = (
    Rule(
        id="interruption/restart",
        risk=Risk.INTERRUPTION,
        on=frozenset({kinds.DEPLOYMENT, kinds.STATEFUL_SET}),
        check=_stops,
        why="Nothing of it runs meanwhile.",
        remedy="Let it run with two replicas at least, and replace them one by one.",
        paths=("spec",),
    ),
    Rule(
        id="interruption/store-restarts",
        risk=Risk.INTERRUPTION,
        on=frozenset(_STORE_ROLLS),
        check=_store_restarts,
        why="Its operator restarts the nodes for it; clients lose their connections, with a single node for minutes.",
        remedy=_LATER,
        paths=("spec",),
    ),
    Rule(
        id="interruption/serving-restarts",
        risk=Risk.INTERRUPTION,
        on=frozenset({Kind("mlops.seldon.io", "Server")}),
        check=_serving,
        why="Models are loaded anew after it, and are not served before.",
        remedy="Let the server have two replicas at least.",
        paths=("spec",),
    ),
    Rule(
        id="interruption/cloud-store-restarts",
        risk=Risk.INTERRUPTION,
        on=frozenset(
            {
                "aws:rds/instance:Instance",
                "aws:rds/cluster:Cluster",
                "aws:rds/clusterInstance:ClusterInstance",
                "aws:opensearch/domain:Domain",
                "aws:elasticsearch/domain:Domain",
                "gcp:sql/databaseInstance:DatabaseInstance",
            }
        ),
        check=_cloud,
        why="The provider restarts it for that, or replaces its nodes; clients lose their connections.",
        remedy="Let it happen in the maintenance window, after a rehearsal on a copy.",
    ),
)
