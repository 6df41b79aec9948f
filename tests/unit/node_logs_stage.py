"""The collector of application logs on a stage, with everything that it may be given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
from component_stage import SOURCES, perform

from components.cluster.applicationlogs import AccessLog, ApplicationLogs, ApplicationLogsArgs
from components.contracts import (
    Addresses,
    AuditEndpoint,
    IssuerRef,
    PlacedIn,
    PlatformAuthority,
    Pods,
    SearchEndpoint,
)
from components.workload import Workload

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

HERE = "seldon-node-logs"
PASSWORD, SHARED_KEY = "planted-password", "planted-shared-key"
TRUST = PlatformAuthority(issuer=IssuerRef(name="platform-authority", ready=[]))
SEARCH = SearchEndpoint(
    host="es.acme.example",
    port=9243,
    username="application-logs",
    password=PASSWORD,
    trust=TRUST,
    reached_at=Addresses(cidrs=["10.9.0.0/24"]),
    ready=[],
)
AUDIT = AuditEndpoint(
    host="audit.seldon-audit.svc.cluster.local",
    secure_port=24224,
    plain_port=24225,
    shared_key=SHARED_KEY,
    trust=TRUST,
    reached_at=Pods(namespace="seldon-audit", labels={"app": "audit"}),
    ready=[],
)
ACCESS = AccessLog(audit=AUDIT, namespace="istio-system", pods="istio-ingressgateway", container="istio-proxy")
ARGS = ApplicationLogsArgs(
    sources=SOURCES,
    placed=PlacedIn(namespace=HERE, ready=[]),
    namespaces=["fraud", "churn"],
    search=SEARCH,
    access=ACCESS,
    size=Workload(replicas=1, cpu_milli=200, memory_mi=256),
)


def made(*, preview: bool = False, **changed: Any) -> Recording:
    """Record the collector with some arguments changed."""

    def make(stage: Stage) -> None:
        args = replace(ARGS, **changed)
        search = replace(args.search, password=pulumi.Output.secret(args.search.password), ready=[stage.prop("search")])
        access = args.access
        if access:
            key = pulumi.Output.secret(access.audit.shared_key)
            access = replace(access, audit=replace(access.audit, shared_key=key, ready=[stage.prop("audit")]))
        given = replace(args, placed=stage.place(HERE), search=search, access=access, depends_on=[stage.prop("flows")])
        ApplicationLogs("application-logs", given, stage.opts)

    return perform(make, preview=preview)
