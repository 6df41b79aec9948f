"""Reviews made by hand, of a platform such as ours, for the tests of the formats."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from review.model import (
    ABSENT,
    SECRET,
    UNKNOWN,
    Approval,
    ApprovalUse,
    Change,
    Dependants,
    Diagnostic,
    Edge,
    Finding,
    Graph,
    Incomplete,
    Node,
    PropertyChange,
    Review,
    Risk,
    Snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from review.model import Operation

STACK = "initech-production"
FILE = f"stacks/Pulumi.{STACK}.yaml"
PARENT = "seldon:cluster:Postgres"
NOTHING = Dependants()
TYPES = {
    "Cluster": "kubernetes:postgresql.cnpg.io/v1:Cluster",
    "ConfigMap": "kubernetes:core/v1:ConfigMap",
    "Deployment": "kubernetes:apps/v1:Deployment",
    "Gateway": "kubernetes:networking.istio.io/v1:Gateway",
    "Namespace": "kubernetes:core/v1:Namespace",
    "NetworkPolicy": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "Secret": "kubernetes:core/v1:Secret",
    "SeldonRuntime": "kubernetes:mlops.seldon.io/v1alpha1:SeldonRuntime",
    "Service": "kubernetes:core/v1:Service",
    "StatefulSet": "kubernetes:apps/v1:StatefulSet",
    "Postgres": PARENT,
}


def urn(kind: str, name: str, inside: str = "") -> str:
    return f"urn:pulumi:{STACK}::seldon-platform::{f'{inside}$' if inside else ''}{TYPES[kind]}::{name}"


def changed(
    kind: str,
    name: str,
    op: Operation = "update",
    properties: Sequence[PropertyChange] = (),
    snapshot: Snapshot | None = None,
) -> Change:
    return Change(
        urn=urn(kind, name),
        type=TYPES[kind],
        name=name,
        op=op,
        before=None if op == "create" else snapshot,
        after=None if op == "delete" else snapshot,
        properties=tuple(properties),
        replace_reasons=tuple(item.path for item in properties if item.replaces),
    )


def found(
    risk: Risk, change: Change, title: str, *, dependants: Dependants = NOTHING, approval: Approval | None = None
) -> Finding:
    return Finding(
        risk=risk,
        rule=f"{risk.slug}/{change.op}",
        change=change,
        title=title,
        why=f"The program does not have {change.name} any more." if change.op == "delete" else "",
        remedy="Keep the old name with an alias, or restore a backup into the new one first." if risk.blocks else "",
        properties=() if change.op in {"create", "delete"} else change.properties,
        dependants=dependants,
        approval=approval,
        blocked=risk.blocks and approval is None,
    )


def reviewed(findings: Iterable[Finding], unchanged: int = 0, **more: object) -> Review:
    """Return a review with findings in order, of a stack of which so many resources stay as they are."""
    ordered = sorted(findings, key=lambda finding: (finding.risk, -finding.dependants.count))
    counts = Counter(finding.risk for finding in ordered)
    operations = Counter(finding.change.op for finding in ordered)
    parts: dict[str, object] = {
        "stack": STACK,
        "stack_file": FILE,
        "findings": tuple(ordered),
        "counts": {**{risk: counts[risk] for risk in Risk}, Risk.NO_OP: unchanged},
        "operations": {**operations, "same": unchanged},
        "limits": ("Drift is not seen: nothing was refreshed.", "Values that a provider computes are not known."),
        **more,
    }
    return Review(**parts)  # type: ignore[arg-type]


def calm(number: int = 3) -> Review:
    """A few changes that need nobody's approval, and much that stays."""
    replicas = PropertyChange(path="spec.replicas", before=2, after=3)
    image = PropertyChange(
        path="spec.template.spec.containers[0].image",
        before="registry.initech.example/seldonio/scheduler:2.9.0",
        after="registry.initech.example/seldonio/scheduler:2.9.1",
    )
    label = PropertyChange(path='metadata.labels["app.kubernetes.io/version"]', before="2.9.0", after="2.9.1")
    findings = [
        found(
            Risk.CHANGE,
            changed("Deployment", f"server-{index}", properties=[replicas] if index % 2 else [image, label]),
            f"Deployment seldon-mesh/server-{index} is changed in place",
        )
        for index in range(number)
    ]
    findings.append(
        found(Risk.CREATE, changed("ConfigMap", "rclone-defaults", "create"), "ConfigMap rclone-defaults is created")
    )
    moved = replace(changed("Service", "scheduler", "same"), previous_urn=urn("Service", "seldon-scheduler"))
    findings.append(found(Risk.NO_OP, moved, "Service scheduler moves within the program and stays as it is"))
    return reviewed(findings, unchanged=40)


