"""Starting, stopping and losing the control plane."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from rehearsal.controlplane import ControlPlane, components

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.toolchain import Tools

START = """
import sys
from pathlib import Path
from rehearsal.controlplane import ControlPlane
directory, controlplane, kwok = map(Path, sys.argv[1:])
ControlPlane(directory, controlplane=controlplane, kwok=kwok).start()
"""


@pytest.fixture(scope="module")
def plane(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane that each test brings into the state that it needs."""
    directory = tmp_path_factory.mktemp("lifecycle") / "controlplane"
    plane = ControlPlane(directory, controlplane=tools.controlplane, kwok=tools.kwok)
    yield plane
    plane.stop()
    assert not processes_of(directory)


def processes_of(directory: Path) -> list[str]:
    """Command lines of live processes that name the directory."""
    listing = subprocess.run(["/bin/ps", "-wweo", "stat=,args="], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if f"{directory}" in line and not line.startswith("Z")]


def directory_of(plane: ControlPlane) -> Path:
    return plane.status().kubeconfig.parent


def pids(plane: ControlPlane) -> dict[str, int | None]:
    return {component.name: component.pid for component in plane.status().components}


def start_in_a_process(directory: Path, tools: Tools) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", START, directory, tools.controlplane, tools.kwok])


def test_a_second_start_keeps_what_runs_and_renames_its_context(plane: ControlPlane) -> None:
    plane.start(contexts=["acme"])
    before = pids(plane)
    kubeconfig = plane.start(contexts=["globex"])
    assert pids(plane) == before
    assert plane.kubectl(["--context", "globex", "get", "--raw", "/readyz"]) == 0
    assert plane.kubectl(["--context", "acme", "get", "--raw", "/readyz"]) != 0
    assert plane.status().state == "running"
    assert plane.status().kubeconfig == kubeconfig


def test_credentials_are_closed_to_others(plane: ControlPlane) -> None:
    kubeconfig = plane.start()
    private = [kubeconfig, kubeconfig.parent / "pki" / "tls.key"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in private] == [0o600, 0o600]
    assert stat.S_IMODE(kubeconfig.parent.stat().st_mode) == 0o700


def test_objects_and_address_survive_a_stop(plane: ControlPlane) -> None:
    plane.start()
    server = plane.status().server
    assert plane.kubectl(["create", "configmap", "survivor"]) == 0
    plane.stop()
    assert plane.status().state == "stopped"
    assert not processes_of(directory_of(plane))
    plane.stop()
    plane.start()
    assert plane.status().server == server
    assert plane.kubectl(["get", "configmap", "survivor"]) == 0
    assert plane.kubectl(["delete", "configmap", "survivor"]) == 0


@pytest.mark.parametrize("name", [components.API_SERVER, components.ETCD])
def test_a_killed_component_is_seen_and_start_recovers(plane: ControlPlane, name: str) -> None:
    plane.start()
    before = pids(plane)
    victim = before[name]
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    while plane.status().state == "running":
        time.sleep(0.01)
    assert plane.status().state == "degraded"
    plane.start()
    assert plane.status().state == "running"
    assert not set(pids(plane).values()) & set(before.values())
    assert plane.kubectl(["get", "--raw", "/readyz"]) == 0


def test_a_port_taken_while_stopped_is_given_up(plane: ControlPlane) -> None:
    plane.start()
    server = plane.status().server
    assert server is not None
    plane.stop()
    with socket.create_server(("127.0.0.1", int(server.rpartition(":")[2]))):
        plane.start()
    assert plane.status().server != server
    assert plane.kubectl(["get", "--raw", "/readyz"]) == 0


def test_a_port_taken_before_it_is_bound_is_given_up(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    plane.stop()
    (directory_of(plane) / "ports.json").unlink(missing_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        chosen = components.free_ports()
        bad = components.Ports(api_server=taken.getsockname()[1], etcd=chosen.etcd, etcd_peer=chosen.etcd_peer)
        choices = iter([bad, chosen])
        monkeypatch.setattr(components, "free_ports", lambda: next(choices))
        plane.start()
    assert plane.status().server == chosen.server
    assert plane.kubectl(["get", "--raw", "/readyz"]) == 0


def test_processes_outlive_commands_and_two_commands_start_one_plane(tools: Tools, plane: ControlPlane) -> None:
    plane.stop()
    commands = [start_in_a_process(directory_of(plane), tools) for _ in range(2)]
    assert [command.wait() for command in commands] == [0, 0]
    assert plane.status().state == "running"
    assert len(processes_of(directory_of(plane))) == len(components.NAMES)


@pytest.mark.parametrize(
    ("number", "seen"),
    [(signal.SIGINT, components.ETCD), (signal.SIGTERM, components.ETCD), (signal.SIGINT, components.KWOK)],
)
def test_an_interrupted_start_leaves_nothing(tools: Tools, tmp_path: Path, number: int, seen: str) -> None:
    command = start_in_a_process(tmp_path, tools)
    record = tmp_path / "processes" / f"{seen}.json"
    while not record.exists() and command.poll() is None:
        time.sleep(0.005)
    command.send_signal(number)
    assert command.wait() != 0
    assert not processes_of(tmp_path)
    assert ControlPlane(tmp_path, controlplane=tools.controlplane, kwok=tools.kwok).status().state == "stopped"


def test_a_killed_start_is_cleaned_up_by_the_next_command(tools: Tools, tmp_path: Path) -> None:
    command = start_in_a_process(tmp_path, tools)
    while not (tmp_path / "processes" / f"{components.API_SERVER}.json").exists():
        time.sleep(0.005)
    command.kill()
    command.wait()
    plane = ControlPlane(tmp_path, controlplane=tools.controlplane, kwok=tools.kwok)
    assert plane.status().state == "degraded"
    plane.stop()
    assert not processes_of(tmp_path)


def test_neither_server_talks_to_strangers(plane: ControlPlane) -> None:
    plane.start()
    etcd, api_server = (component.port for component in plane.status().components if component.port is not None)
    stranger = ssl.create_default_context(cafile=str(directory_of(plane) / "pki" / "ca.crt"))
    assert get_version(api_server, stranger) == http.HTTPStatus.UNAUTHORIZED
    with pytest.raises(OSError, match=r"certificate required|reset|closed"):
        get_version(etcd, stranger)


def get_version(port: int, context: ssl.SSLContext) -> int:
    with contextlib.closing(http.client.HTTPSConnection("127.0.0.1", port, context=context)) as connection:
        connection.request("GET", "/version")
        return connection.getresponse().status
