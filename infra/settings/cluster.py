"""The cluster and the cloud below it."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from infra.settings.base import Allowed, Model
from infra.settings.types import Cidr, ContextName, KubernetesVersion, ObjectName, Port, Region


class ApiServer(Model):
    """Where pods reach the Kubernetes API server; network policies open exactly this."""

    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of its real endpoints (`kubectl get endpointslices -n default`), not of its service address."""
    port: Port = 6443
    """Port of those endpoints."""


class Cluster(Model):
    """The Kubernetes cluster; its kubeconfig comes from $KUBECONFIG, never from the stack file."""

    context: ContextName
    """Kubeconfig context that this stack belongs to; no other cluster is ever touched."""
    version: KubernetesVersion
    """Version of the cluster; Pod Security is enforced at it. Outside Seldon's list it is a warning."""
    storage_class: ObjectName | None = None
    """StorageClass of every volume; should encrypt. The cluster's default class when absent."""
    api_server: ApiServer
    """Where pods reach the API server."""

    @property
    def minor(self) -> int:
        """Minor version: 33 for 1.33."""
        return int(self.version.partition(".")[2])


class NoCloud(Model):
    """On premises: nothing of a cloud is used."""

    kind: Literal["none"] = "none"
    """Which cloud."""


class Aws(Model):
    """Amazon Web Services. Comes later: understood, and refused for now."""

    kind: Literal["aws"]
    """Which cloud."""
    account_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$"), Allowed("12 digits in quotes")]
    """Account that the stack belongs to."""
    region: Region
    """Region of every resource."""


class Gcp(Model):
    """Google Cloud. Comes later: understood, and refused for now."""

    kind: Literal["gcp"]
    """Which cloud."""
    project: Annotated[
        str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$"), Allowed("a Google Cloud project ID")
    ]
    """Project that the stack belongs to."""
    region: Region
    """Region of every resource."""


Cloud: TypeAlias = Annotated[NoCloud | Aws | Gcp, Field(discriminator="kind")]
