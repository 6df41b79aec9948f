"""Recording rules for the usage of models: containers, CPU and memory per namespace and model server."""

from __future__ import annotations

from typing import Any

from components.cluster.alerts import alert

SERVERS = 'kube_pod_labels{label_app_kubernetes_io_name="seldon-server"}'
"""Pods of inference servers; kube-state-metrics exports pod labels only when it is told to."""

_NAMES = 'label_replace({metric}, "name", "$1", "label_seldon_server_name", "(.+)")'


def _usage(metric: str) -> str:
    """Join a per-container series with the server that its pod belongs to, and sum over its pods."""
    pods = f"max by (namespace, pod, label_seldon_server_name) ({SERVERS})"
    joined = f"({metric}) * on (namespace, pod) group_left (label_seldon_server_name) {pods}"
    return f"sum by (namespace, name) ({_NAMES.format(metric=joined)})"


def _per_container(series: str, selector: str = 'container!="",container!="POD"') -> str:
    return f"max by (namespace, pod, container) ({series}{{{selector}}})"


def usage_rules() -> dict[str, Any]:
    """One rule group, in the form of a PrometheusRule's spec.

    Series: `model_containers_average` (containers), `model_cpu_usage_seconds_total` (CPU seconds),
    `model_memory_usage_bytes` (bytes), `model_cpu_requests` (cores) and `model_memory_requests_bytes` (bytes), each by
    namespace and name of the inference server.
    """
    requests = 'container!="",resource="{resource}",unit="{unit}"'
    expressions = {
        "model_containers_average": _usage(_per_container("kube_pod_container_info", 'container!=""')),
        "model_cpu_usage_seconds_total": _usage(_per_container("container_cpu_usage_seconds_total")),
        "model_memory_usage_bytes": _usage(_per_container("container_memory_working_set_bytes")),
        "model_cpu_requests": _usage(
            _per_container("kube_pod_container_resource_requests", requests.format(resource="cpu", unit="core"))
        ),
        "model_memory_requests_bytes": _usage(
            _per_container("kube_pod_container_resource_requests", requests.format(resource="memory", unit="byte"))
        ),
    }
    rules = [{"record": record, "expr": expression} for record, expression in expressions.items()]
    return {"groups": [{"name": "seldon-usage", "interval": "30s", "rules": rules}]}


def serving_alerts() -> dict[str, Any]:
    """Alerts of the serving layer, in the form of a PrometheusRule's spec."""
    return {
        "groups": [
            {
                "name": "seldon-serving",
                "rules": [
                    alert(
                        "SeldonServerDown",
                        'kube_statefulset_status_replicas_ready{statefulset=~"mlserver|triton"}'
                        ' < kube_statefulset_replicas{statefulset=~"mlserver|triton"}',
                        10,
                        "warning",
                        "{{ $labels.namespace }}/{{ $labels.statefulset }} has fewer ready replicas than wanted",
                    ),
                    alert(
                        "SeldonSchedulerDown",
                        'kube_statefulset_status_replicas_ready{statefulset="seldon-scheduler"} < 1',
                        5,
                        "critical",
                        "The scheduler of {{ $labels.namespace }} is not ready: models cannot be loaded or moved",
                    ),
                    alert(
                        "SeldonEnvoyDown",
                        'kube_deployment_status_replicas_available{deployment="seldon-envoy"} < 1',
                        2,
                        "critical",
                        "No Envoy of {{ $labels.namespace }} is ready: its models cannot be reached",
                    ),
                    alert(
                        "CertificateExpiresSoon",
                        "certmanager_certificate_expiration_timestamp_seconds - time() < 7 * 24 * 3600",
                        60,
                        "critical",
                        "Certificate {{ $labels.exported_namespace }}/{{ $labels.name }} expires within a week",
                    ),
                ],
            }
        ]
    }
