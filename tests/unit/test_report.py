"""What a person is told of a run."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rehearsal import report, summary
from rehearsal.engine import Result
from rehearsal.events import Diagnostic, ResourceEvent, Run

STACK_URN = "urn:pulumi:prod::acme::pulumi:pulumi:Stack::acme-prod"
URN = "urn:pulumi:prod::acme::kubernetes:apps/v1:StatefulSet::kafka"


def started(name: str = "kafka", kind: str = "kubernetes:apps/v1:StatefulSet") -> ResourceEvent:
    urn = f"urn:pulumi:p::a::{kind}::{name}"
    return ResourceEvent(phase="started", operation="create", urn=urn, type=kind, custom=kind.startswith("kubernetes:"))


def result(**changes: Any) -> Result:
    fields: dict[str, Any] = {
        "operation": "up", "ok": False, "interrupted": False, "seconds": 12.4, "summary": {"create": 3}, "events": (),
        "diagnostics": (), "errors": (), "outputs": {}, "output": "", "stderr": "", "log": Path("up.log"), **changes,
    }  # fmt: skip
    return Result(**fields)


def test_progress_says_how_far_it_is_and_what_is_waited_for() -> None:
    event = started()
    run = Run(running={event.urn: event}, waiting={event.urn: "1 of 3 replicas are ready\nmore"}, done=4)
    assert report.progress_note(run, interrupted=False, known=9) == (
        "4 of 9 resources, waiting for StatefulSet kafka (1 of 3 replicas are ready)"
    )


def test_progress_names_a_few_only() -> None:
    events = [started(name) for name in ("a", "b", "c", "d")]
    note = report.progress_note(Run(running={event.urn: event for event in events}), interrupted=True, known=0)
    assert note == "stopping: 0 of 4 resources, waiting for StatefulSet a, StatefulSet b and 2 more"


def test_progress_does_not_name_components() -> None:
    event = started("acme-prod", "pulumi:pulumi:Stack")
    assert report.progress_note(Run(running={event.urn: event}), interrupted=False, known=0) == "0 of 1 resources"


def test_warnings_are_told_once_and_name_the_resource_but_not_the_stack() -> None:
    notes = (
        Diagnostic(severity="warning", message="end-of-life is off for search\n", urn=STACK_URN),
        Diagnostic(severity="info", message="well", urn=URN),
        Diagnostic(severity="warning", message="deprecated", urn=URN),
        Diagnostic(severity="warning", message="deprecated", urn=URN),
    )
    assert report.warnings(result(diagnostics=notes)) == ["end-of-life is off for search", "kafka: deprecated"]


def test_a_failure_names_the_resource_but_not_the_stack() -> None:
    errors = (
        Diagnostic(severity="error", message="denied", urn=URN),
        Diagnostic(severity="error", message="update failed", urn=STACK_URN),
        Diagnostic(severity="error", message="settings are wrong", urn=STACK_URN),
        Diagnostic(severity="error", message="denied", urn=URN),
    )
    assert report.failure(result(errors=errors), verbose=False) == "kafka: denied\nsettings are wrong"


def test_tracebacks_are_shown_when_asked_for() -> None:
    message = 'failed:\nTraceback (most recent call last):\n  File "x"\nValueError: boom'
    failed = result(errors=(Diagnostic(severity="error", message=message),))
    assert report.failure(failed, verbose=False) == "failed:\nValueError: boom"
    assert report.failure(failed, verbose=True) == message


def test_a_failure_before_the_engine_ran_is_what_the_cli_said() -> None:
    assert report.failure(result(stderr="error: no stack named 'x' found\n"), verbose=False).startswith(
        "error: no stack"
    )
    assert report.failure(result(), verbose=False) == "The engine was killed."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ok": True}, "up done after 12 s: 3 created"),
        ({}, "up failed after 12 s: 3 created"),
        ({"interrupted": True}, "up interrupted after 12 s: 3 created"),
        ({"ok": True, "operation": "preview"}, "preview done after 12 s: 3 to create"),
        ({"ok": True, "summary": {}}, "up done after 12 s: nothing to do"),
    ],
)
def test_the_headline(changes: dict[str, Any], words: str) -> None:
    assert report.headline(result(**changes)) == words


def test_counts_are_in_the_order_of_their_weight() -> None:
    assert summary.counts({"same": 9, "delete": 1, "discard": 2, "create": 3}) == (
        "3 created, 1 deleted, 2 discard, 9 unchanged"
    )


def test_outputs_are_one_line_each() -> None:
    assert report.output_lines({"b": {"x": [1]}, "a": "text"}) == ["a: text", 'b: {"x": [1]}']


def item(kind: str, namespace: str, name: str, **status: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"namespace": namespace, "name": name}, "status": status}


def pod(name: str, ready: str, phase: str = "Running") -> dict[str, Any]:
    return item("Pod", "fraud", name, phase=phase, conditions=[{"type": "Ready", "status": ready}])


def test_what_stands_is_counted_by_namespace() -> None:
    found = summary.by_namespace(
        [
            item("StatefulSet", "fraud", "mlserver"),
            item("Deployment", "fraud", "api"),
            pod("mlserver-0", "True"),
            pod("mlserver-1", "False"),
            pod("setup", "False", phase="Succeeded"),
            item("Service", "fraud", "mlserver"),
            item("Service", "default", "kubernetes"),
            item("Deployment", "kube-system", "coredns"),
        ],
        [
            {"type": "kubernetes:core/v1:ConfigMap", "inputs": {"metadata": {"namespace": "vision"}}},
            {"type": "kubernetes:core/v1:Namespace", "inputs": {"metadata": {"name": "vision"}}},
            {"type": "kubernetes:rbac/v1:Role", "inputs": {"metadata": {"namespace": "kube-system"}}},
            {"type": "pulumi:pulumi:Stack"},
        ],
    )
    assert list(found) == ["fraud", "vision"]
    assert found["vision"] == summary.Standing(resources=1)
    here = found["fraud"]
    assert (here.workloads, here.pods, here.ready, here.services) == (
        ["Deployment/api", "StatefulSet/mlserver"],
        3,
        2,
        1,
    )


def test_the_table_shows_what_is_not_ready() -> None:
    console = Console(file=io.StringIO(), width=80)
    console.print(summary.table({"fraud": summary.Standing(workloads=["Deployment/api"], pods=3, ready=2, services=1)}))
    assert "fraud" in console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    assert "2/3" in console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
