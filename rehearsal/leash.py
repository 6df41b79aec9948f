"""Runs a program so that nothing of it outlives its end, nor the end of whoever started it.

`python leash.py <program> <argument>...`, started in a session of its own with a pipe as standard input. When the
program ends, or when the other end of the pipe is closed (its holder has died), every process of the session is killed.
SIGINT is passed on to the program. A session, not a process group: the engine puts each plugin in a group of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path


def process_ids() -> list[int]:
    """Return the ids of the processes on this machine."""
    proc = Path("/proc")
    if proc.is_dir():
        return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    listing = subprocess.run(["/bin/ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True)
    return [int(line) for line in listing.stdout.split()]


def kill_session(session: int) -> int:
    """Kill every process of `session` but the caller, and return how many there were."""
    return sum(_killed(process, session) for process in process_ids() if process != os.getpid())


def _killed(process: int, session: int) -> bool:
    try:
        if os.getsid(process) != session:
            return False
        os.kill(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def main(command: list[str]) -> int:
    """Run `command` on the leash and return its exit code, 128 + n when signal n ended it."""
    session = os.getsid(0)
    if session != os.getpid():
        sys.exit("leash: must lead a session of its own")
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def pass_on(number: int, _frame: object) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGINT, pass_on)

    def watch() -> None:
        while os.read(0, 1):
            pass
        # A second round catches what a dying process had just started.
        while kill_session(session):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    code = child.wait()
    kill_session(session)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
