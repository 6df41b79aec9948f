"""The serving layer: runtime namespaces, their model stores, servers and models."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from infra.settings.access import Audience
from infra.settings.base import Allowed, Model
from infra.settings.types import DnsLabel, HttpsUrl, Region, RemoteScheme, Scheme, SecretRef, StorageUri
from infra.sizes import ServerSize

ServerKind: TypeAlias = Literal["mlserver", "triton"]

CAPABILITIES: dict[ServerKind, tuple[str, ...]] = {
    "mlserver": (
        "alibi-detect",
        "alibi-explain",
        "huggingface",
        "lightgbm",
        "mlflow",
        "mlserver",
        "python",
        "sklearn",
        "spark-mlib",
        "xgboost",
    ),
    "triton": (
        "dali",
        "fil",
        "onnx",
        "openvino",
        "python",
        "pytorch",
        "tensorflow",
        "tensorrt",
        "triton",
    ),
}
"""What a model may require of each server (Core 2's default ServerConfigs)."""

PUBLIC_SCHEME = "gs"
"""Scheme that every runtime can read without credentials: Core 2 sets up anonymous access to public GCS buckets."""


class S3(Model):
    """An S3 or S3-compatible store with static keys."""

    kind: Literal["s3"]
    """Which kind of store."""
    scheme: Scheme = "s3"
    """Scheme of the model URIs that are read from this store; one store per scheme."""
    provider: Literal["AWS", "Ceph", "Minio", "Other"] = "Other"
    """Whose S3 it is: rclone works around the differences."""
    endpoint: HttpsUrl
    """URL of the store."""
    region: Region
    """Region of the buckets."""
    access_key_id: SecretRef
    """Access key."""
    secret_access_key: SecretRef
    """Secret key."""


class Gcs(Model):
    """Google Cloud Storage with a service account key."""

    kind: Literal["gcs"]
    """Which kind of store."""
    scheme: Scheme = "gs"
    """Scheme of the model URIs that are read from this store; one store per scheme."""
    service_account_key: SecretRef
    """JSON key of a service account that may read the buckets."""


class PlatformStorage(Model):
    """The platform's own object store: its bucket for models, read with the keys of its reader."""

    kind: Literal["platform"]
    """Which kind of store."""
    scheme: RemoteScheme = "s3"
    """Scheme of the model URIs that are read from this store; one store per scheme."""


Storage: TypeAlias = Annotated[S3 | Gcs | PlatformStorage, Field(discriminator="kind")]


class Server(Model):
    """Size of an inference server; what is absent comes from the environment."""

    replicas: Annotated[int, Field(ge=1, le=100)] | None = None
    """Pods."""
    cpu_milli: Annotated[int, Field(ge=50, le=128_000)] | None = None
    """CPU per pod, in thousandths of a core."""
    memory_gi: Annotated[int, Field(ge=1, le=2048)] | None = None
    """Memory per pod that models can fill, in GiB."""

    def resolve(self, default: ServerSize) -> ServerSize:
        """Return the size with the environment's default where the stack file says nothing."""
        return ServerSize(
            replicas=default.replicas if self.replicas is None else self.replicas,
            cpu_milli=default.cpu_milli if self.cpu_milli is None else self.cpu_milli,
            memory_gi=default.memory_gi if self.memory_gi is None else self.memory_gi,
        )


class Servers(Model):
    """Inference servers of a runtime; at least one."""

    mlserver: Server | None = Server()
    """MLServer: scikit-learn, XGBoost, LightGBM, MLflow, Hugging Face, own Python. On unless `null`."""
    triton: Server | None = None
    """NVIDIA Triton: ONNX, PyTorch, TensorFlow, TensorRT. Off unless given."""


class ServedModel(Model):
    """A model that the stack itself loads; most models are loaded by their owners instead."""

    name: DnsLabel
    """Name of the model."""
    storage_uri: StorageUri
    """Where its files are; the scheme is that of a store of the runtime, or `gs` for a public bucket."""
    requirements: Annotated[
        tuple[Annotated[str, Allowed("a capability of a server, such as sklearn")], ...], Field(min_length=1)
    ]
    """Capabilities that its server must have."""
    memory_mi: Annotated[int, Field(ge=1, le=2_097_152)]
    """Memory it needs when loaded, in MiB."""
    replicas: Annotated[int, Field(ge=1, le=100)] = 1
    """Server pods that load it."""


GroupLabel: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,48}[A-Za-z0-9])?$"),
    Allowed("the name of a group that a label can hold: at most 50 letters, digits, dots, dashes and underscores"),
]


class Visibility(Model):
    """How the Enterprise Platform shows the namespace of a runtime: labels on it, beside the grants of `access`.

    See https://deploy.seldon.io/en/v1.3/contents/operations/namespace-filtering/index.html.
    """

    restricted: bool = True
    """Whether it is shown to `groups` alone; to everyone who logs in if not."""
    groups: dict[GroupLabel, Literal["read", "write"]] = Field(default_factory=dict)
    """Groups that it is shown to, and what they may do in it."""


class Runtime(Model):
    """One tenant of the serving layer, in a namespace of its own."""

    namespace: DnsLabel
    """Its namespace; also the first label of its host, `<namespace>.<host>`."""
    audiences: tuple[Audience, ...] = ()
    """Which of the audiences of `ingress.oidc` may call it, so that tokens of other tenants do not; all when empty."""
    storage: tuple[Storage, ...] = ()
    """Stores that its models are read from."""
    servers: Servers = Servers()
    """Its inference servers."""
    models: tuple[ServedModel, ...] = ()
    """Models that the stack loads."""
    visibility: Visibility | None = None
    """How the Enterprise Platform shows it; restricted, and to no group by a label, when absent."""

    @property
    def enabled_servers(self) -> dict[ServerKind, Server]:
        """The servers that this runtime has, by kind."""
        servers: dict[ServerKind, Server | None] = {"mlserver": self.servers.mlserver, "triton": self.servers.triton}
        return {kind: server for kind, server in servers.items() if server is not None}


class Seldon(Model):
    """Seldon Core 2."""

    runtimes: Annotated[tuple[Runtime, ...], Field(min_length=1)]
    """Runtime namespaces, each isolated from the others."""
    model_volume_gi: Annotated[int, Field(ge=1, le=16_384)] | None = None
    """Volume of every server pod for model files, in GiB; Core 2 has one figure for all runtimes."""
