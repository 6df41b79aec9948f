"""Alerts of the edge: whether anything answers, whether its certificate can be had, and whether tokens can be verified.

Series: kube-state-metrics; cert-manager v1.21.1 (pkg/metrics); istiod 1.30.3 (pilot/pkg/model/jwks_resolver.go).
"""

from __future__ import annotations

from typing import Any

from components.cluster.alerts import alert


def edge_alerts(*, namespace: str, deployment: str, signing_keys: bool) -> dict[str, Any]:
    """Alerts of the ingress `deployment`, in the form of a PrometheusRule's spec.

    `signing_keys`: whether istiod fetches the keys of token issuers, which it does once a minute while it fails.
    """
    rules = [
        alert(
            "GatewayDown",
            f'kube_deployment_status_replicas_available{{namespace="{namespace}",deployment="{deployment}"}} < 1',
            2,
            "critical",
            "No pod of the gateway is ready: nothing reaches the platform",
        ),
        alert(
            "CertificateNotReady",
            'certmanager_certificate_ready_status{condition="True"} == 0',
            30,
            "warning",
            "Certificate {{ $labels.exported_namespace }}/{{ $labels.name }} is not issued, or not up to date",
        ),
    ]
    if signing_keys:
        rules.append(
            alert(
                "SigningKeysNotFetched",
                f'increase(pilot_jwks_resolver_network_fetch_fail_total{{namespace="{namespace}"}}[10m]) > 0',
                20,
                "warning",
                "istiod cannot fetch the keys of a token issuer: new keys are refused, and after a restart every token",
            )
        )
    return {"groups": [{"name": "edge", "rules": rules}]}
