"""Alerts of batch jobs: whether their controllers run, whether jobs are taken up, and whether jobs fail.

Series: the controller (workflow/metrics at v3.5.15), and kube-state-metrics.
"""

from __future__ import annotations

from typing import Any

from components.cluster.alerts import alert


def workflows_alerts(*, namespace: str) -> dict[str, Any]:
    """Alerts of the controllers in a namespace, in the form of a PrometheusRule's spec."""
    own = f'namespace="{namespace}"'
    controllers = f'{own},deployment=~".+-workflow-controller"'
    rules = [
        alert(
            "BatchControllerDown",
            f"kube_deployment_status_replicas_available{{{controllers}}}"
            f" < kube_deployment_spec_replicas{{{controllers}}}",
            10,
            "warning",
            "{{ $labels.deployment }} is not available: batch jobs of its runtime are not started",
        ),
        alert(
            "BatchQueueStuck",
            f'max by (pod) (argo_workflows_queue_depth_count{{{own},queue_name="workflow_queue"}}) > 100',
            15,
            "warning",
            "{{ $labels.pod }} does not keep up: {{ $value }} changes of batch jobs wait",
        ),
        alert(
            "BatchControllerFails",
            f'increase(argo_workflows_error_count{{{own},cause="OperationPanic"}}[15m]) > 0',
            5,
            "warning",
            "{{ $labels.pod }} broke off its work on a batch job",
        ),
        alert(
            "BatchJobsFail",
            f'max by (pod) (delta(argo_workflows_count{{{own},status=~"Failed|Error"}}[1h])) > 0',
            1,
            "warning",
            "Batch jobs of {{ $labels.pod }} failed within the last hour",
        ),
    ]
    return {"groups": [{"name": "seldon-batch", "rules": rules}]}
