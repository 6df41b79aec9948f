"""Changes of who gets in: the gateway, tokens, network policies, rights, listeners, exemptions, secrets."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from corpus_changes import STACK, Change, Source

INGRESS, ACCESS = "components/cluster/ingress.py", "components/cluster/access.py"
ROOT_STACK = f"seldon-platform-{STACK}"


def _exempt(platform: dict[str, Any], control: str, resource: str) -> None:
    soon = (datetime.now(timezone.utc).date() + timedelta(days=30)).isoformat()
    entry = {"control": control, "resource": resource, "reason": "For a test of the review.", "expires": soon}
    platform["exemptions"].append(entry)


def _scored(platform: dict[str, Any]) -> None:
    model = {"name": "scores", "storageUri": "gs://seldon-models/scores", "requirements": ["sklearn"], "memoryMi": 100}
    platform["seldon"]["runtimes"][0]["models"] = [model]


def _anyone(platform: dict[str, Any]) -> None:
    del platform["ingress"]["oidc"]
    for runtime in platform["seldon"]["runtimes"]:
        runtime.pop("audiences", None)
    _exempt(platform, "request-authentication", "ingress")


EDGE = (
    Change(
        name="the gateway takes an older TLS",
        sources=(Source(path=INGRESS, old="f\"TLSV{minimum_tls.replace('.', '_')}\"", new='"TLSV1_1"'),),
        finds={"ingress-gateway-hosts": "exposure"},
    ),
    Change(
        name="workloads without a certificate may call others",
        sources=(Source(path=INGRESS, old='{"mode": "STRICT"}', new='{"mode": "PERMISSIVE"}'),),
        finds={"ingress-strict-mtls": "exposure"},
    ),
    Change(
        name="tokens for another audience are taken",
        platform=lambda platform: platform["ingress"]["oidc"]["audiences"].append("urn:initech:reports"),
        finds={"ingress-tokens": "exposure", "ingress-models": "exposure"},
    ),
    Change(
        name="more clients reach the load balancer",
        platform=lambda platform: platform["ingress"]["loadBalancer"]["sourceRanges"].append("172.16.0.0/12"),
        finds={
            "ingress-gateway:istio-system/istio-ingressgateway": "exposure",
            "network-platform-clients-gateway-in": "exposure",
        },
    ),
    Change(
        name="signing keys may come from more addresses",
        platform=lambda platform: platform["ingress"]["oidc"]["cidrs"].append("10.20.5.0/24"),
        finds={"network-platform-signing-keys-out": "exposure"},
    ),
    Change(
        name="a namespace admits pods that are not restricted",
        sources=(
            Source(
                path="components/cluster/namespaces.py",
                old='args.pod_security if mode == "enforce" else',
                new='("baseline" if args.namespace == "churn" else args.pod_security) if mode == "enforce" else',
            ),
        ),
        finds={"churn-namespace": "exposure"},
    ),
    Change(
        name="a runtime is let off the default deny",
        platform=lambda platform: _exempt(platform, "default-deny", "pricing"),
        finds={
            ROOT_STACK: "exposure",
            "pricing-exempt-from-default-deny": "exposure",
            "pricing-default-deny": "change",
        },
    ),
    Change(
        name="a runtime is let off its protection from deletion",
        platform=lambda platform: _exempt(platform, "deletion-protection", "fraud"),
        finds={ROOT_STACK: "exposure", "fraud-namespace": "protection-removed"},
    ),
    Change(name="a model is added", platform=_scored, finds={"runtime-fraud-model-scores": "create"}),
    Change(
        name="the password of the registry is set anew",
        rotates="registryPassword",
        finds={"fraud-pull-secret": "change"},
    ),
)
"""What faces those who call."""

INSIDE = (
    Change(
        name="a listener of Kafka without TLS",
        sources=(Source(path="components/cluster/kafka/resources.py", old='"tls": True', new='"tls": False'),),
        finds={"kafka-kafka-seldon": "exposure interruption"},
    ),
    Change(
        name="an operator may look at nodes",
        sources=(
            Source(
                path="components/cluster/kafka/rights.py",
                old='rule("", ("endpoints",), _LOOK)',
                new='rule("", ("endpoints", "nodes"), _LOOK)',
            ),
        ),
        finds={"kafka-operator-role": "exposure"},
    ),
    Change(
        name="brokers lose their protection from deletion",
        sources=(
            Source(
                path="components/cluster/kafka/component.py",
                old='{"labels": IN_CLUSTER}, [operator], protect=args.protect)',
                new='{"labels": IN_CLUSTER}, [operator], protect=False)',
            ),
        ),
        finds={
            "kafka-kafkanodepool-broker": "protection-removed",
            "kafka-kafkanodepool-controller": "protection-removed",
        },
    ),
    Change(
        name="Postgres lets its owner in without TLS",
        sources=(
            Source(
                path="components/cluster/postgres/spec.py",
                old='f"hostssl {DATABASE} {OWNER} all scram-sha-256"',
                new='f"host {DATABASE} {OWNER} all scram-sha-256"',
            ),
        ),
        finds={"postgres-seldon-metadata": "exposure"},
    ),
    Change(
        name="Elasticsearch takes an older TLS",
        sources=(
            Source(
                path="components/cluster/search/nodes.py",
                old='_TLS = ["TLSv1.3", "TLSv1.2"]',
                new='_TLS = ["TLSv1.3", "TLSv1.2", "TLSv1.1"]',
            ),
        ),
        finds={"search-elasticsearch": "exposure interruption"},
    ),
    Change(
        name="Prometheus takes commands",
        sources=(
            Source(
                path="components/cluster/monitoring.py", old='"enableAdminAPI": False', new='"enableAdminAPI": True'
            ),
        ),
        finds={"monitoring-stack:seldon-monitoring/seldon-monitoring-prometheus": "exposure"},
    ),
    Change(
        name="nobody has to show a token",
        platform=_anyone,
        finds={"ingress-tokens": "exposure", "ingress-models": "exposure", ROOT_STACK: "exposure"},
    ),
    Change(
        name="the gateway redirects callers of port 80 no more",
        sources=(Source(path=INGRESS, old="[https, http] if redirect else [https]", new="[https]"),),
        finds={"ingress-gateway-hosts": "interruption"},
    ),
    Change(
        name="another certificate of the ingress: of the platform's own authority",
        platform=lambda platform: platform["ingress"].update(certificate={"kind": "private-ca"}),
        finds={"ingress-certificate": "interruption create"},
    ),
    Change(
        name="a component gets another type",
        sources=(
            Source(
                path="components/cluster/priority.py",
                old='"seldon-platform:cluster:Priority"',
                new='"seldon-platform:core:Priority"',
            ),
        ),
        finds={"priority": "interruption"},
    ),
    Change(
        name="a namespace may hold more pods",
        sources=(Source(path="components/cluster/namespaces.py", old="pods: int = 100", new="pods: int = 120"),),
        finds={"fraud-quota": "change"},
    ),
)
"""What stands between the parts of the platform."""
