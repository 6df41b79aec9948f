"""Prometheus for the platform, inside the cluster only: no route, no node port and no load balancer leads to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pulumi
import pulumi_kubernetes.meta.v1 as metav1
from pulumi_kubernetes import apiextensions

from components.charts import Release
from components.cluster.alertmanager import CONFIG_SECRET, AlertReceiver, alertmanager_secret
from components.cluster.flows import ALERTMANAGER, PROMETHEUS
from components.cluster.ingress import GATEWAY_LABELS
from components.cluster.usage_rules import serving_alerts, usage_rules
from components.contracts import PlacedIn, PrometheusRef
from components.workload import Workload, zone_spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.sources import Sources

RELEASE = "seldon-monitoring"
"""Also the name that Seldon's own configuration looks for."""
USAGE_RULES = "seldon-deployment-usage-rules"
"""The name that Seldon's documentation gives them: its own, applied by hand, take the place of these."""


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """One thing that Prometheus scrapes."""

    name: str
    kind: Literal["PodMonitor", "ServiceMonitor"]
    labels: Mapping[str, str]
    """Of the pods, or of the Service in front of them."""
    namespaces: Sequence[str]
    port: str
    """Name of the port."""
    path: str = "/metrics"


def runtime_monitors(namespaces: Sequence[str]) -> list[Monitor]:
    """What Core 2 asks to be scraped in every runtime, under its own names."""
    servers = {"app.kubernetes.io/name": "seldon-server"}
    envoy = {"app.kubernetes.io/name": "seldon-envoy"}
    return [
        Monitor(name="agent", kind="PodMonitor", labels=servers, namespaces=namespaces, port="metrics"),
        Monitor(name="server", kind="PodMonitor", labels=servers, namespaces=namespaces, port="server-metrics"),
        Monitor(
            name="envoy",
            kind="ServiceMonitor",
            labels=envoy,
            namespaces=namespaces,
            port="stats",
            path="/stats/prometheus",
        ),
    ]


def certificates_monitors(namespace: str) -> list[Monitor]:
    """What cert-manager says of the certificates that it renews."""
    labels = {"app.kubernetes.io/name": "cert-manager"}
    return [
        Monitor(name="cert-manager", kind="PodMonitor", labels=labels, namespaces=[namespace], port="http-metrics"),
    ]


