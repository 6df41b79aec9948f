"""A namespace of the platform: Pod Security, quota, limits and closed network before anything runs in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Literal, TypeAlias

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.networking.v1 as networkingv1

from components.contracts import PlacedIn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.workload import Workload

PodSecurity: TypeAlias = Literal["restricted", "baseline", "privileged"]

PULL_SECRET = "image-pull"  # noqa: S105 (a name)
"""Name of the registry credentials in every namespace."""

DNS_PEER = networkingv1.NetworkPolicyPeerArgs(
    namespace_selector=metav1.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": "kube-system"}),
    pod_selector=metav1.LabelSelectorArgs(match_labels={"k8s-app": "kube-dns"}),
)


@dataclass(frozen=True, kw_only=True)
class RegistryCredentials:
    """Credentials of the registry that every image comes from."""

    registry: str
    """Host of the registry, with its port when it has one."""
    username: str
    password: pulumi.Output[str]
    """Secret."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """Upper bounds of a namespace; they contain a runaway, they do not size the workload."""

    pods: int = 100
    cpu: str = "64"
    """Sum of CPU requests."""
    memory: str = "256Gi"
    """Sum of memory requests."""
    storage: str = "1Ti"
    """Sum of volume claims."""
    load_balancers: int = 0
    """Services of type LoadBalancer; only the ingress has one, so a chart that opens another is refused."""


def volume_quota(replicas: int, storage_gi: int) -> Quota:
    """Bound a namespace whose pods each have a volume of `storage_gi`, with room for one more set of them."""
    return Quota(storage=f"{max(1024, 2 * replicas * storage_gi)}Gi")


def daemon_quota(size: Workload, *, nodes: int = 1000) -> Quota:
    """Bound a namespace with one pod of this size on each of so many nodes, and no volume that outlives one."""
    cpu, memory_gi = ceil(nodes * size.cpu_milli / 1000), ceil(nodes * size.memory_mi / 1024)
    return Quota(pods=nodes, cpu=str(cpu), memory=f"{memory_gi}Gi", storage="0")


_GROUP = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,48}[A-Za-z0-9])?")
"""`seldon.group.` and the name make the name of a label, which has at most 63 characters."""


@dataclass(frozen=True, kw_only=True)
class Visibility:
    """Who finds a namespace in Seldon's platform, as labels that the platform reads.

    Source: https://docs.seldon.ai/seldon-enterprise-platform, operations, namespace setup.

    Raises:
        ValueError: the name of a group makes no label.
    """

    restricted: bool = True
    """Whether only the groups find it; otherwise everyone does."""
    groups: Mapping[str, Literal["read", "write"]] = field(default_factory=dict[str, Literal["read", "write"]])

    def __post_init__(self) -> None:
        for group in self.groups:
            if not _GROUP.fullmatch(group):
                allowed = "at most 50 letters, digits, dots, dashes and underscores"
                raise ValueError(f"group {group}: no label can be called so; allowed: {allowed}")

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the namespace."""
        groups = {f"seldon.group.{group}": right for group, right in sorted(self.groups.items())}
        return {"seldon.restricted": str(self.restricted).lower(), **groups}


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """What a namespace is made with."""

    namespace: str
    """Name of the namespace in the cluster."""
    cluster_minor: int
    """Minor version of the cluster: Pod Security is pinned to its rules; an upgrade cannot change them unseen."""
    customer: str
    purpose: str
    """One line for whoever lists namespaces."""
    pod_security: PodSecurity = "restricted"
    """Below `restricted` only through an exemption of the stack."""
    default_deny: bool = True
    """Whether traffic that no policy names is refused; off, only through an exemption of the stack, nothing is."""
    protect: bool = True
    """Whether the namespace, and so every volume claim in it, is protected from deletion."""
    quota: Quota = field(default_factory=Quota)
    pull_credentials: RegistryCredentials | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further labels; those of Pod Security and of the platform stay as they are."""
    visibility: Visibility | None = None
    """Of a runtime; None says nothing to Seldon's platform."""


def namespace_labels(args: NamespaceArgs) -> dict[str, str]:
    """Labels that enforce, audit and warn Pod Security at the cluster's own minor version."""
    version = f"v1.{args.cluster_minor}"
    security: dict[str, str] = {}
    for mode in ("enforce", "audit", "warn"):
        # An exception lowers what is enforced; audit and warnings keep reporting against the full standard.
        security[f"pod-security.kubernetes.io/{mode}"] = args.pod_security if mode == "enforce" else "restricted"
        security[f"pod-security.kubernetes.io/{mode}-version"] = version
    return {
        **args.labels,
        **(args.visibility.labels if args.visibility else {}),
        **security,
        "app.kubernetes.io/part-of": "seldon-platform",
        "seldon-platform/customer": args.customer,
    }


