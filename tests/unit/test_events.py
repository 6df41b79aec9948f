"""What is made of the engine's event log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.events import Diagnostic, Run, masked
from rehearsal.marks import SIGNATURE

STACK_URN = "urn:pulumi:prod::acme::pulumi:pulumi:Stack::acme-prod"
URN = "urn:pulumi:prod::acme::kubernetes:core/v1:Namespace::fraud"


def event(kind: str, **body: Any) -> str:
    return json.dumps({"sequence": 1, "timestamp": 2, kind: body})


def resource(kind: str, op: str = "create", urn: str = URN, **new: Any) -> str:
    token = urn.split("::")[2]
    return event(kind, metadata={"op": op, "urn": urn, "type": token, "old": None, "new": {"type": token, **new}})


def diagnostic(severity: str, message: str, urn: str = "", **more: Any) -> str:
    return event("diagnosticEvent", severity=severity, message=message, urn=urn, color="never", **more)


def run(*lines: str) -> Run:
    seen = Run()
    for line in lines:
        seen.take(line)
    return seen


def test_an_operation_is_running_until_it_ends() -> None:
    seen = run(resource("resourcePreEvent"))
    assert list(seen.running) == [URN]
    seen.take(resource("resOutputsEvent"))
    assert (list(seen.running), seen.done) == ([], 1)
    assert [(e.phase, e.operation, e.name) for e in seen.resources] == [
        ("started", "create", "fraud"),
        ("done", "create", "fraud"),
    ]


def test_components_are_told_from_what_a_provider_manages() -> None:
    seen = run(resource("resourcePreEvent"), resource("resourcePreEvent", custom=True))
    assert [event.custom for event in seen.resources] == [False, True]


def test_a_failed_operation_is_told_as_failed() -> None:
    seen = run(resource("resourcePreEvent"), resource("resOpFailedEvent"))
    assert seen.resources[-1].phase == "failed"
    assert not seen.running


@pytest.mark.parametrize(("operation", "changes"), [("same", False), ("read", False), ("update", True)])
def test_whether_an_operation_changes_anything(operation: str, *, changes: bool) -> None:
    assert run(resource("resourcePreEvent", operation)).resources[0].changes is changes


def test_the_summary_is_the_engines() -> None:
    assert run(event("summaryEvent", resourceChanges={"create": 3, "same": 1})).summary == {"create": 3, "same": 1}


@pytest.mark.parametrize("line", ["", "{", "[]", "nonsense", '{"sequence": 1, "resourcePreEvent": {"metadata"', "null"])
def test_a_torn_line_is_ignored(line: str) -> None:
    seen = run(line, resource("resourcePreEvent"))
    assert len(seen.resources) == 1


def test_secrets_in_outputs_are_masked() -> None:
    secret = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hunter2"'}
    seen = run(
        resource("resOutputsEvent", urn=STACK_URN, outputs={"password": secret, "all": [{"in": secret}], "n": 1})
    )
    assert seen.outputs == {"password": "[secret]", "all": [{"in": "[secret]"}], "n": 1}


def test_what_is_marked_otherwise_is_not_shown_either() -> None:
    assert masked({SIGNATURE: "other", "value": "x"}) == "[unknown]"


def test_debug_messages_are_dropped() -> None:
    assert run(diagnostic("debug", "props: hunter2")).diagnostics == []


def test_what_a_program_writes_line_by_line_is_one_message() -> None:
    seen = run(
        diagnostic("info#err", "settings: 2 errors\n\n"),
        diagnostic("info#err", "  platform.customer: is 7, allowed is a DNS label\n\n"),
        diagnostic("info#err", "  platform.ingress: is missing\n\n"),
        diagnostic("error", "an unhandled error occurred: program exited with non-zero exit code: 1\n"),
    )
    assert [note.message for note in seen.errors()] == [
        "settings: 2 errors\n  platform.customer: is 7, allowed is a DNS label\n  platform.ingress: is missing"
    ]


def test_an_error_is_not_mixed_with_what_the_program_wrote() -> None:
    seen = run(diagnostic("info#err", "a warning of some library\n"), diagnostic("error", "denied\n", URN))
    assert [(note.name, note.message) for note in seen.errors()] == [("fraud", "denied")]


def test_a_program_that_only_exits_is_told_as_that() -> None:
    note = "an unhandled error occurred: program exited with non-zero exit code: 3"
    assert [error.message for error in run(diagnostic("error", note)).errors()] == [note]


def test_what_an_operation_waits_for_is_kept_while_it_runs() -> None:
    seen = run(resource("resourcePreEvent"), diagnostic("info", "waiting for pods", URN, ephemeral=True))
    assert seen.waiting == {URN: "waiting for pods"}
    assert seen.diagnostics == []
    seen.take(resource("resOutputsEvent"))
    assert seen.waiting == {}


def test_a_traceback_is_cut_down_to_the_exception() -> None:
    message = (
        "Program failed with an unhandled exception:\nTraceback (most recent call last):\n"
        '  File "/x/__main__.py", line 3, in <module>\n    f()\nValueError: boom\nsecond line\n'
    )
    note = Diagnostic(severity="error", message=message)
    assert note.brief == "Program failed with an unhandled exception:\nValueError: boom\nsecond line"


def test_a_message_without_a_traceback_stays() -> None:
    assert Diagnostic(severity="error", message="denied\nby quota").brief == "denied\nby quota"


def test_what_a_policy_stops_explains_the_failure() -> None:
    run = Run()
    found = {"policyName": "closed-services", "message": "front: NodePort", "resourceUrn": "urn:pulumi:a::b::c::front"}
    run.take(event("policyEvent", **found, enforcementLevel="mandatory"))
    run.take(event("policyEvent", **found, enforcementLevel="advisory"))
    (error,) = run.errors()
    assert (error.name, error.message) == ("front", "policy closed-services: front: NodePort")
    assert [note.severity for note in run.diagnostics] == ["error", "warning"]
