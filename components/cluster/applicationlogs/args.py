"""What the collector is made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.cluster.applicationlogs import names
from components.contracts import PublicAuthorities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from components.contracts import AuditEndpoint, PlacedIn, SearchEndpoint, Trust
    from components.sources import Sources
    from components.workload import Workload

IMAGE = "docker.io/fluent/fluent-bit:5.1.1"


@dataclass(frozen=True, kw_only=True)
class AccessLog:
    """The gateway's access log, which goes to the audit trail."""

    audit: AuditEndpoint
    namespace: str
    """Of the gateway."""
    pods: str
    """What the names of its pods start with."""
    container: str


@dataclass(frozen=True, kw_only=True)
class ApplicationLogsArgs:
    """What the program decides.

    Raises:
        ValueError: there is no namespace to read, and so no file.
    """

    sources: Sources
    placed: PlacedIn
    """Namespace of the collector alone, with room for a pod on every node."""
    namespaces: Sequence[str]
    """Those whose logs are read."""
    search: SearchEndpoint
    """With a user that adds to `kubernetes_cluster-*` and can do nothing else."""
    typed: bool = False
    """Whether documents must name a type, as before Elasticsearch 7."""
    access: AccessLog | None
    size: Workload
    """Of the pod on each node; `replicas` counts for nothing."""
    image: str | None = None
    """Full reference of an image with Fluent Bit 5.1; None takes upstream's."""
    depends_on: Sequence[pulumi.Resource] = ()

    def __post_init__(self) -> None:
        if not self.namespaces:
            raise ValueError("no namespace whose logs are to be read")

    @property
    def full_image(self) -> str:
        """The image as the cluster pulls it; one that the customer names is taken as it is."""
        return self.image or self.sources.image(IMAGE)

    @property
    def trusts(self) -> Mapping[str, Trust]:
        """What each server is verified against, by the way that lines go; without public authorities."""
        servers: dict[str, Trust] = {names.SEARCH: self.search.trust}
        if self.access:
            servers[names.AUDIT] = self.access.audit.trust
        return {way: trust for way, trust in servers.items() if not isinstance(trust, PublicAuthorities)}
