"""What stands where: the workloads, pods, services and resources of each namespace."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from rich.table import Table

from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

KINDS = "deployments,statefulsets,daemonsets,jobs,pods,services"
SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
API_SERVER = ("default", "kubernetes")


@dataclass(kw_only=True)
class Standing:
    """What stands in one namespace."""

    workloads: list[str] = field(default_factory=list[str])
    """Such as `StatefulSet/kafka`, sorted."""
    pods: int = 0
    ready: int = 0
    """Pods that are ready, or have done their work."""
    services: int = 0
    resources: int = 0
    """Resources of the stack."""


def by_namespace(
    objects: Iterable[Mapping[str, Any]], resources: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Standing]:
    """Return what stands in each namespace that holds something, by name; Kubernetes' own namespaces are left out.

    Args:
        objects: workloads, pods and services of the API server.
        resources: the resources of the state, as `pulumi stack export` has them.

    """
    found: defaultdict[str, Standing] = defaultdict(Standing)
    for resource in resources:
        metadata = resource.get("inputs", {}).get("metadata")
        if isinstance(metadata, dict) and "namespace" in metadata:
            found[cast("dict[str, str]", metadata)["namespace"]].resources += 1
    for item in objects:
        kind, metadata = item["kind"], item["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        if namespace in SYSTEM or (namespace, name) == API_SERVER:
            continue
        standing = found[namespace]
        if kind == "Pod":
            standing.pods += 1
            standing.ready += _is_ready(item.get("status", {}))
        elif kind == "Service":
            standing.services += 1
        else:
            standing.workloads.append(f"{kind}/{name}")
    for standing in found.values():
        standing.workloads.sort()
    return {name: here for name, here in sorted(found.items()) if name not in SYSTEM}


def _is_ready(status: Mapping[str, Any]) -> bool:
    conditions = {entry["type"]: entry["status"] for entry in status.get("conditions", [])}
    return status.get("phase") == "Succeeded" or conditions.get("Ready") == "True"


def table(standing: Mapping[str, Standing]) -> Table:
    """Return the table that `up` ends with."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    drawn.add_column("namespace", no_wrap=True)
    drawn.add_column("workloads", overflow="fold")
    drawn.add_column("pods ready", justify="right", no_wrap=True)
    drawn.add_column("services", justify="right", no_wrap=True)
    drawn.add_column("resources", justify="right", no_wrap=True)
    for namespace, here in standing.items():
        names = ", ".join(workload.partition("/")[2] for workload in here.workloads)
        style = None if here.ready == here.pods else "yellow"
        pods = f"{here.ready}/{here.pods}" if here.pods else "-"
        drawn.add_row(namespace, names or "-", pods, str(here.services or "-"), str(here.resources), style=style)
    return drawn


def objects(controlplane: Path, kubeconfig: Path) -> list[dict[str, Any]]:
    """Ask the API server for everything that `by_namespace` counts.

    Raises:
        RehearsalError: it does not answer.

    """
    answer = subprocess.run(
        [
            str(controlplane),
            "kubectl",
            "get",
            KINDS,
            "--all-namespaces",
            "--output",
            "json",
            "--request-timeout",
            "20s",
        ],
        env={"KUBECONFIG": str(kubeconfig), "KUBERC": "off", "HOME": str(kubeconfig.parent), "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if answer.returncode:
        raise RehearsalError(
            f"the API server does not say what stands: {answer.stderr.decode(errors='replace').strip()}"
        )
    return cast("list[dict[str, Any]]", json.loads(answer.stdout)["items"])


def counts(summary: Mapping[str, int], *, planned: bool = False) -> str:
    """Return operation counts as people say them: `12 created, 3 unchanged`, or `12 to create` when it is planned."""
    words = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted", "import": "imported"}
    changes = {name: count for name, count in summary.items() if name != "same" and count}
    ordered = sorted(
        changes, key=lambda name: (name not in words, list(words).index(name) if name in words else 0, name)
    )
    parts = [f"{changes[name]} {f'to {name}' if planned else words.get(name, name)}" for name in ordered]
    if summary.get("same"):
        parts.append(f"{summary['same']} unchanged")
    return ", ".join(parts) or "nothing to do"