def approval(kind: str, name: str, risk: Risk, reason: str) -> Approval:
    return Approval(urn=urn(kind, name), risk=risk, reason=reason, expires=dt.date(2027, 3, 31))


def risky() -> Review:
    """Every class, an approval that holds and one that does not, a chart that was not rendered."""
    agreed = approval("Gateway", "mesh-gateway", Risk.INTERRUPTION, "Window CHG-2291, Sunday 02:00")
    stale = approval("Secret", "catalogue", Risk.DATA_LOSS, "Moved to the vault")
    database = changed("Cluster", "catalogue", "delete", snapshot=Snapshot(inputs={"spec": {"instances": 3}}))
    pem = "-----BEGIN CERTIFICATE-----\n" + "MIIB" * 200 + "{}" + "Zk9v" * 90 + "\n-----END CERTIFICATE-----\n"
    parts = (
        found(
            Risk.DATA_LOSS,
            database,
            "Cluster seldon-postgres/catalogue is deleted with its volumes",
            dependants=Dependants(urns=(urn("Deployment", "metadata"),), workloads=("Deployment seldon/metadata",)),
        ),
        found(Risk.EXPOSURE, changed("NetworkPolicy", "postgres", "delete"), "NetworkPolicy postgres is deleted"),
        found(Risk.CHANGE, changed("ConfigMap", "queries", "delete"), "ConfigMap queries is deleted"),
    )
    whole = Finding(
        risk=Risk.DATA_LOSS,
        rule="data-loss/component",
        change=changed("Postgres", "postgres", "delete"),
        title="Postgres postgres goes as a whole and postgres-main comes: it looks like a rename",
        why="The program has no resource of this name any more; one of the same type is created as postgres-main.",
        remedy="Give the new component an alias of the old name: aliases=[Alias(name='postgres')].",
        dependants=Dependants(
            urns=tuple(urn("Deployment", f"server-{index}") for index in range(14)),
            workloads=("Deployment seldon/metadata", "Deployment seldon/drift", "StatefulSet seldon-mesh/mlserver"),
        ),
        parts=parts,
        blocked=True,
    )
    findings = [
        whole,
        found(
            Risk.EXPOSURE,
            changed(
                "Service",
                "prometheus",
                properties=[
                    PropertyChange(path="spec.type", before="ClusterIP", after="LoadBalancer"),
                    PropertyChange(path="spec.loadBalancerSourceRanges", before=["10.0.0.0/8"], after=ABSENT),
                ],
            ),
            "Service seldon-monitoring/prometheus can be reached from outside the cluster",
            dependants=Dependants(urns=(urn("Deployment", "grafana"),)),
        ),
        found(
            Risk.PROTECTION_REMOVED,
            changed(
                "StatefulSet",
                "mlserver",
                properties=[PropertyChange(path="protect", before=True, after=False, place="option")],
            ),
            "StatefulSet seldon-mesh/mlserver is no longer protected from deletion",
        ),
        found(
            Risk.INTERRUPTION,
            changed(
                "Gateway",
                "mesh-gateway",
                "replace",
                properties=[
                    PropertyChange(path="metadata.name", before="mesh", after="mesh-gateway", replaces=True),
                    PropertyChange(path="spec.servers[0].tls.ca", before=pem.format("AAAA"), after=pem.format("BBBB")),
                    PropertyChange(path="spec.token", before=SECRET, after=SECRET),
                ],
            ),
            "Gateway seldon-mesh/mesh-gateway is replaced: requests fail until the new one is there",
            approval=agreed,
        ),
        found(
            Risk.UNKNOWN,
            changed(
                "SeldonRuntime",
                "fraud",
                properties=[PropertyChange(path="metadata.namespace", before="fraud", after=UNKNOWN, replaces=True)],
            ),
            "SeldonRuntime fraud is replaced if metadata.namespace turns out to be another one",
        ),
        *calm().findings,
    ]
    chart = Incomplete(
        urn=urn("Namespace", "seldon"),
        name="seldon-core-v2-setup",
        resources=tuple(urn("Deployment", f"part-{index}") for index in range(12)),
        reason="A value of the chart is known only after apply: the chart could not be rendered.",
    )
    return reviewed(
        findings,
        40,
        diagnostics=(Diagnostic(severity="warning", message="Duplicate route /v2/models\nin Gateway mesh-gateway"),),
        incomplete=(chart,),
        approvals=(
            ApprovalUse(approval=agreed, state="used", explanation=""),
            ApprovalUse(approval=stale, state="unused", explanation="No finding of this class on this resource."),
        ),
        graph=platform_graph(),
    )


