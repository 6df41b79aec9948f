"""How big each part of the platform is in each environment; nothing here touches a security setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from components.seldon.values import ServerSize
from components.workload import Workload

Environment: TypeAlias = Literal["development", "staging", "production"]


@dataclass(frozen=True, kw_only=True)
class PrometheusSize:
    """The in-cluster Prometheus: a workload with a volume."""

    workload: Workload
    retention_days: int
    storage_gi: int
    """Volume per replica, in GiB."""


@dataclass(frozen=True, kw_only=True)
class PostgresSize:
    """The in-cluster Postgres: each instance is a workload with a volume."""

    workload: Workload
    storage_gi: int
    """Volume per instance, in GiB."""
    backup_retention_days: int


@dataclass(frozen=True, kw_only=True)
class SearchSize:
    """The in-cluster Elasticsearch: each node is a workload with a volume; half its memory is heap."""

    workload: Workload
    storage_gi: int
    """Volume per node, in GiB."""
    snapshot_retention_days: int


@dataclass(frozen=True, kw_only=True)
class ObjectStoreSize:
    """The in-cluster object store: the parts of SeaweedFS, or the pods of MinIO."""

    master: Workload
    """An odd number: they agree by majority."""
    volume: Workload
    """One, or three and more, so that two of them have each object."""
    filer: Workload
    gateway: Workload
    minio: Workload
    """One, or four: an erasure set."""
    storage_gi: int
    """Volume per pod that holds data (`volume` or `minio`), in GiB."""
    audit_retention_days: int


@dataclass(frozen=True, kw_only=True)
class KafkaSize:
    """The in-cluster Kafka: each broker is a workload with a volume."""

    workload: Workload
    storage_gi: int
    """Volume per broker, in GiB."""


@dataclass(frozen=True, kw_only=True)
class AuditSize:
    """The aggregator of the audit trail: each replica is a workload with a volume for its buffer."""

    workload: Workload
    storage_gi: int
    """Volume per replica, in GiB."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of every part; the scheduler and the operator of Core 2 run once everywhere, upstream allows no more."""

    istiod: Workload
    gateway: Workload
    cert_manager: Workload
    """Each of its three deployments: controller, webhook and CA injector."""
    prometheus: PrometheusSize
    metrics: Workload
    """Each helper of Prometheus: its operator and kube-state-metrics."""
    operator: Workload
    """The Core 2 controller manager."""
    scheduler: Workload
    envoy: Workload
    server: ServerSize
    """What an inference server gets where the stack file does not say."""
    model_volume_gi: int
    """Volume of every server pod for downloaded model files, in GiB."""
    postgres: PostgresSize
    postgres_operator: Workload
    """CloudNativePG's operator; its backup plugin runs once, with the same resources."""
    search: SearchSize
    search_operator: Workload
    object_store: ObjectStoreSize
    kafka: KafkaSize
    kafka_controller: Workload
    """Each controller beside several brokers; a single broker is its own."""
    kafka_operator: Workload
    """Strimzi's operator; its operator of users runs once, with the same resources."""
    modelgateway: Workload
    pipelinegateway: Workload
    dataflow: Workload
    """Of each runtime, when there is Kafka; more replicas than topics have partitions would be idle."""
    audit: AuditSize
    log_collector: Workload
    """Fluent Bit; one on every node."""
    enterprise: Workload
    """Server of the Enterprise Platform."""
    request_logger: Workload
    workflows: Workload
    """Each controller of Argo Workflows; every runtime has one, which runs once."""


@dataclass(frozen=True, kw_only=True)
class Minimums:
    """The least that a stack file may ask for."""

    server_replicas: int
    retention_days: int
    prometheus_storage_gi: int
    postgres_storage_gi: int
    backup_retention_days: int
    """Of Postgres backups and of Elasticsearch snapshots."""
    search_storage_gi: int
    object_storage_gi: int
    audit_retention_days: int
    kafka_storage_gi: int
    audit_storage_gi: int
    kafka_replication_factor: int