def docker_config(credentials: RegistryCredentials) -> pulumi.Output[str]:
    """Make the `.dockerconfigjson` of a pull secret."""

    def render(password: str) -> str:
        entry = {"username": credentials.username, "password": password}
        return json.dumps({"auths": {credentials.registry: entry}})

    return pulumi.Output.secret(credentials.password).apply(render)


class PlatformNamespace(pulumi.ComponentResource):
    """A namespace with everything that must exist before its first pod."""

    placed: PlacedIn

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:PlatformNamespace", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = corev1.Namespace(
            f"{name}-namespace",
            metadata=metav1.ObjectMetaArgs(
                name=args.namespace,
                labels=namespace_labels(args),
                annotations={"seldon-platform/purpose": args.purpose},
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        inside = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[namespace]))
        guards: list[pulumi.Resource] = [
            namespace,
            self._quota(name, args, inside),
            self._limits(name, args, inside),
        ]
        if args.default_deny:
            guards += [self._deny(name, args, inside), self._dns(name, args, inside)]
        else:
            guards.append(self._allow(name, args, inside))
        if args.pull_credentials:
            guards.append(self._pull_secret(name, args, args.pull_credentials, inside))
        self.placed = PlacedIn(namespace=args.namespace, ready=guards)
        self.register_outputs({"namespace": args.namespace})

    @staticmethod
    def _quota(name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        return corev1.ResourceQuota(
            f"{name}-quota",
            metadata=metav1.ObjectMetaArgs(name="platform", namespace=args.namespace),
            spec=corev1.ResourceQuotaSpecArgs(
                hard={
                    "pods": str(args.quota.pods),
                    "requests.cpu": args.quota.cpu,
                    "requests.memory": args.quota.memory,
                    "requests.storage": args.quota.storage,
                    "services.loadbalancers": str(args.quota.load_balancers),
                    # A load balancer's Service takes a node port for each of its ports.
                    "services.nodeports": str(args.quota.load_balancers * 3),
                },
            ),
            opts=opts,
        )

    @staticmethod
    def _limits(name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        return corev1.LimitRange(
            f"{name}-limits",
            metadata=metav1.ObjectMetaArgs(name="platform", namespace=args.namespace),
            spec=corev1.LimitRangeSpecArgs(
                limits=[
                    corev1.LimitRangeItemArgs(
                        type="Container",
                        default_request={"cpu": "50m", "memory": "64Mi", "ephemeral-storage": "64Mi"},
                        default={"memory": "1Gi", "ephemeral-storage": "1Gi"},
                    ),
                ],
            ),
            opts=opts,
        )

    @staticmethod
    def _deny(name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        return networkingv1.NetworkPolicy(
            f"{name}-default-deny",
            metadata=metav1.ObjectMetaArgs(name="default-deny", namespace=args.namespace),
            spec=networkingv1.NetworkPolicySpecArgs(
                pod_selector=metav1.LabelSelectorArgs(),
                policy_types=["Ingress", "Egress"],
            ),
            opts=opts,
        )

    @staticmethod
    def _allow(name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        """Allow everything: the policies of single flows would go on closing the pods that they select."""
        return networkingv1.NetworkPolicy(
            f"{name}-exempt-from-default-deny",
            metadata=metav1.ObjectMetaArgs(name="exempt-from-default-deny", namespace=args.namespace),
            spec=networkingv1.NetworkPolicySpecArgs(
                pod_selector=metav1.LabelSelectorArgs(),
                policy_types=["Ingress", "Egress"],
                ingress=[networkingv1.NetworkPolicyIngressRuleArgs()],
                egress=[networkingv1.NetworkPolicyEgressRuleArgs()],
            ),
            opts=opts,
        )

    @staticmethod
    def _dns(name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        return networkingv1.NetworkPolicy(
            f"{name}-allow-dns",
            metadata=metav1.ObjectMetaArgs(name="allow-dns", namespace=args.namespace),
            spec=networkingv1.NetworkPolicySpecArgs(
                pod_selector=metav1.LabelSelectorArgs(),
                policy_types=["Egress"],
                egress=[
                    networkingv1.NetworkPolicyEgressRuleArgs(
                        to=[DNS_PEER],
                        ports=[networkingv1.NetworkPolicyPortArgs(protocol=p, port=53) for p in ("UDP", "TCP")],
                    ),
                ],
            ),
            opts=opts,
        )

    @staticmethod
    def _pull_secret(
        name: str, args: NamespaceArgs, credentials: RegistryCredentials, opts: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        return corev1.Secret(
            f"{name}-pull-secret",
            metadata=metav1.ObjectMetaArgs(name=PULL_SECRET, namespace=args.namespace),
            type="kubernetes.io/dockerconfigjson",
            string_data={".dockerconfigjson": docker_config(credentials)},
            opts=opts,
        )
