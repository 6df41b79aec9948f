"""The provider's settings and kubeconfigs: what is refused, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from rehearsal.providers.kubernetes.kubeconfig import connect
from rehearsal.providers.kubernetes.settings import SettingsError, parse_settings

if TYPE_CHECKING:
    from pathlib import Path

CLUSTER = {"name": "here", "cluster": {"server": "http://127.0.0.1:1/"}}
USER = {"name": "me", "user": {"token": "hush"}}
CONTEXT = {"name": "work", "context": {"cluster": "here", "user": "me", "namespace": "shop"}}
KUBECONFIG = {"clusters": [CLUSTER], "users": [USER], "contexts": [CONTEXT], "current-context": "work"}


def refused(given: dict[str, object]) -> list[tuple[str, str]]:
    """Return what is wrong with settings."""
    with pytest.raises(SettingsError) as caught:
        connect(parse_settings(given))
    return caught.value.problems


def test_settings_as_the_engine_sends_them() -> None:
    settings = parse_settings(
        {
            "kubeconfig": yaml.safe_dump(KUBECONFIG),
            "enableConfigMapMutable": "true",
            "helmReleaseSettings": '{"driver": "secret"}',
            "version": "4.32.0",
        }
    )
    assert settings.mutable_kinds == {"ConfigMap"}
    connection = connect(settings)
    assert (connection.server, connection.token, connection.namespace) == ("http://127.0.0.1:1", "hush", "shop")


def test_all_problems_of_the_settings_come_at_once() -> None:
    problems = dict(
        refused({"colour": "blue", "enableServerSideApply": "false", "renderYamlToDirectory": "out", "cluster": 3.5})
    )
    assert problems.keys() == {"colour", "enableServerSideApply", "renderYamlToDirectory", "cluster"}
    assert "allowed are" in problems["colour"]


@pytest.mark.parametrize(
    ("given", "name", "words"),
    [
        ({"context": "moon"}, "context", "there is no context 'moon'"),
        ({"cluster": "moon"}, "cluster", "there is no cluster 'moon'"),
    ],
)
def test_names_that_the_kubeconfig_has_not(given: dict[str, object], name: str, words: str) -> None:
    ((where, problem),) = refused({"kubeconfig": yaml.safe_dump(KUBECONFIG), **given})
    assert where == name
    assert words in problem
    assert "there are:" in problem


def test_credentials_of_programs_are_refused() -> None:
    program = {**KUBECONFIG, "users": [{"name": "me", "user": {"exec": {"command": "cloud-login"}}}]}
    ((_, problem),) = refused({"kubeconfig": yaml.safe_dump(program)})
    assert "runs a program for its credentials" in problem


@pytest.mark.parametrize("text", ["{", "{}", "a: [\n", "clusters: [{name: a, cluster: {}}]\n", "token: hush hush"])
def test_what_is_no_kubeconfig_is_not_shown(text: str) -> None:
    ((name, problem),) = refused({"kubeconfig": text})
    assert name == "kubeconfig"
    assert "hush" not in problem


def test_the_home_directory_is_never_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(yaml.safe_dump(KUBECONFIG))
    ((_, problem),) = refused({})
    assert "$KUBECONFIG is not set" in problem


def test_paths_and_files_beside_the_kubeconfig(tmp_path: Path) -> None:
    with_file = {**KUBECONFIG, "users": [{"name": "me", "user": {"tokenFile": "token"}}]}
    (tmp_path / "token").write_text("from-file\n")
    (tmp_path / "config").write_text(yaml.safe_dump(with_file))
    assert connect(parse_settings({"kubeconfig": str(tmp_path / "config")})).token == "from-file"
    ((_, problem),) = refused({"kubeconfig": str(tmp_path / "none")})
    assert problem == f"{tmp_path / 'none'} cannot be read: No such file or directory"
