"""What a platform engineer sees when a stack, a chart or the cluster is not what it should be, and that it mends."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from standing import ROOT, Standing, edit, edit_platform, errors_of, project_copy, without_stores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rehearsal.engine import Result
    from rehearsal.toolchain import Tools

CHARTS = ROOT / "rehearsal" / "charts"


def _lean_copy(directory: Path, stack: str) -> Path:
    copy = project_copy(directory, stack)
    edit_platform(copy, without_stores)
    return copy


@pytest.fixture(scope="module")
def stack_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _lean_copy(tmp_path_factory.mktemp("project") / "project", "local")


@pytest.fixture(scope="module")
def standing(stack_file: Path, tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Iterator[Standing]:
    stack = Standing("local", tmp_path_factory.mktemp("home"), tools, project=stack_file.parents[1])
    try:
        yield stack
    finally:
        stack.plane.stop()


def _up(stack: Standing) -> Result:
    return stack.rehearsal.up()


def test_a_bad_stack_file_tells_everything_and_makes_nothing(standing: Standing, stack_file: Path) -> None:
    good = stack_file.read_text()
    before = {namespace["metadata"]["name"] for namespace in standing.get("namespaces")}
    edit(stack_file, "environment: development", "environment: testing")
    edit(stack_file, "seldon.local.example", "Seldon_local")
    edit(stack_file, "namespace: vision", "namespace: fraud")
    try:
        result = standing.rehearsal.up()
    finally:
        stack_file.write_text(good)
    told = errors_of(result)
    assert not result.ok
    for expected in (
        "platform.environment",
        "testing",
        "production",
        "platform.ingress.host",
        "Seldon_local",
        "runtimes[1]",
    ):
        assert expected in told
    assert "Traceback" not in told
    assert not [r for r in standing.resources() if not r["type"].startswith("pulumi:pulumi:Stack")]
    assert {namespace["metadata"]["name"] for namespace in standing.get("namespaces")} == before


def test_stores_that_cannot_work_are_all_told_before_anything_is_made(standing: Standing, stack_file: Path) -> None:
    good = stack_file.read_text()
    stores = {
        "postgres": {"kind": "in-cluster"},
        "search": {"kind": "in-cluster", "image": "registry.acme.example/elasticsearch-s3:latest"},
        "kafka": {"kind": "strimzi", "authentication": "plain"},
    }
    edit_platform(stack_file, lambda platform: platform.update(stores))
    try:
        told = errors_of(standing.rehearsal.up())
    finally:
        stack_file.write_text(good)
    for path, words in (
        ("platform.objectStore.kind", "postgres and search"),
        ("platform.search.image", "latest"),
        ("platform.kafka.authentication", "scram"),
    ):
        assert [line for line in told.splitlines() if path in line and words in line], told
    assert "Traceback" not in told
    assert not [r for r in standing.resources() if not r["type"].startswith("pulumi:pulumi:Stack")]


def _broken_template(chart: Path) -> None:
    edit(chart / "templates" / "servers.yaml", "kind: Server", "kind: {{ .Values.nothing.here }}")


def _missing_type(chart: Path) -> None:
    path = chart / "templates" / "crds.yaml"
    lines = path.read_text().splitlines(keepends=True)
    kept = [line for line in lines if "kind: SeldonRuntime," not in line]
    assert len(kept) == len(lines) - 1
    path.write_text("".join(kept))


def _on_the_host(chart: Path) -> None:
    edit(chart / "templates" / "gateway.yaml", "      containers:", "      hostPID: true\n      containers:")


def _with_spoiled_chart(standing: Standing, directory: Path, chart: str, spoil: Callable[[Path], None]) -> Result:
    shutil.copytree(CHARTS / chart, directory / chart)
    spoil(directory / chart)
    rehearsal = standing.rehearsal
    good = rehearsal.sources
    rehearsal.sources = replace(good, charts=directory)
    try:
        return rehearsal.up()
    finally:
        rehearsal.sources = good


@pytest.mark.parametrize(
    ("chart", "spoil", "expected"),
    [
        ("seldon-core-v2-crds", _missing_type, ["SeldonRuntime", "mlops.seldon.io/v1alpha1"]),
        ("gateway", _on_the_host, ["violates PodSecurity", "host namespaces", "istio-ingressgateway"]),
        ("seldon-core-v2-servers", _broken_template, ["seldon-core-v2-servers", "nothing"]),
    ],
)
def test_a_chart_that_cannot_stand_is_named_with_the_reason(
    standing: Standing, tmp_path: Path, chart: str, spoil: Callable[[Path], None], expected: list[str]
) -> None:
    result = _with_spoiled_chart(standing, tmp_path, chart, spoil)
    assert not result.ok
    for part in expected:
        assert part in errors_of(result)


def test_what_failed_stands_once_the_reason_is_gone(standing: Standing) -> None:
    result = standing.rehearsal.up()
    assert result.ok, errors_of(result)
    assert standing.rehearsal.up().changed == 0


def test_a_change_touches_only_what_it_names(standing: Standing, stack_file: Path) -> None:
    good = stack_file.read_text()
    edit(stack_file, "memoryMi: 100", "memoryMi: 120")
    try:
        changed = standing.rehearsal.up()
    finally:
        stack_file.write_text(good)
    assert changed.ok, errors_of(changed)
    assert changed.changed == 1
    assert {event.urn.rsplit("::", 1)[1] for event in changed.events if event.operation == "update"} == {
        "runtime-fraud-model-iris"
    }
    assert standing.rehearsal.up().changed == 1


def test_a_resource_type_that_a_chart_drops_is_not_deleted(standing: Standing, tmp_path: Path) -> None:
    before = standing.get("seldonruntimes")
    result = _with_spoiled_chart(standing, tmp_path, "seldon-core-v2-crds", _missing_type)
    assert not result.ok
    assert "cannot be deleted\nbecause it is protected" in errors_of(result)
    assert standing.get("seldonruntimes") == before
    assert standing.rehearsal.up().changed == 0


def test_two_stacks_stand_side_by_side(
    standing: Standing, tmp_path_factory: pytest.TempPathFactory, tools: Tools
) -> None:
    theirs_file = _lean_copy(tmp_path_factory.mktemp("theirs") / "project", "initech-onprem")
    other = Standing("initech-onprem", tmp_path_factory.mktemp("other"), tools, project=theirs_file.parents[1])
    try:
        with ThreadPoolExecutor() as pool:
            ours, theirs = pool.map(_up, (standing, other))
        assert theirs.ok, errors_of(theirs)
        assert ours.ok
        assert ours.changed == 0
        assert {runtime["metadata"]["namespace"] for runtime in standing.get("seldonruntimes")} == {"fraud", "vision"}
        assert {r["metadata"]["namespace"] for r in other.get("seldonruntimes")} == {"churn", "fraud", "pricing"}
    finally:
        other.plane.stop()
