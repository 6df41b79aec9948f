"""Monitoring: Prometheus inside the cluster, what it scrapes, and its rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from component_stage import CHART, ONE, REGISTRY, SOURCES, THREE, WITHOUT_MIRROR, perform, waits_for

from components.cluster.monitoring import (
    Monitor,
    Monitoring,
    MonitoringArgs,
    certificates_monitors,
    istio_monitors,
    monitor_spec,
    monitoring_values,
    runtime_monitors,
)
from components.cluster.usage_rules import serving_alerts, usage_rules
from components.contracts import PlacedIn

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

MONITORING = "kubernetes:monitoring.coreos.com/v1"
MONITORS = [
    *certificates_monitors("cert-manager"),
    *istio_monitors("istio-system"),
    *runtime_monitors(["fraud", "churn"]),
]
ARGS = MonitoringArgs(
    sources=SOURCES,
    placed=PlacedIn(namespace="watch", ready=[]),
    monitors=MONITORS,
    size=THREE,
    helper_size=ONE,
    retention_days=30,
    storage_gi=100,
    storage_class="fast",
    alerts={"more-alerts": {"groups": []}},
)


def made(*, preview: bool = False) -> tuple[Recording, Monitoring]:
    kept: list[Monitoring] = []

    def make(stage: Stage) -> None:
        args = replace(ARGS, placed=stage.place("watch"), depends_on=[stage.prop("flows")])
        kept.append(Monitoring("monitoring", args, stage.opts))

    return perform(make, preview=preview), kept[0]


@pytest.mark.parametrize("preview", [True, False])
def test_the_chart_comes_after_the_guards_and_before_all_else(*, preview: bool) -> None:
    recording, monitoring = made(preview=preview)
    url = "http://seldon-monitoring-prometheus.watch.svc.cluster.local:9090"
    component = recording.one("seldon-platform:cluster:Monitoring", "monitoring")
    assert recording.outputs_of(component.urn) == {"url": url}
    assert (monitoring.prometheus.url, monitoring.prometheus.namespace) == (url, "watch")
    stack = recording.one(CHART, "monitoring-stack")
    assert waits_for(recording, stack) == {"guards-of-watch", "flows"}
    assert stack.inputs["values"] == monitoring_values(ARGS)
    assert (stack.inputs["name"], stack.namespace, len(stack.transforms)) == ("seldon-monitoring", "watch", 1)
    others = [child for child in recording.children(component.urn) if child is not stack]
    assert len(others) == len(MONITORS) + 3
    for child in others:
        assert child.namespace == "watch"
        assert stack.name in waits_for(recording, child)


def test_monitors_and_rules() -> None:
    recording, _ = made()
    for monitor in MONITORS:
        made_monitor = recording.object(f"{MONITORING}:{monitor.kind}", "watch", monitor.name)
        assert made_monitor.inputs["spec"] == monitor_spec(monitor)
    for name, rules in (
        ("seldon-deployment-usage-rules", usage_rules()),
        ("seldon-serving-alerts", serving_alerts()),
        *ARGS.alerts.items(),
    ):
        assert recording.object(f"{MONITORING}:PrometheusRule", "watch", name).inputs["spec"] == rules


def test_given_rules_of_usage_take_the_place_of_ours() -> None:
    given = {"groups": [{"name": "usage", "rules": [{"record": "usage", "expr": "up"}]}]}
    recording = perform(
        lambda stage: Monitoring("monitoring", replace(ARGS, placed=stage.place("watch"), usage=given), stage.opts)
    )
    rules = recording.object(f"{MONITORING}:PrometheusRule", "watch", "seldon-deployment-usage-rules")
    assert rules.inputs["spec"] == given
    assert "model_containers_average" not in str([made.inputs for made in recording.of(rules.type)])


@pytest.mark.parametrize(
    ("kind", "endpoints"), [("PodMonitor", "podMetricsEndpoints"), ("ServiceMonitor", "endpoints")]
)
def test_a_monitor_is_for_named_namespaces(kind: Any, endpoints: str) -> None:
    monitor = Monitor(name="till", kind=kind, labels={"app": "till"}, namespaces=["shop"], port="stats", path="/stats")
    assert monitor_spec(monitor) == {
        "selector": {"matchLabels": {"app": "till"}},
        "namespaceSelector": {"matchNames": ["shop"]},
        endpoints: [{"port": "stats", "path": "/stats", "interval": "15s"}],
    }


def test_what_core_2_asks_to_be_scraped() -> None:
    scraped = {
        (m.name, m.kind, m.labels["app.kubernetes.io/name"], m.port, m.path) for m in runtime_monitors(["fraud"])
    }
    assert scraped == {
        ("agent", "PodMonitor", "seldon-server", "metrics", "/metrics"),
        ("server", "PodMonitor", "seldon-server", "server-metrics", "/metrics"),
        ("envoy", "ServiceMonitor", "seldon-envoy", "stats", "/stats/prometheus"),
    }


def test_pod_labels_are_exported_for_the_usage_rules() -> None:
    assert monitoring_values(ARGS)["kube-state-metrics"]["metricLabelsAllowlist"] == ["pods=[*]"]


def test_monitors_and_rules_of_every_release_are_read() -> None:
    spec = monitoring_values(ARGS)["prometheus"]["prometheusSpec"]
    for kind in ("serviceMonitor", "podMonitor", "rule", "probe"):
        assert spec[f"{kind}SelectorNilUsesHelmValues"] is False


def test_hooks_and_what_restricted_refuses_are_off() -> None:
    values = monitoring_values(ARGS)
    assert values["prometheusOperator"]["admissionWebhooks"] == {"enabled": False}
    assert values["prometheusOperator"]["tls"] == {"enabled": False}
    assert values["nodeExporter"] == {"enabled": False}
    assert values["grafana"] == {"enabled": False}


def test_prometheus_has_its_size_and_room_for_what_it_keeps() -> None:
    spec = monitoring_values(ARGS)["prometheus"]["prometheusSpec"]
    assert (spec["replicas"], spec["resources"]) == (THREE.replicas, THREE.resources)
    assert (spec["retention"], spec["retentionSize"]) == ("30d", "90GiB")
    claim = spec["storageSpec"]["volumeClaimTemplate"]["spec"]
    assert claim["resources"] == {"requests": {"storage": "100Gi"}}
    assert claim["storageClassName"] == "fast"


def test_without_a_class_the_clusters_default_is_taken() -> None:
    spec = monitoring_values(replace(ARGS, storage_class=None))["prometheus"]["prometheusSpec"]
    assert "storageClassName" not in spec["storageSpec"]["volumeClaimTemplate"]["spec"]


def test_images() -> None:
    assert monitoring_values(ARGS)["global"] == {
        "imageRegistry": REGISTRY,
        "imagePullSecrets": [{"name": "image-pull"}],
    }
    assert "global" not in monitoring_values(replace(ARGS, sources=WITHOUT_MIRROR))