_DEVELOPMENT = Sizes(
    istiod=Workload(replicas=1, cpu_milli=100, memory_mi=512),
    gateway=Workload(replicas=1, cpu_milli=100, memory_mi=128),
    cert_manager=Workload(replicas=1, cpu_milli=20, memory_mi=128),
    prometheus=PrometheusSize(
        workload=Workload(replicas=1, cpu_milli=200, memory_mi=1024), retention_days=3, storage_gi=10
    ),
    metrics=Workload(replicas=1, cpu_milli=50, memory_mi=128),
    operator=Workload(replicas=1, cpu_milli=100, memory_mi=256),
    scheduler=Workload(replicas=1, cpu_milli=100, memory_mi=512),
    envoy=Workload(replicas=1, cpu_milli=100, memory_mi=256),
    server=ServerSize(replicas=1, cpu_milli=250, memory_gi=1),
    model_volume_gi=2,
    postgres=PostgresSize(
        workload=Workload(replicas=1, cpu_milli=100, memory_mi=512), storage_gi=5, backup_retention_days=3
    ),
    search=SearchSize(
        workload=Workload(replicas=1, cpu_milli=250, memory_mi=2048), storage_gi=10, snapshot_retention_days=3
    ),
    object_store=ObjectStoreSize(
        master=Workload(replicas=1, cpu_milli=50, memory_mi=128),
        volume=Workload(replicas=1, cpu_milli=100, memory_mi=512),
        filer=Workload(replicas=1, cpu_milli=100, memory_mi=256),
        gateway=Workload(replicas=1, cpu_milli=100, memory_mi=256),
        minio=Workload(replicas=1, cpu_milli=100, memory_mi=512),
        storage_gi=10,
        audit_retention_days=1,
    ),
    postgres_operator=Workload(replicas=1, cpu_milli=100, memory_mi=256),
    search_operator=Workload(replicas=1, cpu_milli=100, memory_mi=512),
    kafka=KafkaSize(workload=Workload(replicas=1, cpu_milli=250, memory_mi=1024), storage_gi=10),
    kafka_controller=Workload(replicas=1, cpu_milli=100, memory_mi=1024),
    kafka_operator=Workload(replicas=1, cpu_milli=100, memory_mi=512),
    modelgateway=Workload(replicas=1, cpu_milli=100, memory_mi=512),
    pipelinegateway=Workload(replicas=1, cpu_milli=100, memory_mi=512),
    dataflow=Workload(replicas=1, cpu_milli=100, memory_mi=3072),
    audit=AuditSize(workload=Workload(replicas=1, cpu_milli=100, memory_mi=512), storage_gi=5),
    log_collector=Workload(replicas=1, cpu_milli=50, memory_mi=128),
    enterprise=Workload(replicas=1, cpu_milli=100, memory_mi=1024),
    request_logger=Workload(replicas=1, cpu_milli=100, memory_mi=256),
    workflows=Workload(replicas=1, cpu_milli=50, memory_mi=256),
)
_STAGING = Sizes(
    istiod=Workload(replicas=2, cpu_milli=250, memory_mi=1024),
    gateway=Workload(replicas=2, cpu_milli=250, memory_mi=256),
    cert_manager=Workload(replicas=2, cpu_milli=50, memory_mi=256),
    prometheus=PrometheusSize(
        workload=Workload(replicas=2, cpu_milli=500, memory_mi=4096), retention_days=7, storage_gi=50
    ),
    metrics=Workload(replicas=1, cpu_milli=100, memory_mi=256),
    operator=Workload(replicas=1, cpu_milli=100, memory_mi=512),
    scheduler=Workload(replicas=1, cpu_milli=250, memory_mi=1024),
    envoy=Workload(replicas=2, cpu_milli=250, memory_mi=512),
    server=ServerSize(replicas=2, cpu_milli=1000, memory_gi=4),
    model_volume_gi=10,
    postgres=PostgresSize(
        workload=Workload(replicas=2, cpu_milli=500, memory_mi=2048), storage_gi=20, backup_retention_days=7
    ),
    search=SearchSize(
        workload=Workload(replicas=3, cpu_milli=500, memory_mi=4096), storage_gi=50, snapshot_retention_days=7
    ),
    object_store=ObjectStoreSize(
        master=Workload(replicas=3, cpu_milli=100, memory_mi=256),
        volume=Workload(replicas=3, cpu_milli=250, memory_mi=1024),
        filer=Workload(replicas=2, cpu_milli=250, memory_mi=512),
        gateway=Workload(replicas=2, cpu_milli=250, memory_mi=512),
        minio=Workload(replicas=4, cpu_milli=250, memory_mi=1024),
        storage_gi=50,
        audit_retention_days=7,
    ),
    postgres_operator=Workload(replicas=1, cpu_milli=100, memory_mi=256),
    search_operator=Workload(replicas=1, cpu_milli=100, memory_mi=512),
    kafka=KafkaSize(workload=Workload(replicas=3, cpu_milli=500, memory_mi=2048), storage_gi=50),
    kafka_controller=Workload(replicas=3, cpu_milli=100, memory_mi=1024),
    kafka_operator=Workload(replicas=1, cpu_milli=100, memory_mi=512),
    modelgateway=Workload(replicas=2, cpu_milli=250, memory_mi=1024),
    pipelinegateway=Workload(replicas=2, cpu_milli=250, memory_mi=1024),
    dataflow=Workload(replicas=2, cpu_milli=250, memory_mi=3072),
    audit=AuditSize(workload=Workload(replicas=2, cpu_milli=250, memory_mi=512), storage_gi=20),
    log_collector=Workload(replicas=1, cpu_milli=100, memory_mi=256),
    enterprise=Workload(replicas=1, cpu_milli=250, memory_mi=1024),
    request_logger=Workload(replicas=1, cpu_milli=100, memory_mi=512),
    workflows=Workload(replicas=1, cpu_milli=100, memory_mi=512),
)
_PRODUCTION = Sizes(
    istiod=Workload(replicas=2, cpu_milli=500, memory_mi=2048),
    gateway=Workload(replicas=3, cpu_milli=1000, memory_mi=512),
    cert_manager=Workload(replicas=2, cpu_milli=100, memory_mi=256),
    prometheus=PrometheusSize(
        workload=Workload(replicas=2, cpu_milli=1000, memory_mi=8192), retention_days=30, storage_gi=100
    ),
    metrics=Workload(replicas=2, cpu_milli=100, memory_mi=256),
    operator=Workload(replicas=1, cpu_milli=250, memory_mi=512),
    scheduler=Workload(replicas=1, cpu_milli=500, memory_mi=2048),
    envoy=Workload(replicas=3, cpu_milli=500, memory_mi=1024),
    server=ServerSize(replicas=2, cpu_milli=2000, memory_gi=8),
    model_volume_gi=20,
    postgres=PostgresSize(
        workload=Workload(replicas=3, cpu_milli=1000, memory_mi=4096), storage_gi=50, backup_retention_days=30
    ),
    search=SearchSize(
        workload=Workload(replicas=3, cpu_milli=2000, memory_mi=8192), storage_gi=200, snapshot_retention_days=30
    ),
    object_store=ObjectStoreSize(
        master=Workload(replicas=3, cpu_milli=250, memory_mi=512),
        volume=Workload(replicas=3, cpu_milli=500, memory_mi=2048),
        filer=Workload(replicas=3, cpu_milli=500, memory_mi=1024),
        gateway=Workload(replicas=3, cpu_milli=500, memory_mi=1024),
        minio=Workload(replicas=4, cpu_milli=500, memory_mi=2048),
        storage_gi=200,
        audit_retention_days=365,
    ),
    postgres_operator=Workload(replicas=2, cpu_milli=100, memory_mi=256),
    search_operator=Workload(replicas=2, cpu_milli=100, memory_mi=512),
    kafka=KafkaSize(workload=Workload(replicas=3, cpu_milli=1000, memory_mi=4096), storage_gi=200),
    kafka_controller=Workload(replicas=3, cpu_milli=250, memory_mi=2048),
    kafka_operator=Workload(replicas=2, cpu_milli=250, memory_mi=512),
    modelgateway=Workload(replicas=3, cpu_milli=500, memory_mi=1024),
    pipelinegateway=Workload(replicas=3, cpu_milli=500, memory_mi=1024),
    dataflow=Workload(replicas=3, cpu_milli=500, memory_mi=3072),
    audit=AuditSize(workload=Workload(replicas=2, cpu_milli=500, memory_mi=1024), storage_gi=50),
    log_collector=Workload(replicas=1, cpu_milli=200, memory_mi=256),
    enterprise=Workload(replicas=1, cpu_milli=500, memory_mi=2048),
    request_logger=Workload(replicas=2, cpu_milli=250, memory_mi=1024),
    workflows=Workload(replicas=1, cpu_milli=250, memory_mi=512),
)
_SIZES: dict[Environment, Sizes] = {"development": _DEVELOPMENT, "staging": _STAGING, "production": _PRODUCTION}
_MINIMUMS: dict[Environment, Minimums] = {
    "development": Minimums(
        server_replicas=1,
        retention_days=1,
        prometheus_storage_gi=1,
        postgres_storage_gi=1,
        backup_retention_days=1,
        search_storage_gi=1,
        object_storage_gi=1,
        audit_retention_days=1,
        kafka_storage_gi=1,
        audit_storage_gi=1,
        kafka_replication_factor=1,
    ),
    "staging": Minimums(
        server_replicas=1,
        retention_days=1,
        prometheus_storage_gi=5,
        postgres_storage_gi=5,
        backup_retention_days=1,
        search_storage_gi=10,
        object_storage_gi=10,
        audit_retention_days=1,
        kafka_storage_gi=10,
        audit_storage_gi=5,
        kafka_replication_factor=1,
    ),
    "production": Minimums(
        server_replicas=2,
        retention_days=15,
        prometheus_storage_gi=50,
        postgres_storage_gi=20,
        backup_retention_days=7,
        search_storage_gi=50,
        object_storage_gi=50,
        audit_retention_days=90,
        kafka_storage_gi=50,
        audit_storage_gi=20,
        kafka_replication_factor=3,
    ),
}


def sizes_for(environment: Environment) -> Sizes:
    """Return the sizes of an environment."""
    return _SIZES[environment]


def minimums_for(environment: Environment) -> Minimums:
    """Return the least that a stack file of an environment may ask for."""
    return _MINIMUMS[environment]
