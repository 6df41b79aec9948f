"""The edge on the real engine and a real API server: challenges over HTTP, and changes of who may pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from standing import Standing, edit_platform, project_copy, upright, without_stores

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.toolchain import Tools

PRIVATE: dict[str, Any] = {"kind": "private-ca"}
ACME: dict[str, Any] = {
    "kind": "acme",
    "email": "ops@acme.example",
    "server": "https://ca.acme.example/directory",
    "challenge": {"kind": "http-01"},
}


def _with_challenges(platform: dict[str, Any]) -> None:
    without_stores(platform)
    platform["ingress"]["certificate"] = ACME


@pytest.fixture(scope="module")
def stack_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = project_copy(tmp_path_factory.mktemp("project") / "project", "local")
    edit_platform(copy, _with_challenges)
    return copy


@pytest.fixture(scope="module")
def standing(stack_file: Path, tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Iterator[Standing]:
    with upright("local", tmp_path_factory.mktemp("home"), tools, project=stack_file.parents[1]) as stack:
        yield stack


def _names(standing: Standing, kind: str) -> set[str]:
    return {item["metadata"]["name"] for item in standing.get(kind, "--field-selector=metadata.namespace=istio-system")}


def test_challenges_have_their_way_and_a_second_up_changes_nothing(standing: Standing) -> None:
    assert "acme-challenges" in _names(standing, "services")
    assert _names(standing, "gateways.networking.istio.io") == {"seldon-gateway", "acme-challenges"}
    assert _names(standing, "authorizationpolicies") == {"deny-unless-allowed", "models", "acme-challenges"}
    result = standing.rehearsal.up()
    assert result.ok
    assert set(result.summary) == {"same"}


def test_another_audience_changes_policies_and_no_pod(standing: Standing, stack_file: Path) -> None:
    before = {pod["metadata"]["uid"] for pod in standing.get("pods")}
    edit_platform(stack_file, lambda platform: platform["ingress"]["oidc"]["audiences"].append("new"))
    result = standing.rehearsal.up()
    assert result.ok, [error.message for error in result.errors]
    assert {key: count for key, count in result.summary.items() if key != "same"} == {"update": 2}
    assert {pod["metadata"]["uid"] for pod in standing.get("pods")} == before


def test_without_challenges_port_80_redirects_again(standing: Standing, stack_file: Path) -> None:
    edit_platform(stack_file, lambda platform: platform["ingress"].update(certificate=PRIVATE))
    result = standing.rehearsal.up()
    assert result.ok, [error.message for error in result.errors]
    assert _names(standing, "gateways.networking.istio.io") == {"seldon-gateway"}
    assert "acme-challenges" not in _names(standing, "services") | _names(standing, "authorizationpolicies")
    (gateway,) = standing.get("gateways.networking.istio.io")
    assert [server["tls"].get("httpsRedirect") for server in gateway["spec"]["servers"]] == [None, True]


def test_it_goes_as_it_came(standing: Standing) -> None:
    result = standing.rehearsal.destroy()
    assert result.ok, [error.message for error in result.errors]
    assert standing.get("namespaces", "--selector=app.kubernetes.io/part-of=seldon-platform") == []
