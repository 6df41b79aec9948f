"""What the engine says, in both forms, becomes one change a resource, whole and without its secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from review_previews import (
    ROOT,
    SECRET_SIGNATURE,
    UNKNOWN_TEXT,
    component,
    document,
    kube,
    resource,
    state,
    step,
)

from review.errors import ReviewError
from review.model import ABSENT, SECRET, UNKNOWN, Change
from review.reading import read_preview, read_state
from review.reading.masking import masked, masked_properties
from review.reading.merging import with_events

PLANTED = "hunter2-planted"


def read(*steps: dict[str, Any], **more: Any) -> dict[str, Change]:
    preview = read_preview(document(steps, **more), name="preview.json")
    return {change.name: change for change in preview.changes}


def events(*lines: dict[str, Any]) -> str:
    return "".join(f"{json.dumps({'sequence': number, **line})}\n" for number, line in enumerate(lines))


def pre(op: str, old: dict[str, Any] | None, new: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    held = new or old or {}
    metadata = {"op": op, "urn": held["urn"], "type": held["type"], "old": old, "new": new, **more}
    return {"resourcePreEvent": {"metadata": metadata}}


def ended(op: str, old: dict[str, Any], new: dict[str, Any] | None) -> dict[str, Any]:
    return {"resOutputsEvent": pre(op, old, new)["resourcePreEvent"]}


SUMMARY = {"summaryEvent": {"resourceChanges": {"same": 1}, "result": "succeeded"}}
ROOT_STATE = {"urn": ROOT, "type": "pulumi:pulumi:Stack"}


def test_the_steps_of_a_replacement_are_one_change() -> None:
    old, new = kube("core/v1:Secret", "a", type="Opaque"), kube("core/v1:Secret", "a", type="tls")
    change = read(
        step("delete-replaced", old),
        step("replace", old, new, replaceReasons=["type"]),
        step("create-replacement", old, new, replaceReasons=["type"]),
    )["data-a"]
    assert (change.op, change.replace_reasons, change.delete_before_replace) == ("replace", ("type",), True)
    assert [(found.path, found.before, found.after, found.replaces) for found in change.properties] == [
        ("type", "Opaque", "tls", True)
    ]


def test_what_was_gone_and_is_made_anew_is_created() -> None:
    held = kube("core/v1:Service", "a")
    assert read(step("delete", held), step("create", None, held))["data-a"].op == "create"


def test_the_detailed_diff_says_what_replaces_and_which_secret_changes() -> None:
    old = kube("core/v1:Secret", "a", data={"key": "[secret]"}, immutable=False)
    new = kube("core/v1:Secret", "a", data={"key": "[secret]"}, immutable=True)
    kinds = {"data.key": {"kind": "update-replace"}, "immutable": {"kind": "update"}}
    change = read(step("update", old, new, detailedDiff=kinds))["data-a"]
    assert {found.path: (found.before, found.after, found.replaces) for found in change.properties} == {
        "data.key": (SECRET, SECRET, True),
        "immutable": (False, True, False),
    }


def test_drift_is_told_against_what_stands() -> None:
    held = kube("apps/v1:Deployment", "a", spec={"replicas": 2})
    old = {**held, "outputs": {"spec": {"replicas": 5}}}
    change = read(step("update", old, held, detailedDiff={"spec.replicas": {"kind": "update"}}))["data-a"]
    assert [(found.before, found.after) for found in change.properties] == [(5, 2)]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("protect", {"protect": True}, {}),
        ("retainOnDelete", {"retainOnDelete": True}, {}),
        ("parent", {"parent": ROOT}, {"parent": "urn:pulumi:prod::platform::a:b:C::other"}),
        ("provider", {"provider": "urn:pulumi:prod::platform::pulumi:providers:aws::a::1"}, {}),
        ("dependencies", {"dependencies": [ROOT]}, {"dependencies": []}),
    ],
)
def test_options_that_the_engine_does_not_count_are_looked_for(
    name: str, old: dict[str, Any], new: dict[str, Any]
) -> None:
    held = resource("aws:s3/bucket:Bucket", "models", {})
    change = read(step("same", {**held, **old}, {**held, **new}))["models"]
    assert [(found.path, found.place) for found in change.properties] == [(name, "option")]
    assert change.hidden


def test_another_order_of_dependencies_is_no_change() -> None:
    held = resource("aws:s3/bucket:Bucket", "models", {})
    change = read(step("same", {**held, "dependencies": ["a", "b"]}, {**held, "dependencies": ["b", "a"]}))["models"]
    assert not change.properties


def test_what_is_retained_is_forgotten_not_deleted() -> None:
    held = resource("aws:s3/bucket:Bucket", "models", {}, retainOnDelete=True)
    assert read(step("delete", held))["models"].op == "forget"


def test_an_alias_is_a_move() -> None:
    old, new = component("a:b:C", "old"), component("a:b:C", "new")
    change = read(step("same", old, new))["new"]
    assert (change.op, change.previous_urn) == ("same", old["urn"])


def test_the_stream_tells_the_same_as_the_document_and_the_outputs_too() -> None:
    old, new = kube("core/v1:Service", "a", spec={"x": 1}), kube("core/v1:Service", "a", spec={"x": 2})
    stream = events(
        {"preludeEvent": {"config": {"platform:x": "1"}}},
        pre("same", ROOT_STATE, ROOT_STATE),
        pre("update", old, new, detailedDiff={"spec.x": {"diffKind": "update"}}),
        ended("same", {**ROOT_STATE, "outputs": {"host": "a"}}, {**ROOT_STATE, "outputs": {"host": "b"}}),
        SUMMARY,
    )
    told = read_preview(stream, name="events")
    changes = {change.name: change for change in told.changes}
    whole = read_preview(document([step("update", old, new, detailedDiff={"spec.x": {"kind": "update"}})]), name="p")
    assert changes["data-a"] in whole.changes
    assert [(found.place, found.path) for found in changes["platform-prod"].properties] == [("output", "host")]
    assert (told.config, told.diagnostics, told.shows_outputs) == ({"platform:x": "1"}, (), True)


def test_events_add_the_outputs_to_the_document() -> None:
    stays = resource("random:index/randomId:RandomId", "stays")
    whole = read_preview(document([]), name="preview.json")
    told = ended("same", {**ROOT_STATE, "outputs": {"host": "a"}}, {**ROOT_STATE, "outputs": {"host": "b"}})
    stream = read_preview(events(pre("same", stays, stays), told, SUMMARY), name="events")
    joined = with_events(whole, stream)
    changed = [found.path for change in joined.changes for found in change.properties]
    assert (changed, joined.shows_outputs) == (["host"], True)


def test_events_of_another_preview_are_refused() -> None:
    whole = read_preview(document([step("create", None, kube("core/v1:Service", "a"))]), name="preview.json")
    with pytest.raises(ReviewError, match="another preview"):
        with_events(whole, read_preview(events(pre("same", ROOT_STATE, ROOT_STATE), SUMMARY), name="events"))


def test_a_stream_that_ends_early_is_an_error() -> None:
    told = read_preview(events(pre("same", ROOT_STATE, ROOT_STATE)), name="events")
    assert [note.severity for note in told.diagnostics] == ["error"]


def test_a_mandatory_policy_that_is_violated_is_an_error() -> None:
    policy = {"policyEvent": {"message": "no", "policyName": "p", "enforcementLevel": "mandatory", "color": ""}}
    told = read_preview(events(policy, SUMMARY), name="events")
    assert [(note.severity, note.message) for note in told.diagnostics] == [("error", "Policy p: no")]


def test_what_a_refresh_found_counts_in_the_stream() -> None:
    held = kube("core/v1:Service", "a", spec={"x": 1})
    found = kube("core/v1:Service", "a", spec={"x": 3})
    told = read_preview(events(pre("refresh", held, None), ended("update", held, found), SUMMARY), name="events")
    assert [change.op for change in told.changes] == ["update"]


def test_a_document_without_a_summary_is_an_error() -> None:
    held = kube("core/v1:Service", "a")
    told = read_preview(json.dumps({"steps": [step("create", None, held)]}), name="preview.json")
    assert [note.severity for note in told.diagnostics] == ["error"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("[]", "expected a JSON object"),
        ('{"steps": 3}', "expected a list"),
        ('{"steps": [', "is not JSON"),
        ('{"a": 1}', "expected what `pulumi preview --json` prints, found a"),
        ('{"steps": [{"op": "create"}]}', "steps[0].urn"),
        ('{"steps": [{"op": "create", "urn": "x"}]}', "'x' is no URN"),
        (json.dumps({"steps": [{"op": "explode", "urn": ROOT}]}), "'explode' is not known"),
        (state([]), "give it with --state"),
    ],
)
def test_what_is_no_preview_is_refused_with_one_clear_error(text: str, said: str) -> None:
    with pytest.raises(ReviewError) as caught:
        read_preview(text, name="preview.json")
    assert "preview.json" in str(caught.value)
    assert said in str(caught.value)


def test_errors_do_not_repeat_what_was_given() -> None:
    broken = {"steps": [{"op": "create", "urn": ROOT, "newState": {"urn": 3, "type": PLANTED}}]}
    with pytest.raises(ReviewError) as caught:
        read_preview(json.dumps(broken), name="preview.json")
    assert PLANTED not in str(caught.value)


def test_a_state_is_read_without_what_is_left_to_delete() -> None:
    left = kube("core/v1:Service", "old", options={"delete": True})
    held = kube("core/v1:Service", "a")
    deployment = read_state(state([held, left]), name="state.json")
    assert held["urn"] in deployment.resources
    assert deployment.left_to_delete == (left["urn"],)


@pytest.mark.parametrize("text", ["{}", '{"steps": []}', '{"deployment": {"resources": [{"urn": 1}]}}', "nonsense"])
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ReviewError, match=r"state\.json"):
        read_state(text, name="state.json")


@pytest.mark.parametrize(
    "value",
    [
        "[secret]",
        {**SECRET_SIGNATURE, "ciphertext": PLANTED},
        {**SECRET_SIGNATURE, "plaintext": f'"{PLANTED}"'},
        {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": PLANTED, "secret": True},
        f"-----BEGIN RSA PRIVATE KEY-----\n{PLANTED}",
        f"postgres://admin:{PLANTED}@db.acme.example/x",
    ],
)
def test_secrets_are_masked_in_every_form(value: object) -> None:
    assert masked(value) is SECRET
    assert masked([{"a": value}]) == [{"a": SECRET}]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"password": PLANTED}, {"password": SECRET}),
        ({"dbPassword": PLANTED}, {"dbPassword": SECRET}),
        ({"secretAccessKey": PLANTED}, {"secretAccessKey": SECRET}),
        ({"name": "DB_PASSWORD", "value": PLANTED}, {"name": "DB_PASSWORD", "value": SECRET}),
        ({"secretName": "keys"}, {"secretName": "keys"}),
        ({"name": "HOST", "value": "db"}, {"name": "HOST", "value": "db"}),
        ({"__inputs": {"a": PLANTED}, "a": 1}, {"a": 1}),
    ],
)
def test_values_are_secret_by_their_names_too(given: dict[str, Any], kept: dict[str, Any]) -> None:
    assert masked(given) == kept


def test_what_a_kubernetes_secret_holds_is_masked_whoever_made_it() -> None:
    given = {
        "data": {"a": PLANTED},
        "stringData": {"b": PLANTED},
        "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": PLANTED, "c": "d"}},
    }
    kept = masked_properties(given, "kubernetes:core/v1:Secret")
    assert PLANTED not in repr(kept)
    assert kept["data"] == {"a": SECRET}


def test_no_planted_secret_is_left_in_a_whole_preview() -> None:
    held = kube(
        "core/v1:Secret",
        "a",
        data={"key": PLANTED},
        stringData={**SECRET_SIGNATURE, "ciphertext": PLANTED},
        options={"outputs": {"data": {"key": PLANTED}, "__inputs": {"data": PLANTED}}},
    )
    newer = {**held, "inputs": {**held["inputs"], "data": {"key": f"{PLANTED}2"}}}
    preview = read_preview(document([step("update", held, newer), step("delete", held)]), name="preview.json")
    assert PLANTED not in repr(preview)


def test_what_is_known_only_later_is_marked() -> None:
    assert masked(UNKNOWN_TEXT) is UNKNOWN
    old, new = kube("core/v1:Service", "a", x=1), kube("core/v1:Service", "a", x=UNKNOWN_TEXT, y=2)
    change = read(step("update", old, new))["data-a"]
    assert [(found.path, found.before, found.after) for found in change.properties] == [
        ("x", 1, UNKNOWN),
        ("y", ABSENT, 2),
    ]


def test_lists_are_compared_by_what_is_in_them() -> None:
    old = kube("core/v1:Service", "a", ports=[{"port": 1}, {"port": 2}, {"port": 3}])
    new = kube("core/v1:Service", "a", ports=[{"port": 3}, {"port": 1}, {"port": 4}])
    change = read(step("update", old, new))["data-a"]
    assert [(found.path, found.before, found.after) for found in change.properties] == [("ports[2].port", 2, 4)]


def test_what_only_names_a_moved_resource_by_its_new_name_does_not_change() -> None:
    old, new = component("a:b:C", "old"), component("a:b:C", "new")
    under, other = resource("a:b:D", "d", parent=old["urn"]), resource("a:b:D", "e", dependencies=[old["urn"], "x"])
    changes = read(
        step("same", old, new),
        step("same", under, {**under, "parent": new["urn"]}),
        step("same", other, {**other, "dependencies": [new["urn"], "y"]}),
    )
    assert not changes["d"].properties
    assert not changes["d"].hidden
    assert [(found.before, found.after) for found in changes["e"].properties] == [(["x"], ["y"])]
