"""A life with stores in the cluster, on the real engine and a real API server: growth, updates, leaving, the end."""

from __future__ import annotations

import base64
import json
import shutil
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from operator_pods import made_pods
from standing import ROOT, Standing, core_alone, edit, edit_platform, errors_of, platform_of, project_copy, upright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rehearsal.engine import Result
    from rehearsal.toolchain import Tools

DATABASE = "postgres-seldon-metadata"
DATA = {DATABASE, "search-elasticsearch", "kafka-kafka-seldon", "kafka-kafkanodepool-dual"}
"""The custom resources that hold the data of their store."""
SECRET = "seldon-platform:postgresPassword"


def _small(platform: dict[str, Any]) -> None:
    core_alone(platform)
    seldon = platform["seldon"]
    seldon["runtimes"] = [
        {**runtime, "models": []} for runtime in seldon["runtimes"] if runtime["namespace"] == "fraud"
    ]


@pytest.fixture(scope="module")
def stack_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a copy of the program, and of the local stack with one runtime."""
    project = tmp_path_factory.mktemp("project") / "project"
    copy = project_copy(project, "local")
    for name in ("components", "infra"):
        (project / name).unlink()
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    entry = project / "infra" / "__main__.py"
    entry.write_text(f"import sys\n\nsys.path.insert(0, {str(project)!r})\n{entry.read_text()}")
    edit_platform(copy, _small)
    return copy


@pytest.fixture(scope="module")
def standing(stack_file: Path, tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Iterator[Standing]:
    with upright("local", tmp_path_factory.mktemp("home"), tools, project=stack_file.parents[1]) as stack:
        yield stack


def _changes(result: Result) -> dict[str, set[str]]:
    """Return what was done, or would be, to each resource that did not stay as it was; components are left out."""
    done: dict[str, set[str]] = {}
    for event in result.events:
        if event.custom and event.operation not in {"same", "read", "refresh"}:
            done.setdefault(event.name, set()).add(event.operation)
    return done


def _passwords(standing: Standing) -> dict[str, str]:
    drawn = [r for r in standing.resources(show_secrets=True) if r["type"].startswith("random:")]
    return {r["urn"].rpartition("::")[2]: json.loads(r["outputs"]["result"]["plaintext"]) for r in drawn}


def _secret(standing: Standing, name: str, namespace: str) -> dict[str, str]:
    data = json.loads(standing.kubectl("get", "secret", name, f"--namespace={namespace}", "--output=json").stdout)[
        "data"
    ]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def _identities(standing: Standing) -> set[str]:
    kinds = ("clusters.postgresql.cnpg.io", "elasticsearches", "kafkas", "kafkanodepools")
    return {each["metadata"]["uid"] for kind in kinds for each in standing.get(kind)}


def test_another_environment_grows_stores_in_place_and_never_at_the_cost_of_data(
    standing: Standing, stack_file: Path
) -> None:
    """Kafka's only node is broker and controller in one, and volumes of a StatefulSet keep their size: both refuse."""
    good = stack_file.read_text()
    edit_platform(stack_file, lambda platform: platform.update(environment="staging"))
    try:
        preview = standing.rehearsal.preview()
    finally:
        stack_file.write_text(good)
    changes, told = _changes(preview), errors_of(preview)
    assert changes[DATABASE] == changes["search-elasticsearch"] == {"update"}
    assert not preview.ok
    refused = {line.rpartition("::")[2].strip("\"'`") for line in told.splitlines() if 'resource "urn:' in line}
    assert {name.partition('"')[0] for name in refused} == {
        "kafka-kafkanodepool-dual",
        "object-store-seaweedfs:seldon-storage/seaweedfs-volume",
    }


def test_passwords_are_in_secrets_and_in_no_preview(standing: Standing) -> None:
    passwords = _passwords(standing)
    assert _secret(standing, "seldon-metadata-owner", "seldon-postgres")["password"] == passwords["postgres-password"]
    preview = (standing.rehearsal.places.logs / "preview.log").read_text()
    assert "seldon-metadata" in preview
    assert not [name for name, password in passwords.items() if password in preview]


