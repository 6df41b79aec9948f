"""The control plane when its programs misbehave, and the files that it writes."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from rehearsal.controlplane import ControlPlane, ControlPlaneError, components, kubeconfig, pki, processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """Write a shell script that stands for the programs."""

    def write(text: str) -> Path:
        path = tmp_path / "program"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return write


def plane(tmp_path: Path, program: Path) -> ControlPlane:
    return ControlPlane(tmp_path / "plane", controlplane=program, kwok=program)


def test_a_program_that_fails_is_named_with_its_last_words(tmp_path: Path, program: Callable[[str], Path]) -> None:
    failing = plane(tmp_path, program('if [ "$1" = etcd ]; then echo disk on fire; exit 3; fi; exec sleep 600'))
    with pytest.raises(ControlPlaneError) as error:
        failing.start()
    message = str(error.value)
    assert message.startswith("etcd ended while the control plane started")
    assert "    disk on fire" in message
    assert str(tmp_path / "plane" / "logs" / "etcd.log") in message
    assert failing.status().state == "stopped"
    assert not list((tmp_path / "plane" / "processes").iterdir())


def test_ports_that_are_always_taken_end_in_advice(tmp_path: Path, program: Callable[[str], Path]) -> None:
    failing = plane(tmp_path, program("echo listen tcp: bind: address already in use; exit 1"))
    with pytest.raises(ControlPlaneError, match="3 times in a row"):
        failing.start()


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ControlPlaneError, match=r"etcd: cannot run .*/missing: No such file"):
        plane(tmp_path, tmp_path / "missing").start()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path, program: Callable[[str], Path]) -> None:
    (tmp_path / "plane").write_text("a file")
    with pytest.raises(ControlPlaneError, match=r"Cannot use .*/plane for the control plane"):
        plane(tmp_path, program("exit 1")).start()


def test_a_storage_class_name_is_checked_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ControlPlaneError, match="storage class 'Fast Encrypted': use lower case"):
        plane(tmp_path, tmp_path / "missing").start(storage_classes=["Fast Encrypted"])
    assert not (tmp_path / "plane").exists()


def test_before_the_first_start_nothing_runs_and_nothing_is_made(tmp_path: Path) -> None:
    never = plane(tmp_path, tmp_path / "missing")
    never.stop()
    status = never.status()
    assert (status.state, status.server) == ("stopped", None)
    assert [component.name for component in status.components] == list(components.NAMES)
    assert not (tmp_path / "plane").exists()
    with pytest.raises(ControlPlaneError, match="not running"):
        never.kubectl(["get", "pods"])


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that was not started by the control plane."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def test_a_stale_record_of_a_foreign_process_is_dropped_and_the_process_kept(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    records = tmp_path / "plane" / "processes"
    records.mkdir(parents=True)
    record = processes.Process(pid=stranger.pid, born="an earlier boot:1", since="", command=[])
    (records / "etcd.json").write_text(json.dumps(asdict(record)))
    stale = plane(tmp_path, tmp_path / "missing")
    assert stale.status().state == "stopped"
    stale.stop()
    assert stranger.poll() is None
    assert not (records / "etcd.json").exists()


def test_a_process_of_another_version_of_the_project_is_seen_and_ended(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    records = tmp_path / "plane" / "processes"
    records.mkdir(parents=True)
    record = {"pid": stranger.pid, "born": processes.birth(stranger.pid), "of a later version": True}
    (records / "etcd.json").write_text(json.dumps(record))
    old = plane(tmp_path, tmp_path / "missing")
    assert old.status().state == "degraded"
    old.stop()
    assert processes.birth(stranger.pid) is None


def test_programs_do_not_see_the_environment_of_the_caller(
    tmp_path: Path, program: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not for others")
    with pytest.raises(ControlPlaneError, match="ended while the control plane started"):
        plane(tmp_path, program("env; exit 1")).start()
    log = (tmp_path / "plane" / "logs" / "etcd.log").read_text()
    assert f"HOME={tmp_path / 'plane'}" in log
    assert "AWS" not in log


def test_the_kubeconfig_has_every_context_once(tmp_path: Path) -> None:
    made = pki.issue(tmp_path / "pki")
    document: dict[str, Any] = yaml.safe_load(kubeconfig.render("https://127.0.0.1:1", made, ["acme", "rehearsal"]))
    assert [context["name"] for context in document["contexts"]] == ["rehearsal", "acme"]
    assert document["current-context"] == "rehearsal"
    assert document["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:1"
    assert base64.b64decode(document["users"][0]["user"]["client-key-data"]) == made.key.read_bytes()


def test_every_server_is_bound_to_loopback_and_asks_for_a_certificate(tmp_path: Path) -> None:
    layout = components.Layout(
        controlplane=tmp_path / "c", kwok=tmp_path / "k", directory=tmp_path, kwok_configuration=tmp_path / "kwok.yaml"
    )
    credentials = pki.issue(tmp_path / "pki")
    ports = components.Ports(api_server=1, etcd=2, etcd_peer=3)
    commands = {name: layout.command(name, ports, credentials) for name in components.NAMES}
    assert {"--bind-address=127.0.0.1", "--anonymous-auth=false", "--authorization-mode=Node,RBAC"} <= set(
        commands[components.API_SERVER]
    )
    assert {
        "--client-cert-auth",
        "--peer-client-cert-auth",
        "--listen-client-urls=https://127.0.0.1:2",
        "--listen-peer-urls=https://127.0.0.1:3",
    } <= set(commands[components.ETCD])
    for name in (components.CONTROLLER_MANAGER, components.SCHEDULER):
        assert "--secure-port=0" in commands[name]


def test_private_files_replace_open_ones(tmp_path: Path) -> None:
    from rehearsal.controlplane.files import write_private

    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208 - hidden files count