def node(kind: str, name: str, *, inside: str = "", label: str = "") -> Node:
    return Node(
        urn=urn(kind, name),
        type=TYPES[kind],
        label=label or f"{kind} {name}",
        parent=inside or None,
        workload=kind in {"Deployment", "StatefulSet", "SeldonRuntime"},
    )


def platform_graph() -> Graph:
    """What `risky` changes, and what depends on it."""
    postgres = urn("Postgres", "postgres")
    nodes = [
        node("Postgres", "postgres"),
        node("Cluster", "catalogue", inside=postgres),
        node("NetworkPolicy", "postgres", inside=postgres),
        node("ConfigMap", "queries", inside=postgres),
        node("Secret", "catalogue"),
        node("Service", "prometheus"),
        node("Gateway", "mesh-gateway"),
        node("SeldonRuntime", "fraud"),
        node("StatefulSet", "mlserver"),
        node("ConfigMap", "rclone-defaults"),
        *(node("Deployment", name) for name in ("metadata", "drift", "grafana")),
        *(node("Deployment", f"server-{index}") for index in range(14)),
        *(node("NetworkPolicy", f"allow-{index}") for index in range(6)),
        *(node("Service", f"service-{index}") for index in range(40)),
    ]
    pairs = [
        ("Cluster catalogue", "Secret catalogue"),
        ("Cluster catalogue", "Service service-1"),
        ("Secret catalogue", "Deployment metadata"),
        ("Deployment metadata", "Deployment drift"),
        ("Service prometheus", "Deployment grafana"),
        *(("Gateway mesh-gateway", f"Deployment server-{index}") for index in range(14)),
        *(("SeldonRuntime fraud", f"NetworkPolicy allow-{index}") for index in range(6)),
        ("SeldonRuntime fraud", "StatefulSet mlserver"),
        ("ConfigMap rclone-defaults", "StatefulSet mlserver"),
    ]
    edges = [
        Edge(dependant=_of(dependant), dependency=_of(dependency), kind="dependency") for dependency, dependant in pairs
    ]
    edges += [
        Edge(dependant=urn(kind, name), dependency=postgres, kind="parent")
        for kind, name in (("Cluster", "catalogue"), ("NetworkPolicy", "postgres"), ("ConfigMap", "queries"))
    ]
    return Graph(nodes=tuple(nodes), edges=tuple(edges))


def _of(text: str) -> str:
    kind, _, name = text.partition(" ")
    return urn(kind, name)
