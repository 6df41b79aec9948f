"""ECK's operator, for one namespace: no right outside of it and its own, and no admission webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.charts import Release
from components.cluster.priority import DATA_PRIORITY
from components.cluster.search import names
from components.definitions import own_definitions
from components.hardening import POD_SECURITY

if TYPE_CHECKING:
    import pulumi
    import pulumi_kubernetes.helm.v4 as helm

    from components.cluster.search.args import SearchArgs

REGISTRY = "docker.elastic.co"


def _zone_affinity() -> dict[str, Any]:
    """Prefer different zones; the chart has no value for spread constraints."""
    term = {"topologyKey": "topology.kubernetes.io/zone", "labelSelector": {"matchLabels": names.OPERATOR_LABELS}}
    preferred = [{"weight": 100, "podAffinityTerm": term}]
    return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}


def operator_values(args: SearchArgs) -> dict[str, Any]:
    """Values of the eck-operator chart.

    Without cluster-scoped objects the chart makes a Role in the two namespaces and nothing else. The webhook and the
    check of storage classes would need more; the operator validates a resource again when it reads it, so what the
    webhook would refuse is reported in the resource's status. Without a licence in its namespace it runs as basic. The
    chart's limit of one core stays.
    """
    size = args.operator_size
    values: dict[str, Any] = {
        "managedNamespaces": [args.placed.namespace],
        "createClusterScopedResources": False,
        "installCRDs": True,
        "webhook": {"enabled": False},
        "telemetry": {"disabled": True},
        "replicaCount": size.replicas,
        "podDisruptionBudget": {"enabled": size.replicas > 1, "minAvailable": 1},
        "resources": size.resources,
        "priorityClassName": DATA_PRIORITY,
        "podSecurityContext": POD_SECURITY,
        "affinity": _zone_affinity(),
        "image": {"repository": args.sources.image(f"{REGISTRY}/eck/eck-operator")},
        "config": {
            "containerRegistry": args.sources.registry or REGISTRY,
            "validateStorageClass": False,
            "exposedNodeLabels": [],
            "metrics": {"port": str(names.OPERATOR_METRICS)},
        },
    }
    if args.sources.pull_secret:
        values["imagePullSecrets"] = [{"name": args.sources.pull_secret}]
    return values


def install_operator(name: str, args: SearchArgs, opts: pulumi.ResourceOptions) -> helm.Chart:
    """Install the operator and the resource types of the Elastic stack.

    Raises:
        ChartError: as `helm_chart` does.
    """
    release = Release(
        chart="eck-operator",
        name=names.OPERATOR,
        namespace=args.operator.namespace,
        values=operator_values(args),
    )
    return args.sources.install(name, release, opts=opts, transforms=[own_definitions(protect=args.protect)])
