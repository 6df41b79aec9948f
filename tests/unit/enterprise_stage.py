"""The Enterprise Platform on a stage of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
from component_stage import ONE, SOURCES, THREE, perform

from components.contracts import (
    Addresses,
    AuditEndpoint,
    GatewayRef,
    GivenAuthority,
    IssuedCertificate,
    IssuerRef,
    KafkaEndpoint,
    PlatformAuthority,
    Pods,
    PostgresEndpoint,
    PrometheusRef,
    Sasl,
    SearchEndpoint,
)
from components.seldon.enterprise.args import EnterpriseArgs, Login, RequestLogging, ServiceClient
from components.seldon.enterprise.component import Enterprise

if TYPE_CHECKING:
    from collections.abc import Callable

    from component_stage import Stage
    from recorder import Recording

    from components.contracts import KafkaAuthentication, Trust

PEM = "-----BEGIN CERTIFICATE-----"
HOST = "ml.acme.example"
POLICY = {"role_grants": {"staff": [{"action": "read", "resource": "namespace/fraud"}]}, "user_grants": {}}
PLANTED = ("the-license", "the-login", "the-logger", "the-database", "the-search", "the-kafka")
"""Secrets of the stage."""


def hidden(value: str) -> pulumi.Output[str]:
    """Make a secret of a value."""
    return pulumi.Output.secret(value)


def kafka(authentication: KafkaAuthentication | None = None, trust: Trust | None = None) -> KafkaEndpoint:
    """Make a Kafka of the platform's own authority with a user and a password, or another."""
    return KafkaEndpoint(
        bootstrap="kafka.acme.example:9093",
        authentication=authentication or Sasl(mechanism="SCRAM-SHA-512", username="metronome", password="the-kafka"),
        trust=trust or PlatformAuthority(issuer=IssuerRef(name="platform-authority", ready=[])),
        replication_factor=3,
        partitions=3,
        reached_at=Pods(namespace="queue"),
        ports=[9093],
        ready=[],
    )


def issued() -> IssuedCertificate:
    """Make a Kafka user of the platform's own authority."""
    return IssuedCertificate(issuer=IssuerRef(name="platform-authority", ready=[]), common_name="metronome")


def arguments(stage: Stage) -> EnterpriseArgs:
    """Make the arguments of a platform with everything on."""
    authority = stage.issuer("platform-authority")
    return EnterpriseArgs(
        sources=SOURCES,
        placed=stage.place("core"),
        gateway=GatewayRef(
            gateway="edge/seldon-gateway", namespace="edge", pod_labels={}, host=HOST, ready=[stage.prop("gateway")]
        ),
        runtimes=[stage.place("fraud"), stage.place("churn")],
        authority=authority,
        license=hidden("the-license"),
        login=Login(
            issuer="https://login.acme.example/realms/people",
            client_id="console",
            client_secret=hidden("the-login"),
            trust=GivenAuthority(certificate=PEM),
        ),
        policy=POLICY,
        postgres=PostgresEndpoint(
            host="db.acme.example",
            port=5432,
            database="metadata",
            username="seldon",
            password=hidden("the-database"),
            ssl_mode="verify-full",
            trust=GivenAuthority(certificate=PEM),
            reached_at=Addresses(cidrs=["10.0.0.5/32"]),
            ready=[stage.prop("postgres")],
        ),
        search=SearchEndpoint(
            host="search.logs.svc",
            port=9200,
            username="seldon",
            password=hidden("the-search"),
            trust=PlatformAuthority(issuer=authority),
            reached_at=Pods(namespace="logs"),
            ready=[stage.prop("search")],
        ),
        prometheus=PrometheusRef(
            url="http://prometheus.watch.svc:9090", namespace="watch", ready=[stage.prop("prometheus")]
        ),
        alertmanager_url="http://alertmanager.watch.svc:9093/api/v2/alerts",
        audit=AuditEndpoint(
            host="audit.trail.svc",
            secure_port=24224,
            plain_port=24225,
            shared_key=hidden("the-shared-key"),
            trust=PlatformAuthority(issuer=authority),
            reached_at=Pods(namespace="trail"),
            ready=[stage.prop("audit")],
        ),
        size=ONE,
        batch=False,
        logging=RequestLogging(
            placed=stage.place("logs"),
            kafka=kafka(),
            size=THREE,
            client=ServiceClient(client_id="logger", client_secret=hidden("the-logger")),
        ),
        depends_on=[stage.prop("flows"), stage.prop("connections")],
    )


def made(change: Callable[[EnterpriseArgs], EnterpriseArgs] = lambda args: args) -> Recording:
    """Record a platform, with changed arguments."""
    return perform(lambda stage: Enterprise("enterprise", change(arguments(stage)), stage.opts))


def without_logging(args: EnterpriseArgs) -> EnterpriseArgs:
    """Log no requests."""
    return replace(args, logging=None)


def values_of(recording: Recording) -> dict[str, Any]:
    """Return what the chart is told."""
    return recording.one("kubernetes:helm.sh/v4:Chart", "enterprise-chart").inputs["values"]
