"""Ways to take a security property away from the program, each by one small change."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_kubernetes.networking.v1 as networkingv1

from components import charts
from components.cluster import certificates, ingress, namespaces
from components.cluster.network import Endpoint, Flow
from components.seldon import runtime
from components.seldon.storage import StorageRemote, remote_document
from infra import platform, site

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    import pytest

    from components.cluster.access import Guard
    from components.cluster.network import PolicySpec
    from infra.settings import Settings

UNPROTECTED = pulumi.ResourceOptions(protect=False)

Mutation: TypeAlias = "Callable[[pytest.MonkeyPatch], None]"


def result(module: ModuleType, function: str, change: Callable[[Any], Any]) -> Mutation:
    """Change what a function of the program returns; `change` edits in place or returns something new."""

    def mutate(monkeypatch: pytest.MonkeyPatch) -> None:
        real = getattr(module, function)

        def changed(*args: Any, **kwargs: Any) -> Any:
            value = deepcopy(real(*args, **kwargs))
            replaced = change(value)
            return value if replaced is None else replaced

        monkeypatch.setattr(module, function, changed)

    return mutate


def put(module: ModuleType, function: str, path: str, value: object) -> Mutation:
    """Set a dotted path in the tree that a function returns."""

    def change(tree: dict[str, Any]) -> None:
        *above, last = (key.replace("?", ".") for key in path.split("."))
        for key in above:
            tree = tree.setdefault(key, {})
        tree[last] = value

    return result(module, function, change)


def drop(module: ModuleType, function: str, path: str) -> Mutation:
    """Take a dotted path (`?` for a dot inside a key) out of the tree that a function returns."""

    def change(tree: dict[str, Any]) -> None:
        *above, last = (key.replace("?", ".") for key in path.split("."))
        for key in above:
            tree = tree[key]
        del tree[last]

    return result(module, function, change)


def label(key: str, value: str) -> Mutation:
    """Give every namespace another label."""
    return result(namespaces, "namespace_labels", lambda labels: {**labels, key: value})


def arguments(module: ModuleType, constructor: str, **given: object) -> Mutation:
    """Override arguments of everything that a module makes with a constructor."""

    def mutate(monkeypatch: pytest.MonkeyPatch) -> None:
        real = getattr(module, constructor)

        def changed(*args: Any, **kwargs: Any) -> Any:
            return real(*args, **{**kwargs, **given})

        monkeypatch.setattr(module, constructor, changed)

    return mutate


def exempt(control: str) -> Mutation:
    """Behave as if every resource were let off a control."""

    def mutate(monkeypatch: pytest.MonkeyPatch) -> None:
        def exempted(_: object, named: str, resource: str) -> bool:
            return named == control and bool(resource)

        monkeypatch.setattr(site.Site, "exempt", exempted)

    return mutate


def open_egress(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deny what comes in and nothing that goes out."""

    def deny(name: str, args: namespaces.NamespaceArgs, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        return networkingv1.NetworkPolicy(
            f"{name}-default-deny",
            metadata=metav1.ObjectMetaArgs(name="default-deny", namespace=args.namespace),
            spec=networkingv1.NetworkPolicySpecArgs(pod_selector=metav1.LabelSelectorArgs(), policy_types=["Ingress"]),
            opts=opts,
        )

    monkeypatch.setattr(namespaces.PlatformNamespace, "_deny", staticmethod(deny))


def flow(source: Endpoint, target: Endpoint, *ports: int) -> Mutation:
    """Allow one more connection."""
    extra = Flow(name="extra", source=source, target=target, ports=ports, why="a mutation")
    return result(platform, "platform_flows", lambda flows: [*flows, extra])


def without(key: str) -> Callable[[list[PolicySpec]], None]:
    """Leave a key out of every egress rule of the first policy."""

    def edit(policies: list[PolicySpec]) -> None:
        for rule in policies[0].spec["egress"]:
            del rule[key]

    return edit


def servers_at(kind: str, change: Callable[[dict[str, Any]], None]) -> Mutation:
    """Change the Gateway's server of a port name."""

    def edit(spec: dict[str, Any]) -> None:
        change(next(server for server in spec["servers"] if server["port"]["name"] == kind))

    return result(ingress, "gateway_spec", edit)


def any_host(spec: dict[str, Any]) -> None:
    """Serve whatever name a client asks for."""
    for server in spec["servers"]:
        server["hosts"] = ["*"]


def any_path(spec: dict[str, Any]) -> None:
    """Lead every path of a host to the runtime."""
    for rule in spec["http"]:
        del rule["match"]


def rules_without(*parts: str) -> Callable[[list[Guard]], None]:
    """Leave parts out of every rule of every policy."""

    def edit(guards: list[Guard]) -> None:
        for guard in guards:
            for part in parts:
                for rule in guard.spec.get("rules", []):
                    rule.pop(part, None)

    return edit


def any_operation(guards: list[Guard]) -> None:
    """Let callers with a token ask for every path of a host."""
    for guard in guards:
        for rule in guard.spec.get("rules", []):
            for entry in rule["to"]:
                del entry["operation"]["paths"]


def permissive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take plain text from those who do not speak TLS."""
    real = cast("Callable[..., Any]", vars(ingress.Ingress)["_custom"])

    def custom(self: object, role: str, version: str, kind: str, *rest: Any) -> Any:
        name, spec, depends_on = rest
        permitted = {"mtls": {"mode": "PERMISSIVE"}} if kind == "PeerAuthentication" else spec
        return real(self, role, version, kind, name, permitted, depends_on)

    monkeypatch.setattr(ingress.Ingress, "_custom", custom)


def unprotected_authority(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the keys of authorities go."""
    real = cast("Callable[..., Any]", vars(certificates)["_custom"])

    def custom(name: str, kind: str, spec: Any, metadata: Any, opts: pulumi.ResourceOptions) -> Any:
        return real(name, kind, spec, metadata, pulumi.ResourceOptions.merge(opts, UNPROTECTED))

    monkeypatch.setattr(certificates, "_custom", custom)


def plain_config_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the keys of a store in a ConfigMap, in the clear."""

    def leak(name: str, remote: StorageRemote, namespace: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        return corev1.ConfigMap(
            name,
            metadata=metav1.ObjectMetaArgs(name="store", namespace=namespace),
            data={"rclone": pulumi.Output.unsecret(remote_document(remote))},
            opts=opts,
        )

    monkeypatch.setattr(runtime, "storage_secret", leak)


def secret_config_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the keys of a store in a ConfigMap, where Kubernetes shows them."""

    def leak(name: str, remote: StorageRemote, namespace: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        return corev1.ConfigMap(
            name,
            metadata=metav1.ObjectMetaArgs(name="store", namespace=namespace),
            data={"rclone": remote_document(remote)},
            opts=opts,
        )

    monkeypatch.setattr(runtime, "storage_secret", leak)


def exported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Export the password of the registry."""
    real = platform.build

    def build(settings: Settings) -> None:
        real(settings)
        config = pulumi.Config("seldon-platform")
        pulumi.export("registry", config.require_secret("registryPassword"))

    monkeypatch.setattr(platform, "build", build)


def output_in_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand an Output to a chart, past the check."""

    def accept(_: object) -> None:
        return None

    monkeypatch.setattr(charts, "require_plain", accept)
    add = result(certificates, "cert_manager_values", lambda values: {**values, "extra": pulumi.Output.secret("value")})
    add(monkeypatch)
