"""Builds what the engine would say: resources, steps, whole previews and states, in the forms the engine uses."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from review.assemble import Material, assemble
from review.reading import read_preview, read_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from review.model import Approval, Finding, Review

STACK, PROJECT = "prod", "platform"
ROOT = f"urn:pulumi:{STACK}::{PROJECT}::pulumi:pulumi:Stack::{PROJECT}-{STACK}"
TODAY = dt.date(2026, 11, 24)
SECRET_SIGNATURE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def urn(resource_type: str, name: str) -> str:
    """Return a URN in the made-up stack."""
    return f"urn:pulumi:{STACK}::{PROJECT}::{resource_type}::{name}"


def resource(resource_type: str, name: str, inputs: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a resource's state as the engine writes it; `more` are further fields (`protect=True`)."""
    short = resource_type.rpartition("$")[2]
    return {
        "urn": urn(resource_type, name),
        "type": short,
        "custom": True,
        "id": name,
        "inputs": dict(inputs or {}),
        "outputs": {},
        "parent": ROOT,
        **more,
    }


def component(resource_type: str, name: str, **more: Any) -> dict[str, Any]:
    """Return a component's state."""
    return resource(resource_type, name, None, custom=False, **more)


def kube(kind: str, name: str, *, namespace: str = "data", **body: Any) -> dict[str, Any]:
    """Return a Kubernetes object: `kind` is `apps/v1:Deployment`; `options` are fields of the state."""
    options: dict[str, Any] = body.pop("options", {})
    parent_types: str = body.pop("types", "")
    metadata: dict[str, Any] = {"name": name, **body.pop("metadata", {})}
    if namespace:
        metadata["namespace"] = namespace
    return resource(
        f"{parent_types}kubernetes:{kind}", f"{namespace}-{name}", {"metadata": metadata, **body}, **options
    )


def step(op: str, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a step of the document; `more` are further fields (`replaceReasons=[...]`)."""
    state = new or old or {}
    found: dict[str, Any] = {"op": op, "urn": state["urn"], "detailedDiff": None, **more}
    if old:
        found["oldState"] = old
    if new:
        found["newState"] = new
    return found


def document(steps: Sequence[dict[str, Any]], **more: Any) -> str:
    """Return the whole document of `pulumi preview --json`, with a resource that stays as it is."""
    stays = resource("random:index/randomId:RandomId", "stays")
    root = {"urn": ROOT, "type": "pulumi:pulumi:Stack", "custom": False}
    every = [step("same", root, root), step("same", stays, stays), *steps]
    counted = dict.fromkeys(("same", *(found["op"] for found in steps)), 1)
    return json.dumps({"config": {}, "steps": every, "changeSummary": counted, **more})


def state(resources: Sequence[dict[str, Any]]) -> str:
    """Return a state as `pulumi stack export` prints it."""
    root = {"urn": ROOT, "type": "pulumi:pulumi:Stack", "custom": False}
    return json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": [root, *resources]}})


def reviewed(
    steps: Sequence[dict[str, Any]],
    *,
    stands: Sequence[dict[str, Any]] | None = None,
    approvals: Sequence[Approval] = (),
    **more: Any,
) -> Review:
    """Review steps, on a state if one is given; `more` are further members of the document."""
    return assemble(
        Material(
            preview=read_preview(document(steps, **more), name="preview.json"),
            deployment=None if stands is None else read_state(state(stands), name="state.json"),
            approvals=approvals,
            today=TODAY,
        )
    )


def findings_of(
    old: dict[str, Any] | None, new: dict[str, Any] | None, op: str | None = None, **more: Any
) -> list[Finding]:
    """Return what is found in one step."""
    usual = "update" if old and new else "delete" if old else "create"
    return list(reviewed([step(op or usual, old, new, **more)]).findings)


def found(old: dict[str, Any] | None, new: dict[str, Any] | None, op: str | None = None, **more: Any) -> set[str]:
    """Return the classes of what is found in one step."""
    return {finding.risk.slug for finding in findings_of(old, new, op, **more)}
