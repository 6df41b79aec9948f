"""Names, owners, and objects that are refused before they reach the API server."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.providers.kubernetes.api import ApiError, parse_warnings
from rehearsal.providers.kubernetes.inputs import in_namespace, refuse_unusable, split_token, without_read_only
from rehearsal.providers.kubernetes.naming import field_manager, named
from rehearsal.providers.kubernetes.objects import as_inputs, split_id
from rehearsal.providers.kubernetes.ownership import claimed_fields, conflicts_only_with_taken_over
from rehearsal.providers.kubernetes.refusals import may_pass, refused, waits_for_another
from rehearsal.providers.kubernetes.values import UNKNOWN

MAP = {"apiVersion": "v1", "kind": "ConfigMap"}
URN = "urn:pulumi:dev::shop::kubernetes:core/v1:ConfigMap::settings"


def test_names_are_kept_made_up_or_refused() -> None:
    given: dict[str, Any] = {**MAP, "metadata": {"name": "mine"}}
    assert named(given, {}, "logical", b"seed") is given
    made = named(MAP, {}, "logical", b"seed")
    assert made["metadata"]["name"].startswith("logical-")
    assert made["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert named(MAP, {}, "logical", b"seed") == made
    assert named(MAP, {}, "logical", b"other")["metadata"]["name"] != made["metadata"]["name"]
    assert named(MAP, made, "renamed", b"other")["metadata"]["name"] == made["metadata"]["name"]
    unknown: dict[str, Any] = {**MAP, "metadata": {"name": UNKNOWN}}
    assert named(unknown, {}, "logical", b"seed") is unknown
    with pytest.raises(ValueError, match="generateName"):
        named({**MAP, "metadata": {"generateName": "x-"}}, {}, "logical", b"seed")


def test_the_field_manager_is_the_resources_own() -> None:
    derived = field_manager(URN, MAP)
    assert derived == field_manager(URN, MAP)
    assert derived.startswith("pulumi-kubernetes-")
    assert derived != field_manager(URN + "-2", MAP)
    assert field_manager(URN, MAP, "remembered") == "remembered"
    annotated = {**MAP, "metadata": {"annotations": {"pulumi.com/patchFieldManager": "ours"}}}
    assert field_manager(URN, annotated, "remembered") == "ours"


def test_types_of_children_carry_their_parents() -> None:
    assert split_token("kubernetes:apps/v1:Deployment") == ("apps/v1", "Deployment")
    assert split_token("kubernetes:helm.sh/v4:Chart$kubernetes:core/v1:Secret") == ("core/v1", "Secret")


@pytest.mark.parametrize(
    ("token", "inputs", "words"),
    [
        ("kubernetes:helm.sh/v3:Release", MAP, "not available in a rehearsal"),
        ("kubernetes:yaml/v2:ConfigFile", MAP, "not available in a rehearsal"),
        ("kubernetes:core/v1:ConfigMapPatch", MAP, "Patch resources are not available"),
        ("kubernetes:core/v1:ConfigMapList", {"apiVersion": "v1", "kind": "ConfigMapList", "items": []}, "its items"),
        ("kubernetes:core/v1:ConfigMap", {"apiVersion": "v1"}, r"\.kind must be a text"),
        ("kubernetes:core/v1:ConfigMap", {**MAP, "metadata": "x"}, r"\.metadata must be an object"),
    ],
)
def test_what_is_no_object_is_refused(token: str, inputs: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        refuse_unusable(token, inputs)


def test_only_what_a_program_can_say_is_applied_and_imported() -> None:
    rendered: dict[str, Any] = {**MAP, "metadata": {"name": "a", "creationTimestamp": None}}
    assert without_read_only(rendered)["metadata"] == {"name": "a"}
    live: dict[str, Any] = {**MAP, "metadata": {"name": "a", "uid": "1", "annotations": {}}, "status": {}, "data": {}}
    assert as_inputs(live) == {**MAP, "metadata": {"name": "a"}, "data": {}}


def test_namespaces_left_out_are_the_default_one() -> None:
    assert in_namespace({"metadata": {"name": "a"}}, "shop")["metadata"]["namespace"] == "default"
    assert in_namespace({"metadata": {"namespace": "x"}}, "")["metadata"] == {}
    assert split_id("shop/a") == ("shop", "a")
    assert split_id("a") == ("", "a")


def entry(manager: str, operation: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": fields, **more}


def test_what_kubectl_changed_becomes_ours() -> None:
    own = entry("me", "Apply", {"f:data": {"f:a": {}}})
    theirs = entry("kubectl-edit", "Update", {"f:data": {".": {}, "f:b": {}}})
    scale = entry("kubectl", "Update", {"f:spec": {}}, subresource="scale")
    operator = entry("their-operator", "Update", {"f:data": {"f:c": {}}})
    live = {"metadata": {"managedFields": [own, theirs, scale, operator]}}
    claimed = claimed_fields(live, "me")
    assert claimed == [scale, operator, entry("me", "Apply", {"f:data": {".": {}, "f:a": {}, "f:b": {}}})]
    assert claimed_fields({"metadata": {"managedFields": [own, scale, operator]}}, "me") is None
    for manager, only in (("kubectl-edit", True), ("their-operator", False)):
        causes = [{"reason": "FieldManagerConflict", "message": f'conflict with "{manager}" using v1'}]
        error = ApiError(409, {"details": {"causes": causes}})
        assert conflicts_only_with_taken_over(live, error) is only


def test_a_leaf_and_a_node_join_as_both() -> None:
    own, theirs = entry("me", "Apply", {"f:a": {}}), entry("kubectl", "Update", {"f:a": {"f:b": {}}})
    claimed = claimed_fields({"metadata": {"managedFields": [own, theirs]}}, "me")
    assert claimed == [entry("me", "Apply", {"f:a": {".": {}, "f:b": {}}})]


def test_refusals_that_may_pass() -> None:
    assert may_pass(ApiError(404, {}))
    assert may_pass(ApiError(503, {}))
    assert not may_pass(ApiError(422, {}))
    missing = ApiError(403, {"message": 'error looking up service account shop/till: serviceaccount "till" not found'})
    assert may_pass(missing)
    assert waits_for_another(missing)
    assert not may_pass(ApiError(403, {"message": "violates PodSecurity"}))
    conflict = ApiError(409, {"details": {"causes": [{"reason": "FieldManagerConflict", "message": "x"}]}})
    assert not may_pass(conflict)
    assert may_pass(ApiError(409, {}))


def test_warnings_of_the_api_server_are_read() -> None:
    headers = ['299 - "would violate \\"restricted\\"", 299 - "second"', "199 - ignored"]
    assert parse_warnings(headers) == ('would violate "restricted"', "second")


def test_a_conflict_is_told_with_the_way_out() -> None:
    from rehearsal.providers.kubernetes.objects import identify

    causes = [{"reason": "FieldManagerConflict", "message": "x"}]
    error = ApiError(409, {"message": 'conflict with "them": .data.a', "details": {"causes": causes}})
    text = str(refused(identify(MAP), "me", error))
    assert "field manager 'me' had an apply conflict: conflict with \"them\": .data.a" in text
    assert "pulumi.com/patchForce" in text