def _without_provider(found: list[dict[str, Any]]) -> None:
    for deployment in found:
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            given = container.get("env", [])
            container["env"] = [entry for entry in given if entry["name"] != "STRIMZI_POD_SECURITY_PROVIDER_CLASS"]


def _without_template(found: list[dict[str, Any]]) -> None:
    for nodes in found[0]["spec"]["nodeSets"]:
        del nodes["podTemplate"]


@pytest.mark.parametrize(
    ("kind", "spoil", "namespace"),
    [
        ("deployments.apps", _without_provider, "seldon-kafka"),
        ("elasticsearches.elasticsearch.k8s.elastic.co", _without_template, "seldon-logs"),
    ],
)
def test_pods_are_admitted_for_what_their_operators_are_told(
    standing: Standing, kind: str, spoil: Callable[[list[dict[str, Any]]], None], namespace: str
) -> None:
    """Left to their defaults, Strimzi and ECK (before Elasticsearch 8) make pods that are less than restricted."""
    known = cache(standing.get_defined)

    def spoiled(asked: str) -> list[dict[str, Any]]:
        found = deepcopy(known(asked))
        if asked == kind:
            spoil(found)
        return found

    pods = [made.pod for made in made_pods(spoiled) if made.pod["metadata"]["namespace"] == namespace]
    given = {"apiVersion": "v1", "kind": "List", "items": pods}
    refused = standing.kubectl("create", "--dry-run=server", "--filename=-", document=given, check=False)
    assert pods
    assert refused.stderr.count(': violates PodSecurity "restricted') == len(pods), refused.stderr


def _grown(platform: dict[str, Any]) -> None:
    platform["postgres"]["storageGi"] = 8
    platform["kafka"]["storageGi"] = 15
    platform["search"]["image"] = platform["search"]["image"].replace("7.17.29", "7.17.30")


