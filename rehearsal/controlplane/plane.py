"""Start, stop and inspect the control plane of one stack."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import time
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from rehearsal.controlplane import components, kubeconfig, pki, processes
from rehearsal.controlplane.api import Api, ApiError
from rehearsal.controlplane.bootstrap import CUSTOM_RESOURCES, KWOK_CONFIGURATION, Bootstrap
from rehearsal.controlplane.components import Layout, Ports
from rehearsal.controlplane.files import locked, private_directory, write_private
from rehearsal.controlplane.model import Component, ControlPlaneError, Status
from rehearsal.controlplane.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from rehearsal.controlplane.pki import Pki

_READY_SECONDS = 120.0
_ATTEMPTS = 3
_POLL_SECONDS = 0.05
_LOG_LINES = 12
_PORTS = "ports.json"
_PORT_TAKEN = "address already in use"
_STORAGE_CLASS = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


class _NotReadyError(Exception):
    def __init__(self, component: str, reason: str) -> None:
        super().__init__(component, reason)
        self.component = component
        self.reason = reason


class ControlPlane:
    """The control plane whose state, logs and credentials are in one directory, which is closed to other users.

    Its processes outlive the caller. Every method may be called from several processes at once: a lock in the
    directory lets one of them act at a time. custom_resources is the file that says what kwok does to which kinds.
    """

    def __init__(
        self, directory: Path, *, controlplane: Path, kwok: Path, custom_resources: Path = CUSTOM_RESOURCES
    ) -> None:
        self._directory = directory.absolute()
        self._custom_resources = custom_resources.absolute()
        self._layout = Layout(
            controlplane=controlplane.absolute(),
            kwok=kwok.absolute(),
            directory=self._directory,
            kwok_configuration=KWOK_CONFIGURATION,
        )
        self._supervisor = Supervisor(self._directory)
        self._pki = self._directory / "pki"

    def start(self, *, contexts: Sequence[str] = (), storage_classes: Sequence[str] = ()) -> Path:
        """Start what does not run and return the path of the kubeconfig (mode 0600) once pods can be scheduled.

        contexts are names that the kubeconfig gives the cluster besides `rehearsal`. storage_classes are names of
        StorageClasses besides the default one whose claims are to be bound. A control plane that runs already is kept;
        one that runs in part, or with other programs or options, is stopped first. What was stopped resumes with its
        objects, and with its ports when they are free.

        Raises ControlPlaneError when a program fails; then, as on Ctrl-C, nothing is left running.
        """
        for name in storage_classes:
            if not _STORAGE_CLASS.fullmatch(name):
                raise ControlPlaneError(
                    f"storage class {name!r}: use lower case letters, digits, '-' and '.', at most 253 characters."
                )
        try:
            private_directory(self._directory)
            with self._locked(), processes.termination_raises():
                self._launch_or_leave_nothing(contexts, storage_classes)
        except OSError as error:
            raise ControlPlaneError(f"Cannot use {self._directory} for the control plane: {error}.") from error
        return self._layout.kubeconfig

    def stop(self) -> None:
        """End all processes; the state stays for the next start. Does nothing when nothing runs."""
        if self._directory.is_dir():
            with self._locked():
                self._supervisor.stop()

    def status(self) -> Status:
        """Tell what runs now."""
        ports = self._ports()
        found = tuple(self._component(name, ports) for name in components.NAMES)
        running = sum(component.alive for component in found)
        return Status(
            components=found,
            server=ports.server if ports else None,
            kubeconfig=self._layout.kubeconfig,
            state="stopped" if not running else "running" if running == len(found) else "degraded",
        )

    def kubectl(self, arguments: Sequence[str]) -> int:
        """Run kubectl against the control plane with this process's input and outputs; returns its exit code.

        Raises ControlPlaneError when the API server does not run.
        """
        if not any(c.alive for c in self.status().components if c.name == components.API_SERVER):
            raise ControlPlaneError("The control plane is not running. Start it with: python -m rehearsal up")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KUBE")}
        environment = {
            **inherited,
            "KUBECONFIG": str(self._layout.kubeconfig),
            "KUBECACHEDIR": str(self._directory / "kubectl-cache"),
            "KUBERC": "off",
        }
        command = [str(self._layout.controlplane), "kubectl", *arguments]
        return subprocess.run(command, env=environment, check=False).returncode

    def _launch_or_leave_nothing(self, contexts: Sequence[str], storage_classes: Sequence[str]) -> None:
        try:
            self._launch(contexts, storage_classes)
        except BaseException:
            self._supervisor.stop()
            raise

    def _launch(self, contexts: Sequence[str], storage_classes: Sequence[str]) -> None:
        credentials = pki.load(self._pki)
        ports = self._ports()
        kept = credentials is not None and ports is not None and self._runs_as(ports, credentials)
        if not kept:
            self._supervisor.stop()
        for _attempt in range(_ATTEMPTS):
            if credentials is None:
                credentials = pki.issue(self._pki)
            if ports is None or not (kept or ports.free()):
                ports = components.free_ports()
            try:
                self._bring_up(ports, credentials, contexts, storage_classes)
            except _NotReadyError as error:
                self._supervisor.stop()
                taken = any(_PORT_TAKEN in line for line in self._supervisor.log(error.component))
                if not (kept or taken):
                    raise ControlPlaneError(self._explain(error)) from None
                kept = False
            else:
                return
        raise ControlPlaneError(
            f"Ports that were free were taken before the control plane could use them, {_ATTEMPTS} times in a row.\n"
            "Try again; if it persists, look for a program that opens many ports on 127.0.0.1."
        )

    def _runs_as(self, ports: Ports, credentials: Pki) -> bool:
        """Tell whether every component runs, and with the command line that it would be started with now."""
        running = {name: self._supervisor.process(name) for name in components.NAMES}
        return all(
            process is not None and process.command == self._layout.command(name, ports, credentials)
            for name, process in running.items()
        )

    def _bring_up(self, ports: Ports, credentials: Pki, contexts: Sequence[str], classes: Sequence[str]) -> None:
        write_private(self._directory / _PORTS, json.dumps(asdict(ports)).encode())
        write_private(self._layout.kubeconfig, kubeconfig.render(ports.server, credentials, contexts))
        api = Api(ports.api_server, credentials)
        bootstrap = Bootstrap(api, classes, self._custom_resources)
        self._ensure(components.ETCD, ports, credentials)
        self._ensure(components.API_SERVER, ports, credentials)
        self._wait(api.ready, components.API_SERVER)
        self._ensure(components.CONTROLLER_MANAGER, ports, credentials)
        self._ensure(components.SCHEDULER, ports, credentials)
        self._wait(bootstrap.base, components.API_SERVER)
        self._wait(bootstrap.stages, components.API_SERVER)
        if self._supervisor.process(components.KWOK) is None:
            self._wait(bootstrap.release_nodes, components.API_SERVER)
        self._ensure(components.KWOK, ports, credentials)
        self._wait(bootstrap.settled, components.KWOK)
        self._wait(bootstrap.touch, components.API_SERVER)

    def _ensure(self, name: str, ports: Ports, credentials: Pki) -> None:
        if self._supervisor.process(name) is None:
            self._supervisor.spawn(name, self._layout.command(name, ports, credentials))

    def _wait(self, condition: Callable[[], bool], component: str) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        reason = ""
        while True:
            try:
                if condition():
                    return
            except (ApiError, OSError, http.client.HTTPException) as error:
                reason = str(error)
            if ended := self._supervisor.ended():
                raise _NotReadyError(ended, "ended while the control plane started")
            if time.monotonic() > deadline:
                raise _NotReadyError(component, f"was not ready after {_READY_SECONDS:.0f} s {reason}".rstrip())
            time.sleep(_POLL_SECONDS)

    def _component(self, name: str, ports: Ports | None) -> Component:
        process = self._supervisor.process(name)
        return Component(
            name=name,
            pid=process.pid if process else None,
            port=ports.of(name) if ports else None,
            alive=process is not None,
            since=datetime.fromisoformat(process.since) if process and process.since else None,
        )

    def _ports(self) -> Ports | None:
        try:
            return Ports(**json.loads((self._directory / _PORTS).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self._directory / "lock")

    def _explain(self, error: _NotReadyError) -> str:
        lines = self._supervisor.log(error.component)[-_LOG_LINES:]
        return "\n".join(
            [
                f"{error.component} {error.reason}; everything that was started has been stopped. Its last log lines:",
                *(f"    {line}" for line in lines or ["(none)"]),
                f"The whole log: {self._supervisor.log_file(error.component)}",
                f"Try again; if it persists, delete {self._directory} to begin with an empty cluster.",
            ]
        )
