"""The processes of one control plane: their records, their logs, and in which order they end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rehearsal.controlplane import components, processes
from rehearsal.controlplane.files import private_directory
from rehearsal.controlplane.model import ControlPlaneError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rehearsal.controlplane.processes import Process

_GRACE_SECONDS = 5.0
_STOP_ORDER = (
    (components.KWOK, components.SCHEDULER, components.CONTROLLER_MANAGER),
    (components.API_SERVER,),
    (components.ETCD,),
)


class Supervisor:
    """Starts and ends the processes whose records and logs are kept in directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._records = directory / "processes"
        self._logs = directory / "logs"

    def process(self, name: str) -> Process | None:
        """Return the named process when it is alive."""
        process = processes.recorded(self._record(name))
        return process if process and processes.alive(process) else None

    def ended(self) -> str | None:
        """Return the name of a process that was started and does not run any more, if there is one."""
        return next((name for name in components.NAMES if self._record(name).exists() and not self.process(name)), None)

    def spawn(self, name: str, command: Sequence[str]) -> None:
        """Start the named process. Raises ControlPlaneError when its program cannot be run."""
        for parent in (self._logs, self._records):
            private_directory(parent)
        # Nothing of the caller's environment is passed on: neither its proxies nor its credentials matter here.
        environment = {"HOME": str(self._directory), "PATH": os.defpath}
        try:
            processes.spawn(command, environment=environment, log=self.log_file(name), record=self._record(name))
        except OSError as error:
            raise ControlPlaneError(f"{name}: cannot run {command[0]}: {error.strerror}.") from None

    def stop(self) -> None:
        """End every process that was started, the users of a server before it; Ctrl-C waits until that is done.

        Raises ControlPlaneError when one cannot be ended; the others are ended all the same.
        """
        survivors: list[Process] = []
        with processes.deferred_signals():
            for names in _STOP_ORDER:
                found = [process for name in names if (process := self.process(name))]
                survivors += processes.terminate(found, grace_seconds=_GRACE_SECONDS)
            for name in components.NAMES:
                if not self.process(name):
                    self._record(name).unlink(missing_ok=True)
        if survivors:
            listed = ", ".join(f"process {process.pid}" for process in survivors)
            raise ControlPlaneError(f"Cannot end {listed}: end it yourself, then try again.")

    def log_file(self, name: str) -> Path:
        """Path of the log of the named process."""
        return self._logs / f"{name}.log"

    def log(self, name: str) -> list[str]:
        """Return the lines of the log of the named process."""
        try:
            return self.log_file(name).read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _record(self, name: str) -> Path:
        return self._records / f"{name}.json"