def test_growth_and_updates_change_in_place_what_they_name(
    standing: Standing, stack_file: Path, tmp_path: Path
) -> None:
    """More storage, minor versions of two stores, and a new version of an operator's chart, all at once."""
    edit_platform(stack_file, _grown)
    components = stack_file.parents[1] / "components"
    edit(components / "cluster" / "postgres" / "spec.py", "postgresql:15.19-", "postgresql:15.20-")
    edit(
        components / "charts.lock.yaml",
        "version: 0.29.0\n  appVersion: 1.30.0",
        "version: 0.30.0\n  appVersion: 1.31.0",
    )
    chart = tmp_path / "cloudnative-pg"
    shutil.copytree(ROOT / "rehearsal" / "charts" / chart.name, chart)
    edit(chart / "Chart.yaml", "0.29.0", "0.30.0")
    edit(chart / "Chart.yaml", "1.30.0", "1.31.0")
    standing.rehearsal.sources = replace(standing.rehearsal.sources, charts=tmp_path)
    passwords, identities = _passwords(standing), _identities(standing)
    before = standing.get("deployments.apps", "--field-selector=metadata.name=cloudnative-pg")

    result = standing.rehearsal.up()

    assert result.ok, errors_of(result)
    changes = _changes(result)
    job = changes.pop("search-registration")  # cannot be changed, so it runs anew
    assert "create-replacement" in job
    assert {operation for operations in changes.values() for operation in operations} == {"update"}
    assert set(changes) >= {DATABASE, "search-elasticsearch", "kafka-kafkanodepool-dual"}
    rest = {name for name in changes if not name.startswith("postgres-operator:")}
    assert rest == {DATABASE, "search-elasticsearch", "kafka-kafkanodepool-dual"}
    assert _identities(standing) == identities
    assert _passwords(standing) == passwords
    after = standing.get("deployments.apps", "--field-selector=metadata.name=cloudnative-pg")
    assert [each["metadata"]["uid"] for each in before] == [each["metadata"]["uid"] for each in after]
    assert after[0]["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":1.31.0")


def _database_outside(stack_file: Path) -> None:
    document = yaml.safe_load(stack_file.read_text())
    document["config"][SECRET] = {"secure": "v1:AAAA:BBBB"}
    theirs = platform_of("globex-onprem")["postgres"]
    document["config"]["seldon-platform:platform"]["postgres"] = theirs
    stack_file.write_text(yaml.safe_dump(document, sort_keys=False))


def _as_people_do(standing: Standing, operation: str) -> tuple[int, str]:
    """Run an operation with the preview that the CLI makes before it; what a rehearsal leaves out."""
    standing.rehearsal.prepare()
    copy = str(standing.rehearsal.places.stack_file)
    done = standing.pulumi(operation, "--yes", "--color=never", "--config-file", copy, check=False)
    return done.returncode, done.stdout + done.stderr


def _everything(standing: Standing) -> dict[str, Any]:
    return {resource["urn"]: resource.get("inputs") for resource in standing.resources()}


def test_a_database_that_would_go_is_shown_and_kept(standing: Standing, stack_file: Path) -> None:
    good = stack_file.read_text()
    before, identities = _everything(standing), _identities(standing)
    _database_outside(stack_file)
    try:
        preview = standing.rehearsal.preview()
        code, told = _as_people_do(standing, "up")
    finally:
        stack_file.write_text(good)
    assert _changes(preview)[DATABASE] == {"delete"}
    assert not preview.ok
    assert code
    for words in (errors_of(preview), told):
        assert f"::{DATABASE}" in words
        assert "because it is protected" in words
    assert _everything(standing) == before
    assert _identities(standing) == identities


def test_destroy_is_refused_by_what_is_protected_and_removes_nothing(standing: Standing) -> None:
    before, identities = _everything(standing), _identities(standing)
    code, told = _as_people_do(standing, "destroy")
    assert code
    assert "because it is protected" in told
    assert any(f"::{name}" in told for name in DATA)
    assert _everything(standing) == before
    assert _identities(standing) == identities


def _exempt_all(platform: dict[str, Any], resources: list[str]) -> None:
    soon = (datetime.now(timezone.utc).date() + timedelta(days=30)).isoformat()
    platform["exemptions"] += [
        {"control": "deletion-protection", "resource": name, "reason": "It moves out.", "expires": soon}
        for name in resources
    ]


def test_with_exemptions_the_database_moves_out_and_the_stack_can_be_destroyed(
    standing: Standing, stack_file: Path
) -> None:
    namespaces = [
        each["metadata"]["name"] for each in standing.get("namespaces", "--selector=app.kubernetes.io/part-of")
    ]
    inside = [*namespaces, "seldon-core", "postgres", "search", "object-store", "kafka"]
    edit_platform(stack_file, lambda platform: _exempt_all(platform, inside))
    exempted = standing.rehearsal.up()
    assert exempted.ok, errors_of(exempted)
    assert _changes(exempted) == {}

    edit_platform(stack_file, lambda platform: platform.update(exemptions=platform["exemptions"][:1]))
    gone = {"postgres", "seldon-postgres", "cnpg-system"}
    edit_platform(stack_file, lambda platform: _exempt_all(platform, [name for name in inside if name not in gone]))
    _database_outside(stack_file)
    moved = standing.rehearsal.up()
    assert moved.ok, errors_of(moved)
    assert {name for name, done in _changes(moved).items() if done == {"delete"}} >= {DATABASE, "postgres-password"}
    assert _secret(standing, "metadata-postgres", "seldon-system")["host"] == "catalogue.db.globex.example"
    assert not {each["metadata"]["name"] for each in standing.get("namespaces")} & gone

    kept = {
        resource["urn"].rpartition("::")[2]: resource["urn"]
        for resource in standing.resources()
        if resource.get("protect")
    }
    assert set(kept) == {"certificates-platform-authority-key", "certificates-ingress-authority-key"}
    for urn in kept.values():
        standing.pulumi("state", "unprotect", urn, "--yes")
    code, told = _as_people_do(standing, "destroy")
    assert code == 0, told
    assert standing.get("namespaces", "--selector=app.kubernetes.io/part-of") == []
