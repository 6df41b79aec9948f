"""The data stores: Postgres, Elasticsearch and the object store; each in the cluster or the customer's own."""

from dataclasses import replace
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field

from components.urls import https_port
from infra.settings.base import Allowed, Model
from infra.settings.store_types import (
    BucketName,
    CaBundle,
    DatabaseName,
    EndpointHost,
    HttpsOrigin,
    ImageReference,
    PostgresVersion,
    RetentionDays,
    SearchVersion,
    VolumeGi,
)
from infra.settings.types import Cidr, Port, Region, SecretRef, Username
from infra.sizes import ObjectStoreSize, PostgresSize, SearchSize

SslMode: TypeAlias = Annotated[
    Literal["verify-full", "verify-ca", "require"],
    Allowed("verify-full; verify-ca or require only with an exemption of tls-verification for postgres"),
]
BucketPurpose: TypeAlias = Literal["models", "batch", "audit", "backups"]


class NoPostgres(Model):
    """No Postgres: there is no model catalogue."""

    kind: Literal["none"] = "none"
    """Which Postgres."""


class InClusterPostgres(Model):
    """PostgreSQL 15 beside the platform, run by CloudNativePG; its backups go to the object store."""

    kind: Literal["in-cluster"]
    """Which Postgres."""
    storage_gi: VolumeGi | None = None
    """Volume per instance, in GiB; from the environment when absent."""
    backup_retention_days: RetentionDays | None = None
    """Days back to which the database can be restored; from the environment when absent."""

    def resolve(self, default: PostgresSize) -> PostgresSize:
        """Return the size with the environment's default where the stack file says nothing."""
        return replace(
            default,
            storage_gi=_given(self.storage_gi, default.storage_gi),
            backup_retention_days=_given(self.backup_retention_days, default.backup_retention_days),
        )


class ExternalPostgres(Model):
    """A PostgreSQL that the customer runs, secures and backs up."""

    kind: Literal["external"]
    """Which Postgres."""
    host: EndpointHost
    """Name of the server, as its certificate has it."""
    port: Port = 5432
    """Port of the server."""
    version: PostgresVersion
    """Major version of the server."""
    database: DatabaseName = "metadata"
    """Database of the model catalogue."""
    username: Username
    """Role that owns this database and nothing else; Seldon makes its tables there."""
    password: SecretRef
    """Password of that role."""
    ssl_mode: SslMode = "verify-full"
    """How the server is verified, as libpq understands it; less than verify-full needs an exemption."""
    certificate_authority: CaBundle | None = None
    """Who signed the server's certificate, public or not; required unless `sslMode` is require."""
    cidrs: tuple[Cidr, ...] = ()
    """Networks that the server is in; its port is open to any address when empty."""


Postgres: TypeAlias = Annotated[NoPostgres | InClusterPostgres | ExternalPostgres, Field(discriminator="kind")]


class NoSearch(Model):
    """No Elasticsearch: requests are not logged."""

    kind: Literal["none"] = "none"
    """Which Elasticsearch."""


class InClusterSearch(Model):
    """Elasticsearch 7.17 beside the platform, run by ECK; its snapshots go to the object store."""

    kind: Literal["in-cluster"]
    """Which Elasticsearch."""
    image: ImageReference
    """Elasticsearch 7.17 with the plugin repository-s3, which the customer builds: 7.17's own image lacks it."""
    storage_gi: VolumeGi | None = None
    """Volume per node, in GiB; from the environment when absent."""
    snapshot_retention_days: RetentionDays | None = None
    """Days that snapshots are kept; from the environment when absent."""

    def resolve(self, default: SearchSize) -> SearchSize:
        """Return the size with the environment's default where the stack file says nothing."""
        return replace(
            default,
            storage_gi=_given(self.storage_gi, default.storage_gi),
            snapshot_retention_days=_given(self.snapshot_retention_days, default.snapshot_retention_days),
        )


