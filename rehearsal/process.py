"""Runs the engine on a leash and follows its output and its event log."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal import leash
from rehearsal.events import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

TICK = 0.2
"""Longest time between two calls of `on_tick`, in seconds."""
CHUNK = 1 << 16
_DEBUG = re.compile(rb'"diagnosticEvent":.*"severity":"debug"')


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of the CLI and where it runs."""

    arguments: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    lock: int | None = None
    """Descriptor of the lock that the engine shares, so that it is held for as long as anything of the engine lives."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    output: str
    errors: str
    run: Run
    interrupted: bool
    seconds: float


def run(
    command: Command,
    *,
    follow: bool,
    on_tick: Callable[[Run, bool], None] | None = None,
    record: Path | None = None,
) -> Ended:
    """Run the command to its end and return what it said.

    The first SIGINT (or SIGTERM, SIGHUP) makes the engine end what it has begun and stop; the second kills it.
    `on_tick(run, interrupted)` is called after each event and at least every `TICK` seconds. With `follow` the command
    gets an event log: a FIFO, so that its debug messages (those of the SDK are full of values) come to lie on no disk.
    All else of it is written to `record`.
    """
    began = time.monotonic()
    seen = Run()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        arguments = list(command.arguments)
        events = None
        if follow:
            fifo = Path(scratch) / "events"
            os.mkfifo(fifo, 0o600)
            events = os.open(fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)  # for writing too: it never ends
            arguments += ["--event-log", str(fifo)]
        process = _start(command, arguments)
        interrupts = _Interrupts(process)

        def tick() -> None:
            if on_tick:
                on_tick(seen, bool(interrupts.count))

        try:
            with interrupts:
                output, errors = _follow(process, events, _EventLog(seen, record), tick)
        finally:
            _end(process)
            if events is not None:
                os.close(events)
    return Ended(
        code=process.returncode,
        output=output,
        errors=errors,
        run=seen,
        interrupted=bool(interrupts.count),
        seconds=time.monotonic() - began,
    )


def _start(command: Command, arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", leash.__file__, *arguments],
        cwd=command.directory,
        env=dict(command.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=() if command.lock is None else (command.lock,),
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Make sure that nothing of the session is left, also when the leash itself was killed."""
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()
    process.wait()
    while leash.kill_session(process.pid):
        pass


class _Interrupts:
    """Counts the requests to stop while it is entered: the first goes to the engine, the second ends it at once."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.count = 0
        self._process = process
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._handle) for number in self.SIGNALS}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, _number: int, _frame: object) -> None:
        self.count += 1
        if self.count == 1:
            self._process.send_signal(signal.SIGINT)
        elif self._process.stdin:
            self._process.stdin.close()


def _follow(
    process: subprocess.Popen[bytes], events: int | None, log: _EventLog, tick: Callable[[], None]
) -> tuple[str, str]:
    """Read everything the process writes until it has ended; return its output and its errors."""
    streams = [stream.fileno() for stream in (process.stdout, process.stderr) if stream]
    texts = {stream: bytearray() for stream in streams}
    with selectors.DefaultSelector() as selector:
        for descriptor in [*streams, *([] if events is None else [events])]:
            selector.register(descriptor, selectors.EVENT_READ)
        waiting = set(streams)
        while waiting or process.poll() is None:
            for key, _ in selector.select(TICK):
                chunk = os.read(key.fd, CHUNK)
                if key.fd == events:
                    log.take(chunk)
                elif chunk:
                    texts[key.fd] += chunk
                else:
                    selector.unregister(key.fd)
                    waiting.discard(key.fd)
            if process.poll() is not None:
                leash.kill_session(process.pid)  # else an engine whose leash was killed keeps the streams open
            tick()
    if events is not None:
        with contextlib.suppress(BlockingIOError):  # what the engine wrote last
            while chunk := os.read(events, CHUNK):
                log.take(chunk)
        tick()
    output, errors = (texts[stream].decode(errors="replace") for stream in streams)
    return output, errors


class _EventLog:
    """Cuts what is read from the event log into lines."""

    def __init__(self, seen: Run, record: Path | None) -> None:
        self._seen = seen
        self._record = record
        self._rest = bytearray()
        if record:
            record.write_bytes(b"")

    def take(self, chunk: bytes) -> None:
        self._rest += chunk
        if b"\n" not in chunk:
            return
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            self._seen.take(bytes(line))
        if self._record:
            with self._record.open("ab") as file:
                file.writelines(b"%s\n" % line for line in lines if not _DEBUG.search(line))