def istio_monitors(namespace: str) -> list[Monitor]:
    """Istio's control plane and its gateway."""
    return [
        Monitor(
            name="istiod",
            kind="ServiceMonitor",
            labels={"app": "istiod"},
            namespaces=[namespace],
            port="http-monitoring",
        ),
        Monitor(
            name="gateway",
            kind="PodMonitor",
            labels=GATEWAY_LABELS,
            namespaces=[namespace],
            port="http-envoy-prom",
            path="/stats/prometheus",
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What monitoring is made with."""

    sources: Sources
    placed: PlacedIn
    monitors: Sequence[Monitor]
    size: Workload
    """Of Prometheus."""
    helper_size: Workload
    """Of its operator, of kube-state-metrics and of Alertmanager."""
    retention_days: int
    storage_gi: int
    storage_class: str | None
    """None takes the cluster's default class."""
    alerts: Mapping[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Further PrometheusRules, by name, beside those of the serving layer."""
    usage: Mapping[str, Any] = field(default_factory=usage_rules)
    """Spec of the PrometheusRule that counts usage."""
    receiver: AlertReceiver | None = None
    """Where alerts are sent; None leaves them to be seen in Alertmanager."""
    depends_on: Sequence[pulumi.Resource] = ()


def _claim(size_gi: int, storage_class: str | None) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{size_gi}Gi"}},
    }
    return {"volumeClaimTemplate": {"spec": {**spec, **({"storageClassName": storage_class} if storage_class else {})}}}


def _spec(name: str, size: Workload) -> dict[str, Any]:
    return {
        "replicas": size.replicas,
        "resources": size.resources,
        "topologySpreadConstraints": zone_spread({"app.kubernetes.io/name": name}),
    }


def monitoring_values(args: MonitoringArgs) -> dict[str, Any]:
    """Values of kube-prometheus-stack.

    The jobs that make the admission webhook's certificate are Helm hooks, which `helm.v4.Chart` skips, so the webhook
    is off; cert-manager's mode would make the order of two charts matter for a check that the API server's schema
    does. DNS and the control plane belong to the cluster, not to this platform. Node exporter needs the host's network
    and files, which `restricted` refuses, and no usage metric needs it.
    """
    everything = {
        f"{kind}SelectorNilUsesHelmValues": False for kind in ("serviceMonitor", "podMonitor", "rule", "probe")
    }
    values: dict[str, Any] = {
        "fullnameOverride": RELEASE,
        "crds": {"enabled": True},
        "grafana": {"enabled": False},
        "nodeExporter": {"enabled": False},
        **{
            component: {"enabled": False}
            for component in ("coreDns", "kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler")
        },
        "kube-state-metrics": {"metricLabelsAllowlist": ["pods=[*]"], "resources": args.helper_size.resources},
        "prometheusOperator": {
            "admissionWebhooks": {"enabled": False},
            "tls": {"enabled": False},
            "resources": args.helper_size.resources,
        },
        "prometheus": {
            "service": {"type": "ClusterIP"},
            "ingress": {"enabled": False},
            "prometheusSpec": {
                **_spec("prometheus", args.size),
                **everything,
                "enableAdminAPI": False,
                "retention": f"{args.retention_days}d",
                "retentionSize": f"{args.storage_gi * 9 // 10}GiB",
                "storageSpec": _claim(args.storage_gi, args.storage_class),
            },
        },
        "alertmanager": {
            "service": {"type": "ClusterIP"},
            "ingress": {"enabled": False},
            "alertmanagerSpec": {
                **_spec("alertmanager", args.helper_size),
                **({"useExistingSecret": True, "configSecret": CONFIG_SECRET} if args.receiver else {}),
                "storage": _claim(1, args.storage_class),
            },
        },
    }
    shared: dict[str, Any] = {}
    if args.sources.registry:
        shared["imageRegistry"] = args.sources.registry
    if args.sources.pull_secret:
        shared["imagePullSecrets"] = [{"name": args.sources.pull_secret}]
    return {**values, "global": shared} if shared else values


def monitor_spec(monitor: Monitor) -> dict[str, Any]:
    """Spec of a PodMonitor or ServiceMonitor."""
    endpoint = {"port": monitor.port, "path": monitor.path, "interval": "15s"}
    return {
        "selector": {"matchLabels": dict(monitor.labels)},
        "namespaceSelector": {"matchNames": list(monitor.namespaces)},
        "podMetricsEndpoints" if monitor.kind == "PodMonitor" else "endpoints": [endpoint],
    }


class Monitoring(pulumi.ComponentResource):
    """Prometheus, Alertmanager, the metrics of pods, and the rules of the serving layer."""

    prometheus: PrometheusRef
    alertmanager_url: str
    """Where alerts that fire are read, by version 2 of Alertmanager's API: there is no other since 0.27."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:Monitoring", name, {}, opts)
        self._name = name
        self._namespace = args.placed.namespace
        before: list[pulumi.Resource] = [*args.placed.ready, *args.depends_on]
        if args.receiver:
            opts_inside = pulumi.ResourceOptions(parent=self, depends_on=list(before))
            before += [alertmanager_secret(f"{name}-alertmanager", args.receiver, self._namespace, opts_inside)]
        stack = args.sources.install(
            f"{name}-stack",
            Release(
                chart="kube-prometheus-stack",
                name=RELEASE,
                namespace=self._namespace,
                values=monitoring_values(args),
            ),
            wait_for={
                "kubernetes:monitoring.coreos.com/v1:Prometheus": "condition=Available",
                "kubernetes:monitoring.coreos.com/v1:Alertmanager": "condition=Available",
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        for monitor in args.monitors:
            self._custom(monitor.name, monitor.kind, monitor_spec(monitor), stack)
        self._custom(USAGE_RULES, "PrometheusRule", dict(args.usage), stack)
        self._custom("seldon-serving-alerts", "PrometheusRule", serving_alerts(), stack)
        for rule, spec in args.alerts.items():
            self._custom(rule, "PrometheusRule", spec, stack)
        self.prometheus = PrometheusRef(
            url=f"http://{RELEASE}-prometheus.{self._namespace}.svc.cluster.local:{PROMETHEUS}",
            namespace=self._namespace,
            ready=[stack],
        )
        self.alertmanager_url = (
            f"http://{RELEASE}-alertmanager.{self._namespace}.svc.cluster.local:{ALERTMANAGER}/api/v2/alerts"
        )
        self.register_outputs({"url": self.prometheus.url})

    def _custom(self, object_name: str, kind: str, spec: dict[str, Any], stack: pulumi.Resource) -> pulumi.Resource:
        return apiextensions.CustomResource(
            f"{self._name}-{object_name}",
            api_version="monitoring.coreos.com/v1",
            kind=kind,
            metadata=metav1.ObjectMetaArgs(name=object_name, namespace=self._namespace),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[stack]),
        )