class ExternalSearch(Model):
    """An Elasticsearch that the customer runs, secures and backs up."""

    kind: Literal["external"]
    """Which Elasticsearch."""
    engine: Literal["elasticsearch", "opensearch"] = "elasticsearch"
    """Which product; `opensearch` needs the exemption `unsupported-search` of `search`."""
    url: HttpsOrigin
    """URL of the server, its name as its certificate has it; port 443 when none is given."""
    version: SearchVersion
    """Version of the server: 6.x, or 7.x up to 7.17; 1.x or 2.x of OpenSearch."""
    username: Username
    """User that may read and write the platform's indices and nothing else."""
    password: SecretRef
    """Password of that user."""
    certificate_authority: CaBundle | None = None
    """Who signed the server's certificate; a public authority when absent."""
    cidrs: tuple[Cidr, ...] = ()
    """Networks that the server is in; its port is open to any address when empty."""

    @property
    def host(self) -> str:
        """Name of the server."""
        return _host(self.url)

    @property
    def port(self) -> int:
        """Port of the server."""
        return https_port(self.url)


Search: TypeAlias = Annotated[NoSearch | InClusterSearch | ExternalSearch, Field(discriminator="kind")]


class SeaweedFs(Model):
    """SeaweedFS, which is maintained; its image comes with its chart."""

    kind: Literal["seaweedfs"] = "seaweedfs"
    """Which engine."""


class Minio(Model):
    """MinIO, which Seldon names; upstream has withdrawn its images, so the customer brings them."""

    kind: Literal["minio"]
    """Which engine."""
    image: ImageReference
    """MinIO's server."""
    client_image: ImageReference
    """MinIO's client `mc`, which sets up buckets and users."""


Engine: TypeAlias = Annotated[SeaweedFs | Minio, Field(discriminator="kind")]


class NoObjectStore(Model):
    """No object store: models come from the stores of each runtime."""

    kind: Literal["none"] = "none"
    """Which object store."""


class InClusterObjectStore(Model):
    """An S3-compatible store beside the platform, with a bucket and a least-right user per purpose."""

    kind: Literal["in-cluster"]
    """Which object store."""
    engine: Engine = SeaweedFs()
    """What runs it."""
    storage_gi: VolumeGi | None = None
    """Volume per data pod, in GiB; from the environment when absent."""
    audit_retention_days: RetentionDays | None = None
    """Days that the audit trail cannot be deleted, where the engine can lock it; from the environment when absent."""

    def resolve(self, default: ObjectStoreSize) -> ObjectStoreSize:
        """Return the size with the environment's default where the stack file says nothing."""
        return replace(
            default,
            storage_gi=_given(self.storage_gi, default.storage_gi),
            audit_retention_days=_given(self.audit_retention_days, default.audit_retention_days),
        )


class ExternalBucket(Model):
    """A bucket and the keys of a user that may do in it what its purpose needs, and nothing else."""

    name: BucketName
    """Name of the bucket."""
    access_key_id: SecretRef
    """Access key."""
    secret_access_key: SecretRef
    """Secret key."""


class ExternalBuckets(Model):
    """One bucket per purpose, each with a user of its own."""

    models: ExternalBucket
    """Model files; its user reads."""
    batch: ExternalBucket
    """Input and output of batch jobs; its user reads and writes."""
    audit: ExternalBucket
    """The audit trail; its user only adds."""
    backups: ExternalBucket
    """Backups of the stores in the cluster; its user reads, writes and deletes."""

    @property
    def by_purpose(self) -> dict[BucketPurpose, ExternalBucket]:
        """The buckets by what they are for."""
        return {"models": self.models, "batch": self.batch, "audit": self.audit, "backups": self.backups}


class ExternalObjectStore(Model):
    """An S3 or S3-compatible store that the customer runs; its buckets and users exist."""

    kind: Literal["external"]
    """Which object store."""
    provider: Literal["AWS", "Ceph", "Minio", "Other"] = "Other"
    """Whose S3 it is: rclone works around the differences."""
    endpoint: HttpsOrigin
    """URL of the store, its name as its certificate has it."""
    region: Region
    """Region of the buckets."""
    certificate_authority: CaBundle | None = None
    """Who signed the store's certificate; a public authority when absent."""
    cidrs: tuple[Cidr, ...] = ()
    """Networks that the store is in; its port is open to any address when empty."""
    buckets: ExternalBuckets
    """Its buckets."""

    @property
    def host(self) -> str:
        """Name of the store."""
        return _host(self.endpoint)

    @property
    def port(self) -> int:
        """Port of the store."""
        return https_port(self.endpoint)


ObjectStore: TypeAlias = Annotated[
    NoObjectStore | InClusterObjectStore | ExternalObjectStore, Field(discriminator="kind")
]


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


def _host(url: str) -> str:
    return urlsplit(url).netloc.partition(":")[0]
