"""The typed values that cross between components: who fills a field and who reads it stands beside it.

A capability has one contract and several backends (in the cluster, external, each cloud's own), so whoever reads one
never knows which backend filled it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi


@dataclass(frozen=True, kw_only=True)
class Pods:
    """The pods of one namespace that carry all of these labels (all its pods when there are none)."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Addresses outside the pod network: the API server, clients of the ingress, an object store."""

    cidrs: Sequence[str]
    except_cidrs: Sequence[str] = ()


Endpoint: TypeAlias = Pods | Addresses
"""One end of a connection, as a network policy names it. Filled by every backend; read by the flows of its clients."""


@dataclass(frozen=True, kw_only=True)
class PlacedIn:
    """A namespace that exists, with its guards, once ``ready`` has been created."""

    namespace: str
    """Name, plain text: chart values and network policies need it at preview."""
    ready: Sequence[pulumi.Resource]
    """The namespace, its quota and its default-deny policies; whatever runs in it depends on these."""


@dataclass(frozen=True, kw_only=True)
class IssuerRef:
    """A cert-manager ClusterIssuer. Filled by Certificates; read by the ingress, the stores and the serving layer."""

    name: str
    ready: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class PublicAuthorities:
    """The server's certificate is signed by an authority that every client image trusts."""


@dataclass(frozen=True, kw_only=True)
class GivenAuthority:
    """The server's certificate is signed by an authority that the customer named."""

    certificate: str
    """PEM of one or more CA certificates; not a secret."""


@dataclass(frozen=True, kw_only=True)
class PlatformAuthority:
    """The server's certificate comes from the platform's own authority, whose key never leaves the cluster.

    The program does not know its certificate; cert-manager writes it as `ca.crt` beside every certificate it issues.
    """

    issuer: IssuerRef


Trust: TypeAlias = PublicAuthorities | GivenAuthority | PlatformAuthority
"""What a client verifies a server against. Filled by every backend; there is no value for not verifying."""

SslMode: TypeAlias = Literal["verify-full", "verify-ca", "require"]


@dataclass(frozen=True, kw_only=True)
class PostgresEndpoint:
    """A database for the model catalogue. Filled by a Postgres backend; read by the Enterprise Platform's Secret."""

    host: pulumi.Input[str]
    """The name that the server's certificate carries."""
    port: int
    database: str
    username: pulumi.Input[str]
    """A role that owns this database and nothing else."""
    password: pulumi.Input[str]
    """Secret."""
    ssl_mode: SslMode
    """As libpq understands it (https://www.postgresql.org/docs/15/libpq-ssl.html)."""
    trust: Trust
    reached_at: Endpoint
    ready: Sequence[pulumi.Resource]
    """What a client waits for; empty for a database that is there already."""


@dataclass(frozen=True, kw_only=True)
class SearchEndpoint:
    """Elasticsearch for request logs. Filled by a search backend; read by the credentials of its two readers."""

    host: pulumi.Input[str]
    """The name that the server's certificate carries; it always speaks HTTPS."""
    port: int
    username: pulumi.Input[str]
    """A user that may write and read the platform's indices and nothing else."""
    password: pulumi.Input[str]
    """Secret."""
    trust: Trust
    reached_at: Endpoint
    ready: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class StaticKeys:
    """The keys of one user of an object store, with the rights of one purpose."""

    access_key_id: pulumi.Input[str]
    secret_access_key: pulumi.Input[str]
    """Secret."""


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentity:
    """A cloud identity that pods take on without a key. Filled by a cloud's identity backend."""

    annotations: Mapping[str, pulumi.Input[str]]
    """Of the service account that the pods run under; how the cloud recognises it."""


