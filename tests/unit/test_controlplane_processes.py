"""Recognising, keeping and ending processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from rehearsal.controlplane import processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]


@pytest.fixture
def stranger() -> Iterator[processes.Process]:
    """A process that was not started by the control plane."""
    with subprocess.Popen(SLEEP) as process:
        born = processes.birth(process.pid)
        assert born is not None
        yield processes.Process(pid=process.pid, born=born, since="", command=[])
        process.kill()


def spawn(tmp_path: Path, command: list[str], environment: Mapping[str, str] | None = None) -> processes.Process:
    return processes.spawn(
        command, environment=environment or {}, log=tmp_path / "log", record=tmp_path / "record.json"
    )


def test_a_process_runs_in_its_own_session_and_is_recorded(tmp_path: Path) -> None:
    process = spawn(tmp_path, SLEEP)
    assert processes.alive(process)
    assert os.getsid(process.pid) == process.pid
    assert processes.recorded(tmp_path / "record.json") == process
    assert processes.terminate([process], grace_seconds=10) == []
    assert not processes.alive(process)


def test_output_goes_to_the_log_and_the_environment_is_what_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not for children")
    program = "import os, sys; print(sorted(os.environ)); sys.stderr.write('error')"
    process = spawn(tmp_path, [sys.executable, "-I", "-c", program], {"ONLY": "this"})
    while processes.alive(process):
        pass
    log = (tmp_path / "log").read_text()
    assert "ONLY" in log
    assert "AWS" not in log
    assert "error" in log


def test_a_process_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    process = spawn(tmp_path, STUBBORN)
    while "deaf" not in (tmp_path / "log").read_text():
        assert processes.alive(process)
    assert processes.terminate([process], grace_seconds=0.1) == []
    assert not processes.alive(process)


def test_a_recycled_pid_is_neither_alive_nor_ended(stranger: processes.Process) -> None:
    recycled = replace(stranger, born=f"{stranger.born}0")
    assert not processes.alive(recycled)
    assert processes.terminate([recycled], grace_seconds=1) == []
    assert processes.alive(stranger)


def test_a_process_of_an_earlier_boot_is_not_alive(stranger: processes.Process) -> None:
    ticks = stranger.born.rpartition(":")[2]
    assert not processes.alive(replace(stranger, born=f"00000000-0000-0000-0000-000000000000:{ticks}"))


def test_a_zombie_is_not_alive() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.read()
        while processes.birth(process.pid) is not None:
            pass
        assert process.wait() == 0


@pytest.mark.parametrize("content", ["", "{}", "[]", "not json", '{"pid": "1", "born": "x"}'])
def test_what_is_not_a_record_is_ignored(tmp_path: Path, content: str) -> None:
    (tmp_path / "record.json").write_text(content)
    assert processes.recorded(tmp_path / "record.json") is None


def test_a_record_with_a_word_for_a_pid_is_ignored(tmp_path: Path) -> None:
    record = asdict(processes.Process(pid=1, born="x", since="", command=[])) | {"pid": "1"}
    (tmp_path / "record.json").write_text(json.dumps(record))
    assert processes.recorded(tmp_path / "record.json") is None


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    done: list[str] = []

    def block() -> None:
        with processes.deferred_signals():
            signal.raise_signal(signal.SIGINT)
            done.append("rest of the block")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["rest of the block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_termination_lets_the_block_clean_up() -> None:
    with pytest.raises(SystemExit) as left, processes.termination_raises():
        signal.raise_signal(signal.SIGTERM)
    assert left.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
