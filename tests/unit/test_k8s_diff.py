"""What differs, what of it replaces, and what has drifted."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.providers.kubernetes.diff import Change, ChangeKind, changes, dotted, drifted, parse_path
from rehearsal.providers.kubernetes.immutable import immutable_paths
from rehearsal.providers.kubernetes.values import UNKNOWN

NONE: frozenset[str] = frozenset()


def replaced(old: dict[str, Any], new: dict[str, Any], mutable: frozenset[str] = NONE) -> list[str]:
    """Return the paths that make a replacement of a change."""
    fixed = immutable_paths(old, new, mutable)
    return [dotted(change.path) for change in changes(old, new) if any(change.touches(path) for path in fixed)]


def test_changes_are_found_as_deep_as_both_sides_go() -> None:
    old = {"a": 1, "b": {"c": [1, {"d": 2}], "gone": 0}, "same": "x"}
    new = {"a": 1, "b": {"c": [1, {"d": 3}, 4]}, "same": "x", "come": {"e": 1}}
    found = {dotted(change.path): change.kind.value for change in changes(old, new)}
    assert found == {"b.c[1].d": "update", "b.c[2]": "add", "b.gone": "delete", "come": "add"}


def test_true_is_not_one_and_unknown_is_never_the_same() -> None:
    assert [change.kind for change in changes({"a": True}, {"a": 1})] == [ChangeKind.UPDATE]
    assert [change.kind for change in changes({"a": 1}, {"a": UNKNOWN})] == [ChangeKind.UPDATE]
    assert not list(changes({"a": 1.0}, {"a": 1}))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "containers", 0, "image"), "spec.containers[0].image"),
        (("metadata", "labels", "example.com/tier"), 'metadata.labels["example.com/tier"]'),
        (("data", 'a"b\\c'), 'data["a\\"b\\\\c"]'),
    ],
)
def test_paths_are_written_and_read(path: tuple[str | int, ...], text: str) -> None:
    assert dotted(path) == text
    assert parse_path(text) == path


def test_a_path_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a property path"):
        parse_path("spec..x")


def test_a_change_touches_what_comes_along_with_it() -> None:
    change = Change(path=("spec",), kind=ChangeKind.ADD, new={"selector": {}, "list": [{"image": "a"}]})
    assert change.touches(("spec", "selector"))
    assert change.touches(("spec", "list", "*", "image"))
    assert not change.touches(("spec", "template"))
    assert not change.touches(("metadata",))


APPS, CORE, RBAC = "apps/v1", "v1", "rbac.authorization.k8s.io/v1"


@pytest.mark.parametrize(
    ("api_version", "kind", "old", "new", "expected"),
    [
        (CORE, "Namespace", {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, True),
        (CORE, "ServiceAccount", {"metadata": {"namespace": "a"}}, {"metadata": {"namespace": "b"}}, True),
        (CORE, "ServiceAccount", {"metadata": {"labels": {}}}, {"metadata": {"labels": {"a": "b"}}}, False),
        (APPS, "Deployment", {"spec": {"selector": {"a": "b"}}}, {"spec": {"selector": {"a": "c"}}}, True),
        (APPS, "Deployment", {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, False),
        (APPS, "StatefulSet", {"spec": {"serviceName": "a"}}, {"spec": {"serviceName": "b"}}, True),
        (APPS, "StatefulSet", {"spec": {"volumeClaimTemplates": []}}, {"spec": {"volumeClaimTemplates": [1]}}, True),
        ("batch/v1", "Job", {"spec": {"template": {"a": 1}}}, {"spec": {"template": {"a": 2}}}, True),
        (CORE, "PersistentVolumeClaim", {"spec": {"accessModes": ["a"]}}, {"spec": {"accessModes": ["b"]}}, True),
        (CORE, "PersistentVolumeClaim", {"spec": {"resources": {"a": 1}}}, {"spec": {"resources": {"a": 2}}}, False),
        (CORE, "Service", {"spec": {"clusterIP": "None"}}, {"spec": {}}, True),
        (CORE, "Pod", {"spec": {"containers": [{"image": "a"}]}}, {"spec": {"containers": [{"image": "b"}]}}, True),
        (RBAC, "RoleBinding", {"roleRef": {"name": "a"}}, {"roleRef": {"name": "b"}}, True),
        (RBAC, "RoleBinding", {"subjects": []}, {"subjects": [1]}, False),
        ("storage.k8s.io/v1", "StorageClass", {"provisioner": "a"}, {"provisioner": "b"}, True),
        ("scheduling.k8s.io/v1", "PriorityClass", {"value": 1}, {"value": 2}, True),
        (
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            {"spec": {"scope": "Cluster"}},
            {"spec": {"scope": "Namespaced"}},
            True,
        ),
        (CORE, "ConfigMap", {"data": {"a": "1"}}, {"data": {"a": "2"}}, True),
        (CORE, "ConfigMap", {"metadata": {}}, {"metadata": {"labels": {"a": "b"}}}, False),
        (CORE, "Secret", {"stringData": {"a": "1"}}, {"stringData": {"a": "2"}}, True),
        (CORE, "Secret", {"type": "a"}, {"type": "b"}, True),
    ],
)
def test_what_is_immutable_replaces(
    api_version: str, kind: str, old: dict[str, Any], new: dict[str, Any], *, expected: bool
) -> None:
    identity = {"apiVersion": api_version, "kind": kind}
    assert bool(replaced({**identity, **old}, {**identity, **new})) is expected


def test_data_changes_in_place_only_where_settings_and_object_allow_it() -> None:
    mutable = frozenset({"ConfigMap", "Secret"})
    for kind in mutable:
        identity = {"apiVersion": "v1", "kind": kind}
        old, new = {**identity, "data": {"a": "1"}}, {**identity, "data": {"a": "2"}}
        assert replaced(old, new, mutable) == []
        assert replaced({**old, "immutable": True}, {**new, "immutable": True}, mutable) == ["data.a"]
        assert replaced({**old, "immutable": True}, new, mutable) == ["data.a", "immutable"]
        assert replaced(old, {**old, "immutable": True}) == []
    assert replaced(
        {"apiVersion": "v1", "kind": "Secret", "type": "a"}, {"apiVersion": "v1", "kind": "Secret"}, mutable
    )


def test_drift_goes_through_the_recorded_object() -> None:
    inputs = {"cpu": "1000m", "list": [{"name": "a"}], "removed": 1, "write-only": "x"}
    recorded = {"cpu": "1", "list": [{"name": "a", "default": True}], "removed": 1, "server": 1}
    assert drifted(inputs, recorded, {**recorded, "server": 2}) == inputs
    live = {"cpu": "2", "list": [{"name": "b", "default": True}, {"name": "new"}], "server": 1}
    assert drifted(inputs, recorded, live) == {
        "cpu": "2",
        "list": [{"name": "b"}, {"name": "new"}],
        "write-only": "x",
    }