BucketPurpose: TypeAlias = Literal["models", "batch", "audit", "backups"]
"""Read by, in this order: inference servers; batch jobs; the audit trail, which only adds; Postgres and search."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket for one purpose, and the least that its reader may do in it. Filled by an object store backend."""

    purpose: BucketPurpose
    name: str
    endpoint: str
    """HTTPS URL of the store, with its port when it is not 443."""
    region: str
    provider: Literal["AWS", "Ceph", "GCS", "Minio", "Other", "SeaweedFS"]
    """Whose API it is, as rclone names it (https://rclone.org/s3/, s3-provider); GCS speaks its own."""
    access: StaticKeys | WorkloadIdentity
    trust: Trust
    reached_at: Endpoint
    port: int
    """Of the store's pods where it runs in the cluster, else of its endpoint."""
    ready: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class Sasl:
    """A Kafka user with a password."""

    mechanism: Literal["SCRAM-SHA-512", "PLAIN"]
    username: str
    """Plain: it stands in chart values."""
    password: pulumi.Input[str]
    """Secret."""


@dataclass(frozen=True, kw_only=True)
class GivenCertificate:
    """A Kafka user with a client certificate of the customer's."""

    certificate: str
    """PEM, leaf first."""
    private_key: pulumi.Input[str]
    """PEM. Secret."""


@dataclass(frozen=True, kw_only=True)
class IssuedCertificate:
    """A Kafka user with client certificates of the platform's own authority: one per namespace that needs it."""

    issuer: IssuerRef
    common_name: str


@dataclass(frozen=True, kw_only=True)
class OAuthBearer:
    """A Kafka client that fetches its tokens with the OAuth 2.0 client credentials grant."""

    client_id: pulumi.Input[str]
    client_secret: pulumi.Input[str]
    """Secret."""
    token_url: str
    scope: str = ""
    extensions: str = ""
    """`key=value` pairs with commas between, sent along with the token."""


KafkaAuthentication: TypeAlias = Sasl | GivenCertificate | IssuedCertificate | OAuthBearer


@dataclass(frozen=True, kw_only=True)
class KafkaEndpoint:
    """Kafka for pipelines. Filled by a Kafka backend; read by every runtime and by request logging. Always TLS."""

    bootstrap: str
    """`<host>:<port>`, several with commas between; plain, because it stands in chart values."""
    authentication: KafkaAuthentication
    trust: Trust
    replication_factor: int
    """Of the topics that pipelines create."""
    partitions: int
    """Of the topics that pipelines create."""
    reached_at: Endpoint
    ports: Sequence[int]
    """Of the brokers; clients talk to each broker, not to the bootstrap address alone."""
    ready: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class AuditEndpoint:
    """The aggregator of the audit trail. Filled by the audit component; read by whoever has something to record."""

    host: str
    """The name that the server's certificate carries; plain, because it stands in chart values."""
    secure_port: int
    """Fluentd's forward protocol over TLS; a client also proves that it knows the shared key."""
    plain_port: int
    """The same without either, for the one client that can do neither; the network opens it to that one alone."""
    shared_key: pulumi.Input[str]
    """Secret."""
    trust: Trust
    reached_at: Endpoint
    ready: Sequence[pulumi.Resource]
    """The aggregator answers once these have been created."""


@dataclass(frozen=True, kw_only=True)
class GatewayRef:
    """Istio's gateway. Filled by the ingress; read by every route that it takes."""

    gateway: str
    """`<namespace>/<name>` as an Istio VirtualService names it."""
    namespace: str
    """Where the gateway's pods run; the TLS material that it presents or trusts lives there."""
    pod_labels: dict[str, str]
    """Labels of the gateway's pods, for network and authorization policies."""
    host: str
    """The host that the customer gave; runtimes are served below it."""
    ready: Sequence[pulumi.Resource]


class Router(Protocol):
    """How an ingress is led to a runtime."""

    def __call__(self, name: str, namespace: str, host: str, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
        """Make the route from a host to the models of one runtime, of resources that are named after `name`."""
        ...


@dataclass(frozen=True, kw_only=True)
class IngressRef:
    """The one way in, whichever it is. Filled by the ingress; read by each runtime."""

    host: str
    """The host that the customer gave; runtimes are served below it."""
    route: Router
    gateway: GatewayRef | None = None
    """Istio's, for the Enterprise Platform, which works with no other ingress; None where there is another."""


@dataclass(frozen=True, kw_only=True)
class PrometheusRef:
    """The in-cluster Prometheus. Filled by monitoring; read by whoever queries or is scraped."""

    url: str
    """Base URL inside the cluster, without the API path; plain, because it stands in chart values."""
    namespace: str
    ready: Sequence[pulumi.Resource]
