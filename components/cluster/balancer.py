"""The one load balancer: internal unless said otherwise, and it keeps the address of clients, which the logs record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CloudKind: TypeAlias = Literal["none", "aws", "gcp"]

HEALTH_PORT, HEALTH_PATH = 15021, "/healthz/ready"
"""Where Istio's gateway says that it is ready, apart from what it serves."""
_AWS = "service.beta.kubernetes.io/aws-load-balancer-"


@dataclass(frozen=True, kw_only=True)
class Health:
    """Where the pods behind a load balancer say over plain HTTP whether they are ready."""

    port: int
    path: str


GATEWAY_HEALTH = Health(port=HEALTH_PORT, path=HEALTH_PATH)


@dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """What is asked of the load balancer."""

    cloud: CloudKind = "none"
    internal: bool = True
    """Whether only the customer's network reaches it. Without a cloud it is the pool of addresses that decides."""
    source_ranges: Sequence[str] = ()
    """CIDRs of clients; any address when empty."""
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """For the controller of load balancers where there is no cloud; a cloud's own win over these."""
    health: Health = GATEWAY_HEALTH


def cloud_annotations(cloud: CloudKind, *, internal: bool, health: Health = GATEWAY_HEALTH) -> dict[str, str]:
    """Return what the cloud's controller reads from a Service.

    AWS: a network load balancer of the AWS Load Balancer Controller that targets pods and keeps client addresses
    (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/). Google: a
    passthrough load balancer, which always keeps them
    (https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer).
    """
    if cloud == "aws":
        return {
            f"{_AWS}type": "external",
            f"{_AWS}scheme": "internal" if internal else "internet-facing",
            f"{_AWS}nlb-target-type": "ip",
            f"{_AWS}target-group-attributes": "preserve_client_ip.enabled=true",
            f"{_AWS}healthcheck-protocol": "http",
            f"{_AWS}healthcheck-port": str(health.port),
            f"{_AWS}healthcheck-path": health.path,
        }
    if cloud == "gcp":
        return (
            {"networking.gke.io/load-balancer-type": "Internal"} if internal else {"cloud.google.com/l4-rbs": "enabled"}
        )
    return {}


def service_values(wanted: LoadBalancer) -> dict[str, Any]:
    """Return the `service` values of a gateway chart. `Local` keeps nodes from replacing the client's address."""
    annotations = {
        **wanted.annotations,
        **cloud_annotations(wanted.cloud, internal=wanted.internal, health=wanted.health),
    }
    return {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        **({"annotations": annotations} if annotations else {}),
        **({"loadBalancerSourceRanges": list(wanted.source_ranges)} if wanted.source_ranges else {}),
    }
