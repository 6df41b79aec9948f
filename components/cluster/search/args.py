"""What Elasticsearch is made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.contracts import Bucket, IssuerRef, PlacedIn
    from components.sources import Sources
    from components.workload import Workload


@dataclass(frozen=True, kw_only=True)
class SearchArgs:
    """Where Elasticsearch runs, how big it is, and where its snapshots go."""

    sources: Sources
    operator: PlacedIn
    """Namespace of the operator."""
    placed: PlacedIn
    """Namespace of the nodes, the only one that the operator watches."""
    authority: IssuerRef
    """Signs the certificate that clients verify."""
    image: str
    """Full reference, pulled as it stands; 7.17 with the plugin repository-s3, its tag starting with the version."""
    size: Workload
    """Of the nodes; Elasticsearch takes half of a node's memory as heap by itself."""
    operator_size: Workload
    storage_gi: int
    """Volume per node, in GiB."""
    storage_class: str | None
    """None takes the cluster's default class."""
    backups: Bucket
    snapshot_retention_days: int
    protect: bool = True
    """Whether the cluster and its resource types are protected from deletion."""
    log_writer: bool = False
    """Whether something adds the logs of applications, and so needs a user."""
    audit: bool = False
    """Whether to log who did what. It takes a paid licence (Gold or above); with the basic one Elasticsearch only warns
    that it does not (https://www.elastic.co/guide/en/elasticsearch/reference/7.17/enable-audit-logging.html)."""
    depends_on: Sequence[pulumi.Resource] = ()
