"""The security properties of every platform in one table, each with changes of the program that take it away.

A property holds on every stack file; with each of its mutations it fails, and no other property does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import security_images as images
import security_mutations as mutate
import security_predicates as holds
from platforms import STACKS, one_tenant, record_platform, stack, tenant
from security_edge import callers_have_tokens

from components.cluster import certificates, flows, ingress, monitoring, namespaces, network
from components.cluster.network import Addresses, Pods
from components.seldon import core, rbac, routing, runtime
from infra import site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recorder import Recording
    from security_mutations import Mutation

PROMETHEUS = Pods(namespace="seldon-monitoring", labels={"app.kubernetes.io/name": "prometheus"})
SERVERS = Pods(namespace="fraud", labels={"app.kubernetes.io/name": "seldon-server"})
SCHEDULER = Pods(namespace="fraud", labels={"app.kubernetes.io/name": "seldon-scheduler"})
GATEWAY = Pods(namespace="istio-system", labels=ingress.GATEWAY_LABELS)
ANYWHERE = Addresses(cidrs=["0.0.0.0/0"])
ENFORCE = "pod-security.kubernetes.io/enforce"


@dataclass(frozen=True)
class Property:
    """One row of the table."""

    id: str
    says: str
    problems: Callable[[Recording], Iterator[str]]
    mutations: dict[str, Mutation]


PROPERTIES = [
    Property(
        "pod-security",
        "Every namespace enforces, audits and warns by Pod Security restricted, pinned to the cluster's version",
        holds.pod_security,
        {
            "baseline": mutate.label(ENFORCE, "baseline"),
            "no audit": mutate.drop(namespaces, "namespace_labels", "pod-security?kubernetes?io/audit"),
            "floating version": mutate.label(f"{ENFORCE}-version", "latest"),
        },
    ),
    Property(
        "default-deny",
        "In every namespace what no policy names is refused, both ways",
        holds.default_deny,
        {"no policy": mutate.exempt("default-deny"), "open egress": mutate.open_egress},
    ),
    Property(
        "guards-first",
        "Namespace, quota and default deny exist before the first pod that they guard",
        holds.guards_first,
        {"at any time": mutate.arguments(namespaces, "PlacedIn", ready=())},
    ),
    Property(
        "load-balancer-quota",
        "No namespace but the ingress may have a load balancer",
        holds.load_balancer_quota,
        {"one everywhere": mutate.arguments(site, "NamespaceArgs", quota=namespaces.Quota(load_balancers=1))},
    ),
    Property(
        "one-load-balancer",
        "Exactly one Service leads into the cluster: the gateway's",
        holds.one_load_balancer,
        {
            "another": mutate.put(ingress, "istiod_values", "service.type", "LoadBalancer"),
            "a node port": mutate.put(certificates, "cert_manager_values", "webhook.serviceType", "NodePort"),
        },
    ),
    Property(
        "cluster-ip",
        "Scheduler and Envoy are reachable inside the cluster only, by every switch of both charts",
        holds.cluster_ip,
        {
            "setup's default": mutate.drop(core, "setup_values", "services.defaultServiceType"),
            "scheduler": mutate.drop(runtime, "runtime_values", "scheduler.serviceType"),
            "Envoy": mutate.drop(runtime, "runtime_values", "envoy.serviceType"),
            "runtime's default": mutate.drop(runtime, "runtime_values", "config.serviceConfig.serviceType"),
        },
    ),
    Property(
        "no-phoning-home",
        "Hodometer, which reports usage to its vendor, is off",
        holds.no_phoning_home,
        {"left out": mutate.drop(runtime, "runtime_values", "hodometer")},
    ),
    Property(
        "no-traces",
        "No trace leaves for a collector that nobody runs",
        holds.no_traces,
        {
            "setup": mutate.put(core, "setup_values", "opentelemetry.disable", value=False),
            "runtime": mutate.drop(runtime, "runtime_values", "config.tracingConfig"),
        },
    ),
    Property(
        "core-tls",
        "The parts of Core 2 speak TLS with each other, with certificates of the platform's authority",
        holds.core_tls,
        {
            "control plane": mutate.put(core, "setup_values", "security.controlplane.protocol", "PLAINTEXT"),
            "Envoy": mutate.drop(core, "setup_values", "security.envoy"),
            "no certificates": mutate.result(runtime, "data_plane_certificates", lambda _: []),
        },
    ),
    Property(
        "bounded-controller",
        "The controller of Core 2 has rights in the runtime namespaces and nowhere else",
        holds.bounded_controller,
        {
            "the chart's ClusterRole": mutate.drop(core, "setup_values", "controller.skipClusterRoleCreation"),
            "every namespace": mutate.put(core, "setup_values", "controller.watchNamespaces", []),
        },
    ),
    Property(
        "no-wildcard-rights",
        "No Role gives a wildcard",
        holds.no_wildcard_rights,
        {"all verbs": mutate.result(rbac, "controller_rules", lambda rules: [*rules, {**rules[0], "verbs": ["*"]}])},
    ),
    Property(
        "narrow-flows",
        "Every rule of a policy names single ports and, on the other side, addresses or pods of one namespace",
        holds.narrow_flows,
        {
            "all ports": mutate.result(network, "policies", mutate.without("ports")),
            "all peers": mutate.result(network, "policies", mutate.without("to")),
        },
    ),
    Property(
        "closed-ports",
        "Nothing reaches rclone's API (5572) or the scheduler's plaintext listeners (9004, 9005, 9008)",
        holds.closed_ports,
        {
            "rclone": mutate.flow(PROMETHEUS, SERVERS, 5572),
            "scheduler": mutate.flow(SERVERS, SCHEDULER, 9005),
        },
    ),
    Property(
        "no-node-credentials",
        "No pod that may call out reaches the link-local addresses where clouds keep credentials",
        holds.no_node_credentials,
        {
            "everywhere": mutate.flow(SERVERS, ANYWHERE, 443),
            "by IPv6": mutate.flow(SERVERS, Addresses(cidrs=["::/0"], except_cidrs=["fe80::/10"]), 443),
        },
    ),
    Property(
        "prometheus-inside",
        "Prometheus has no way in from outside, no admin API, and only named clients",
        holds.prometheus_inside,
        {
            "default Service": mutate.drop(monitoring, "monitoring_values", "prometheus.service"),
            "Ingress": mutate.put(monitoring, "monitoring_values", "prometheus.ingress.enabled", value=True),
            "admin API": mutate.put(
                monitoring, "monitoring_values", "prometheus.prometheusSpec.enableAdminAPI", value=True
            ),
            "Alertmanager": mutate.drop(monitoring, "monitoring_values", "alertmanager.ingress"),
            "a client": mutate.flow(GATEWAY, PROMETHEUS, 9090),
            "clients from outside": mutate.flow(ANYWHERE, PROMETHEUS, 9090),
        },
    ),
    Property(
        "gateway-tls",
        "The gateway speaks TLS 1.2 or newer; port 80 does nothing but redirect",
        holds.gateway_tls,
        {
            "no floor": mutate.servers_at("https", lambda server: server["tls"].pop("minProtocolVersion")),
            "old TLS": mutate.servers_at("https", lambda server: server["tls"].update(minProtocolVersion="TLSV1_1")),
            "plain HTTP": mutate.servers_at("http", lambda server: server.pop("tls")),
        },
    ),
    Property(
        "gateway-hosts",
        "The gateway serves the platform's hosts and no other name",
        holds.gateway_hosts,
        {"any": mutate.result(ingress, "gateway_spec", mutate.any_host)},
    ),
    Property(
        "callers-have-tokens",
        "Models answer to a token of a known issuer for its audience, and nothing else is answered at all",
        callers_have_tokens,
        {
            "no policies": mutate.result(ingress, "guards", lambda _: []),
            "no default deny": mutate.result(ingress, "guards", lambda guards: guards[1:]),
            "no token asked for": mutate.result(ingress, "guards", mutate.rules_without("from", "when")),
            "any audience": mutate.result(ingress, "guards", mutate.rules_without("when")),
            "any path": mutate.result(ingress, "guards", mutate.any_operation),
            "paths as they come": mutate.put(
                ingress, "istiod_values", "meshConfig.pathNormalization.normalization", "NONE"
            ),
        },
    ),
    Property(
        "inference-paths",
        "Of a runtime, clients reach the inference protocol and nothing else",
        holds.inference_paths,
        {"everything": mutate.result(routing, "route_spec", mutate.any_path)},
    ),
    Property(
        "tls-to-envoy",
        "The gateway verifies the Envoy of every runtime by name",
        holds.tls_to_envoy,
        {
            "no name": mutate.drop(routing, "tls_spec", "trafficPolicy.tls.subjectAltNames"),
            "plain text": mutate.put(routing, "tls_spec", "trafficPolicy.tls.mode", "DISABLE"),
        },
    ),
    Property(
        "strict-mtls",
        "Mutual TLS is strict in the whole mesh",
        holds.strict_mtls,
        {"permissive": mutate.permissive},
    ),
    Property(
        "no-tokens",
        "A service account hands its token to no pod that does not ask for it",
        holds.no_tokens,
        {"default": mutate.arguments(runtime.corev1, "ServiceAccount", automount_service_account_token=None)},
    ),
    Property(
        "marked-secrets",
        "Every secret of the stack is marked secret wherever it goes, and goes into no output",
        holds.marked_secrets,
        {"exported": mutate.exported},
    ),
    Property(
        "secrets-in-secrets",
        "Every secret of the stack stands in the data of a Secret and nowhere else",
        holds.secrets_in_secrets,
        {"config map": mutate.secret_config_map},
    ),
    Property(
        "plain-values",
        "No chart value is secret, or unknown in a preview",
        holds.plain_values,
        {"an Output": mutate.output_in_values},
    ),
    Property(
        "protected-data",
        "What holds data is protected from deletion: namespaces, the resource types of Core 2, keys of authorities",
        holds.protected_data,
        {
            "namespaces and types": mutate.exempt("deletion-protection"),
            "authority": mutate.unprotected_authority,
        },
    ),
    Property(
        "mirrored-images",
        "Every image comes from the customer's registry",
        images.mirrored_images,
        {
            "cert-manager": mutate.drop(certificates, "cert_manager_values", "imageRegistry"),
            "Istio": mutate.drop(ingress, "istiod_values", "global.hub"),
            "monitoring": mutate.drop(monitoring, "monitoring_values", "global.imageRegistry"),
            "Core 2": mutate.drop(core, "setup_values", "serverConfig.rclone"),
        },
    ),
    Property(
        "pull-secrets",
        "Every namespace has the credentials of the customer's registry",
        images.pull_secrets,
        {"none": mutate.arguments(site, "NamespaceArgs", pull_credentials=None)},
    ),
    Property(
        "one-provider",
        "Everything goes to the cluster that the stack names",
        holds.one_provider,
        {"current context": mutate.arguments(site.kubernetes, "Provider", context=None)},
    ),
]
IN_A_MIRROR = {"mirrored-images", "pull-secrets"}
"""Only for a stack with a registry of its own."""


def failing(recording: Recording) -> dict[str, list[str]]:
    """Return what is wrong with a recording, by property."""
    found = {row.id: [*row.problems(recording)] for row in PROPERTIES}
    return {key: problems for key, problems in found.items() if problems}


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_every_stack_has_every_property(path: Path, *, preview: bool) -> None:
    recording = stack(path, preview=preview)
    mirrored = "onprem" in path.name
    problems = failing(recording)
    assert {key: found for key, found in problems.items() if mirrored or key not in IN_A_MIRROR} == {}


def test_the_platform_that_is_mutated_has_every_property() -> None:
    assert failing(tenant()) == {}


@pytest.mark.parametrize(
    ("row", "mutation"),
    [pytest.param(row, way, id=f"{row.id}: {name}") for row in PROPERTIES for name, way in row.mutations.items()],
)
def test_without_it_the_property_fails_and_no_other(
    row: Property, mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutation(monkeypatch)
    assert [*failing(record_platform(one_tenant()))] == [row.id]


def test_a_secret_in_the_clear_fails_both_properties_of_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    mutate.plain_config_map(monkeypatch)
    assert [*failing(record_platform(one_tenant()))] == ["marked-secrets", "secrets-in-secrets"]


def test_the_table_of_images_names_the_charts_that_are_installed() -> None:
    installed = {holds.chart_name(chart) for path in STACKS for chart in stack(path).of(holds.CHART)}
    assert installed == {*images.IMAGES, *images.WITHOUT_IMAGES}


def test_ports_that_are_named_closed_are_the_ports_that_no_flow_has() -> None:
    assert holds.CLOSED_PORTS.isdisjoint(
        {flows.XDS, flows.SCHEDULER_TLS, flows.AGENT_TLS, flows.ENVOY, flows.SERVER_HTTP, flows.SERVER_GRPC}
    )
