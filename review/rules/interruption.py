"""What stops something that people use: gateways, databases, brokers, serving, and the ways that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind, identity, is_workload
from review.model import UNKNOWN, Risk
from review.paths import at
from review.rules.base import Hit, Rule, fields, objects, texts
from review.rules.exposure.covering import labels_in
from review.rules.stateful import DRAWN, lost_with, taken_up_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.model import Value
    from review.rules.base import Case

_ROUTES = frozenset(
    {
        kinds.VIRTUAL_SERVICE,
        Kind("gateway.networking.k8s.io", "HTTPRoute"),
        Kind("networking.k8s.io", "Ingress"),
        Kind("k8s.nginx.org", "VirtualServer"),
    }
)
_WAYS = frozenset({kinds.SERVICE, kinds.GATEWAY, Kind("gateway.networking.k8s.io", "Gateway")}) | _ROUTES
_NEEDED = frozenset(
    {
        kinds.CERTIFICATE,
        Kind("cert-manager.io", "ClusterIssuer"),
        Kind("cert-manager.io", "Issuer"),
        Kind("", "ServiceAccount"),
        Kind("kafka.strimzi.io", "KafkaUser"),
        Kind("networking.istio.io", "DestinationRule"),
    }
)
"""Kinds without which what uses them stops working, at once or when it starts next."""
_CLOUD_WAYS = frozenset(
    {
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:route53/record:Record",
        "aws:ec2/natGateway:NatGateway",
        "gcp:compute/subnetwork:Subnetwork",
        "gcp:compute/network:Network",
        "gcp:compute/address:Address",
        "gcp:dns/recordSet:RecordSet",
    }
)
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


def lifecycle(case: Case) -> Iterator[Hit]:
    """Yield that what people use goes or is made anew; what loses data by that is of the graver class."""
    op = case.change.op
    if op not in {"delete", "replace"} or (lost_with(case) and not taken_up_again(case)):
        return
    uncertain = [found.path for found in case.change.properties if found.replaces and found.after is UNKNOWN]
    if op == "replace" and uncertain:
        return  # the class `unknown` says so
    used = is_workload(case.change.type) or case.kind in _WAYS | _NEEDED or case.change.type in _CLOUD_WAYS
    if not used or case.kind == kinds.JOB or identity(case.before)[0] in case.context.deleted_namespaces:
        return
    reasons = [found.path for found in case.change.properties if found.replaces] or [*case.change.replace_reasons]
    yield Hit(
        rule=f"interruption/{op}",
        risk=Risk.INTERRUPTION,
        what="is deleted" if op == "delete" else "is deleted and made anew",
        why=_why_deleted(case) if op == "delete" else f"{', '.join(reasons) or 'What changes'} cannot change on it.",
        remedy=(
            "If it was only renamed or moved in the program, give it an alias of its old name. Otherwise move its "
            "users to something else first."
            if op == "delete"
            else "Make a second one beside it and move its users over, or choose a time when nobody needs it."
        ),
        properties=tuple(found for found in case.change.properties if found.replaces),
    )


def _why_deleted(case: Case) -> str:
    twin = case.context.made.get((case.kind, *identity(case.before))) if case.kind else None
    if twin:
        return (
            f"The program has it no more under this name, and makes {twin.urn.rpartition('::')[2]} instead, which is "
            "the same object in the cluster: the old one's deletion deletes it."
        )
    return "The program has it no more."


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


def _service(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    old = {str(port.get("port")) for port in objects(case.was("spec.ports"))}
    new = {str(port.get("port")) for port in objects(case.now("spec.ports"))}
    if old - new:
        yield f"no longer answers on port {', '.join(sorted(old - new))}"
    if not labels_in({"matchLabels": case.now("spec.selector")}, {"matchLabels": case.was("spec.selector")}):
        yield "sends callers to other pods"
    types = case.was("spec.type"), case.now("spec.type")
    if types[0] == "LoadBalancer" and types[1] != "LoadBalancer":
        yield "loses its load balancer and the address that callers know"


def _gateway(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    for path, ports, hosts in (("spec.servers", "port.number", "hosts"), ("spec.listeners", "port", "hostname")):
        old, new = objects(case.was(path)), objects(case.now(path))
        gone = {str(at(entry, ports)) for entry in old} - {str(at(entry, ports)) for entry in new}
        if gone:
            yield f"no longer listens on port {', '.join(sorted(gone))}"
        lost = _hosts(old, hosts) - _hosts(new, hosts)
        if lost and "*" not in {host.rpartition("/")[2] for host in _hosts(new, hosts)}:
            yield f"no longer answers for {', '.join(sorted(lost))}"


def _hosts(entries: list[dict[str, Value]], key: str) -> set[str]:
    found: set[str] = set()
    for entry in entries:
        value = entry.get(key)
        found.update([value] if isinstance(value, str) else texts(value))
    return found


def _route(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    for path in ("spec.hosts", "spec.hostnames"):
        if gone := sorted(set(texts(case.was(path))) - set(texts(case.now(path)))):
            yield f"no longer leads callers of {', '.join(gone)} anywhere"
    if gone := sorted(_rule_hosts(case.was("spec.rules")) - _rule_hosts(case.now("spec.rules"))):
        yield f"no longer leads callers of {', '.join(gone)} anywhere"
    if gone := sorted(set(texts(case.was("spec.gateways"))) - set(texts(case.now("spec.gateways")))):
        yield f"is no longer reached through {', '.join(gone)}"
    if case.was("spec.host") != case.now("spec.host"):
        yield f"no longer leads callers of {case.was('spec.host')} anywhere"


def _rule_hosts(rules: Value) -> set[str]:
    return {host for rule in objects(rules) if isinstance(host := rule.get("host"), str)}


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


def _node(value: Value) -> Value:
    """Return what each node is like: that there are more or fewer of them restarts none."""
    if not isinstance(value, list):
        return value
    return [{**item, "count": None} if isinstance(item, dict) else item for item in value]


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


def _drawn(case: Case) -> Iterator[str]:
    if case.change.op in {"replace", "delete"} and not lost_with(case):
        yield "is drawn anew" if case.change.op == "replace" else "is forgotten"


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
        id="interruption/service-moved",
        risk=Risk.INTERRUPTION,
        on=frozenset({kinds.SERVICE}),
        check=_service,
        why="Callers that know the old way get no answer.",
        remedy="Add the new way first, move the callers, and take the old one away in a later change.",
        paths=("spec.ports", "spec.selector", "spec.type"),
    ),
    Rule(
        id="interruption/gateway-moved",
        risk=Risk.INTERRUPTION,
        on=frozenset({kinds.GATEWAY, Kind("gateway.networking.k8s.io", "Gateway")}),
        check=_gateway,
        why="Callers that know the old port or host get no answer.",
        remedy="Add the new one first, move the callers, and take the old one away in a later change.",
        paths=("spec.servers", "spec.listeners"),
    ),
    Rule(
        id="interruption/route-moved",
        risk=Risk.INTERRUPTION,
        on=_ROUTES,
        check=_route,
        why="Callers that know the old host get no answer.",
        remedy="Serve the old host too until its callers have moved.",
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
    Rule(
        id="interruption/secret-drawn",
        risk=Risk.INTERRUPTION,
        on=DRAWN,
        check=_drawn,
        why="Whoever uses the old value is refused until it has the new one.",
        remedy="If it was only renamed or moved, give it an alias of its old name. Otherwise rotate it on purpose.",
    ),
)
