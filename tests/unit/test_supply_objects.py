"""What the engine printed, read as objects; and a stack file, read and taken off its mirror."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from rehearsal.marks import SECRET, SIGNATURE
from supply.errors import SupplyError
from supply.objects import leaves, read_objects
from supply.stack import ChartSource, read, write_without_mirror

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "urn:pulumi:prod::acme::"
CHART = f"{PREFIX}kubernetes:helm.sh/v4:Chart::shop-chart"


def resource(name: str, *, parent: str = "", labels: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    inputs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels or {}}, **more}
    type_ = "kubernetes:core/v1:ConfigMap"
    return {"urn": f"{PREFIX}{type_}::{name}", "type": type_, "parent": parent, "inputs": inputs}


def preview(*resources: dict[str, Any]) -> str:
    return json.dumps({"steps": [{"op": "create", "newState": one} for one in resources]})


def state(*resources: dict[str, Any]) -> str:
    return json.dumps({"deployment": {"resources": [*resources]}})


@pytest.mark.parametrize("form", [preview, state])
def test_previews_and_states_are_read_alike(form: Any) -> None:
    others: list[dict[str, Any]] = [
        {"urn": "x", "type": "pulumi:pulumi:Stack"},
        {"urn": CHART, "type": "kubernetes:helm.sh/v4:Chart", "inputs": {}},
    ]
    (found,) = read_objects(form(*others, resource("shop")), name="it")
    assert (found.kind, found.title, found.chart) == ("/ConfigMap", "ConfigMap shop", None)


def test_what_a_preview_deletes_is_not_there_any_more() -> None:
    steps = [{"op": "delete", "oldState": resource("old")}, {"op": "create", "newState": resource("new")}]
    assert [found.name for found in read_objects(json.dumps({"steps": steps}), name="it")] == ["new"]


@pytest.mark.parametrize(
    ("labels", "chart"),
    [
        ([{"helm.sh/chart": "shop-1.2.3"}, {}], "shop-1.2.3"),
        ([{"chart": "shop-1.2.3"}, {"chart": "shop-1.2.3"}, {"helm.sh/chart": "part-9"}], "shop-1.2.3"),
        ([{"tier": "a"}, {"tier": "b"}], "shop-chart"),
    ],
)
def test_a_chart_is_named_as_most_of_its_objects_name_it(labels: list[dict[str, str]], chart: str) -> None:
    objects = [resource(f"shop-{index}", parent=CHART, labels=own) for index, own in enumerate(labels)]
    assert {found.chart for found in read_objects(preview(*objects), name="it")} == {chart}


def test_a_secret_of_a_state_is_no_text() -> None:
    mark = {SIGNATURE: SECRET}
    objects = [
        resource("hidden", data={**mark, "ciphertext": "v1:quay.io/acme/x:1"}),
        resource("shown", data={**mark, "plaintext": '{"a": "quay.io/acme/x:1"}'}),
    ]
    hidden, shown = (dict(leaves(found.body)) for found in read_objects(state(*objects), name="it"))
    assert hidden["data"] == "[secret]"
    assert shown["data.a"] == "quay.io/acme/x:1"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"deployment": null}', '{"steps": [1]}', "7"])
def test_what_is_neither_is_told_in_one_line(text: str) -> None:
    with pytest.raises(SupplyError, match=r"^it: is not the output of "):
        read_objects(text, name="it")


def test_paths_name_elements_and_flags() -> None:
    tree = {"c": [{"name": "a", "args": ["--x=1", "--y", "2", "z", "-v"]}, {"b": ["q"]}]}
    assert dict(leaves(tree)) == {
        "c[a].name": "a",
        "c[a].args[--x]": "1",
        "c[a].args[1]": "--y",
        "c[a].args[--y]": "2",
        "c[a].args[3]": "z",
        "c[a].args[4]": "-v",
        "c[1].b[0]": "q",
    }


MIRRORED = {
    "images": {"registry": "registry.acme.example/mirror", "pullSecret": {"password": {"secret": "registryPassword"}}},
    "charts": {"source": {"kind": "directory", "path": "charts"}},
    "postgres": {"password": {"secret": "postgresPassword"}},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for directory in ("stacks", "infra", ".rehearsal"):
        (root / directory).mkdir(parents=True)
    (root / "Pulumi.yaml").write_text("name: acme\nruntime: python\nmain: infra\nstackConfigDir: stacks\n")
    secrets = {f"acme:{name}": {"secure": "v1:x:y"} for name in ("registryPassword", "postgresPassword")}
    (root / "stacks" / "Pulumi.prod.yaml").write_text(
        yaml.safe_dump({"encryptionsalt": "v1:x", "config": {**secrets, "acme:platform": MIRRORED}})
    )
    (root / "stacks" / "Pulumi.empty.yaml").write_text("config: {}\n")
    return root


def test_a_stack_file_tells_where_images_and_charts_come_from(project: Path) -> None:
    stack = read(project, "prod")
    assert stack.registry == "registry.acme.example/mirror"
    assert stack.charts == ChartSource(kind="directory", place=str(project / "charts"))
    with pytest.raises(SupplyError, match="stack empty: has no acme:platform"):
        read(project, "empty")


def test_the_same_project_without_its_mirror_is_the_same_but_for_that(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    target.mkdir()
    write_without_mirror(read(project, "prod"), target)
    assert sorted(path.name for path in target.iterdir()) == ["Pulumi.yaml", "infra", "stacks"]
    assert [path.name for path in (target / "stacks").iterdir()] == ["Pulumi.prod.yaml"]
    config = yaml.safe_load((target / "stacks" / "Pulumi.prod.yaml").read_text())["config"]
    assert config == {
        "acme:postgresPassword": {"secure": "v1:x:y"},
        "acme:platform": {**MIRRORED, "images": {}},
    }
