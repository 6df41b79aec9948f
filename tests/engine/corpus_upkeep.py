"""Changes of the stores: how long they keep, how big they are, which version they run, who guards them."""

from __future__ import annotations

from typing import Any

from corpus_changes import Change, Source

POSTGRES, KAFKA, SEARCH = (f"components/cluster/{store}" for store in ("postgres", "kafka", "search"))
SIZES = "infra/sizes.py"

UPKEEP = (
    Change(
        name="snapshots are kept for a shorter time",
        platform=lambda platform: platform["search"].update(snapshotRetentionDays=30),
        finds={"search-registration": "data-loss"},
    ),
    Change(
        name="the audit trail is locked for a shorter time",
        platform=lambda platform: platform["objectStore"].update(auditRetentionDays=1095),
        finds={"object-store-setup-plan": "data-loss", "object-store-setup": "change"},
    ),
    Change(
        name="metrics are kept for a shorter time",
        platform=lambda platform: platform["monitoring"].update(retentionDays=30),
        finds={"monitoring-stack:seldon-monitoring/seldon-monitoring-prometheus": "data-loss"},
    ),
    Change(
        name="backups of Postgres are kept for a shorter time",
        platform=lambda platform: platform["postgres"].update(backupRetentionDays=14),
        finds={"postgres-backups": "data-loss"},
    ),
    Change(
        name="Kafka gets bigger volumes",
        platform=lambda platform: platform["kafka"].update(storageGi=400),
        finds={"kafka-kafkanodepool-broker": "change", "seldon-kafka-quota": "change"},
    ),
    Change(
        name="a new version of Kafka",
        sources=(Source(path=f"{KAFKA}/resources.py", old='KAFKA_VERSION = "4.2.1"', new='KAFKA_VERSION = "4.2.2"'),),
        finds={"kafka-kafka-seldon": "interruption"},
    ),
    Change(
        name="a parameter of Postgres that it reads when it starts",
        sources=(Source(path=f"{POSTGRES}/spec.py", old='"max_connections": "100"', new='"max_connections": "200"'),),
        finds={"postgres-seldon-metadata": "interruption"},
    ),
    Change(
        name="a nightly backup gets another name",
        sources=(Source(path=f"{POSTGRES}/component.py", old='"nightly",', new='"every-night",'),),
        finds={"postgres-nightly": "protection-removed", "postgres-every-night": "create"},
    ),
    Change(
        name="the gateway's disruption budget goes",
        sources=(
            Source(
                path="components/cluster/ingress.py",
                old="if args.gateway_size.replicas > 1:",
                new="if args.gateway_size.replicas > 9:",
            ),
        ),
        finds={"ingress-gateway-budget": "protection-removed"},
    ),
    Change(
        name="one replica more of a server",
        platform=lambda platform: platform["seldon"]["runtimes"][0]["servers"]["mlserver"].update(replicas=4),
        finds={"runtime-fraud-servers:fraud/mlserver": "change"},
    ),
    Change(
        name="more memory for a server of several replicas",
        platform=lambda platform: platform["seldon"]["runtimes"][1]["servers"]["triton"].update(memoryGi=24),
        finds={"runtime-churn-servers:churn/triton": "change"},
    ),
    Change(
        name="another text of an alert",
        sources=(
            Source(
                path=f"{POSTGRES}/alerts.py",
                old="No instance of the model catalogue answers",
                new="The model catalogue does not answer",
            ),
        ),
        finds={"monitoring-seldon-postgres-alerts": "change"},
    ),
)
"""Made one by one they are small; most of what is lost by them is lost later, and by nobody's hand."""


def _bigger_search(platform: dict[str, Any]) -> None:
    platform["search"]["storageGi"] = 600


def _newer_search(platform: dict[str, Any]) -> None:
    image: str = platform["search"]["image"]
    platform["search"]["image"] = image.replace("7.17.29", "7.17.30")


VERSIONS = (
    Change(
        name="a new version of Elasticsearch",
        platform=_newer_search,
        finds={"search-elasticsearch": "interruption", "search-registration": "change"},
    ),
    Change(
        name="a new version of Postgres",
        sources=(Source(path=f"{POSTGRES}/spec.py", old="postgresql:15.19-", new="postgresql:15.20-"),),
        finds={"postgres-seldon-metadata": "interruption"},
    ),
    Change(
        name="a new version of an operator's chart",
        sources=(
            Source(
                path="components/charts.lock.yaml",
                old="version: 0.29.0\n  appVersion: 1.30.0",
                new="version: 0.30.0\n  appVersion: 1.31.0",
            ),
            Source(path="rehearsal/charts/cloudnative-pg/Chart.yaml", old="0.29.0", new="0.30.0"),
            Source(path="rehearsal/charts/cloudnative-pg/Chart.yaml", old="1.30.0", new="1.31.0"),
        ),
        finds={"postgres-operator:cnpg-system/cloudnative-pg": "change"},
    ),
    Change(
        name="brokers and copies of messages become fewer",
        sources=(
            Source(
                path=SIZES,
                old="kafka=KafkaSize(workload=Workload(replicas=3, cpu_milli=1000",
                new="kafka=KafkaSize(workload=Workload(replicas=2, cpu_milli=1000",
            ),
        ),
        finds={
            "kafka-kafkanodepool-broker": "data-loss",
            "kafka-kafka-seldon": "protection-removed interruption",
        },
    ),
    Change(
        name="another bucket for batch jobs",
        sources=(
            Source(
                path="components/cluster/objectstore/rights.py",
                old='name=f"seldon-{purpose}"',
                new="name=f\"seldon-{'jobs' if purpose == 'batch' else purpose}\"",
            ),
        ),
        finds={"object-store-setup-plan": "data-loss"},
    ),
    Change(
        name="one gateway more",
        sources=(
            Source(
                path=SIZES,
                old="gateway=Workload(replicas=3, cpu_milli=1000, memory_mi=512)",
                new="gateway=Workload(replicas=4, cpu_milli=1000, memory_mi=512)",
            ),
        ),
        finds={"ingress-gateway:istio-system/istio-ingressgateway": "change"},
    ),
    Change(
        name="more memory for a controller that runs once",
        sources=(
            Source(
                path=SIZES,
                old="operator=Workload(replicas=1, cpu_milli=250, memory_mi=512)",
                new="operator=Workload(replicas=1, cpu_milli=250, memory_mi=768)",
            ),
        ),
        finds={"seldon-core-setup:seldon-system/seldon-v2-controller-manager": "change"},
    ),
)
"""What upgrades and other sizes do to what runs."""

VOLUMES = (
    Change(name="Elasticsearch gets bigger volumes", platform=_bigger_search, finds={"search-elasticsearch": "change"}),
    Change(
        name="Prometheus gets bigger volumes",
        platform=lambda platform: platform["monitoring"].update(storageGi=250),
        finds={"monitoring-stack:seldon-monitoring/seldon-monitoring-prometheus": "change"},
    ),
    Change(
        name="the object store gets bigger volumes, which its StatefulSet cannot take up",
        platform=lambda platform: platform["objectStore"].update(storageGi=600),
        finds={
            "object-store-seaweedfs:seldon-storage/seaweedfs-volume": "data-loss",
            "object-store-seaweedfs:seldon-storage/seaweedfs-filer": "data-loss",
        },
    ),
)
"""The engine refuses the last one, since what it would replace is protected."""
