"""Commands with a log, watched and ended together."""

from __future__ import annotations

import io
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from rich.console import Console

from rehearsal.progress import Progress
from rehearsal.toolchain import ToolchainError
from rehearsal.toolchain.process import Command, redacted, run


def shell(tmp_path: Path, script: str, name: str = "one") -> Command:
    return Command(
        purpose=f"building {name}",
        arguments=("sh", "-c", script),
        directory=tmp_path,
        log=tmp_path / "logs" / f"{name}.log",
    )


def attempt(*commands: Command, interrupt: bool = False) -> None:
    def note(printed: str) -> str:
        if interrupt and "ready" in printed:
            raise KeyboardInterrupt
        return ""

    lock = os.open(commands[0].directory / "lock", os.O_RDONLY | os.O_CREAT)
    try:
        with Progress(Console(file=io.StringIO())) as progress, progress.step("x") as step:
            run(commands, environment={"PATH": os.environ["PATH"], "WORD": "hello"}, step=step, lock=lock, note=note)
    finally:
        os.close(lock)


def wait_until_gone(pid_file: Path) -> None:
    """Return when the process has ended; one that its new parent has not collected yet (state Z) has."""
    status = Path("/proc") / pid_file.read_text().strip() / "stat"
    with suppress(FileNotFoundError, ProcessLookupError):
        while status.read_text().rsplit(")", 1)[1].split()[0] != "Z":
            time.sleep(0.05)


def test_output_of_every_command_is_in_its_own_log(tmp_path: Path) -> None:
    attempt(shell(tmp_path, "echo $WORD; pwd >&2"), shell(tmp_path, "echo two", "two"))
    assert (tmp_path / "logs" / "one.log").read_text() == f"hello\n{tmp_path}\n"
    assert (tmp_path / "logs" / "two.log").read_text() == "two\n"


def test_a_command_holds_the_lock_of_the_one_who_started_it(tmp_path: Path) -> None:
    attempt(shell(tmp_path, "readlink /proc/$$/fd/* || true"))
    assert str(tmp_path / "lock") in (tmp_path / "logs" / "one.log").read_text().splitlines()


def test_a_failure_shows_the_last_lines_and_the_log(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError) as error:
        attempt(shell(tmp_path, "seq 1 100; exit 3"))
    lines = str(error.value).splitlines()
    assert lines[0] == "building one failed. The end of its output:"
    assert lines[1:-1] == [f"  {number}" for number in range(86, 101)]
    assert lines[-1] == f"All of it: {tmp_path}/logs/one.log"


def test_credentials_in_urls_are_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError) as error:
        attempt(shell(tmp_path, "echo get https://user:s3cret@go.acme.example/mod; exit 1"))
    assert "s3cret" not in str(error.value)
    assert "https://***@go.acme.example/mod" in str(error.value)
    assert redacted("https://acme.example/a@v1.2.3") == "https://acme.example/a@v1.2.3"


def test_lack_of_memory_is_called_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"building one failed: .* memory ran out"):
        attempt(shell(tmp_path, "echo link: signal: killed; exit 1"))
    with pytest.raises(ToolchainError, match="building one failed: it was ended by signal 9"):
        attempt(shell(tmp_path, "kill -9 $$"))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = Command(purpose="building x", arguments=("/nowhere/go",), directory=tmp_path, log=tmp_path / "x.log")
    with pytest.raises(ToolchainError, match="building x failed: /nowhere/go: No such file"):
        attempt(missing)


def test_one_failure_ends_the_others_with_their_children(tmp_path: Path) -> None:
    endless = shell(tmp_path, "sleep 600 & echo $! > child; wait", "endless")
    with pytest.raises(ToolchainError, match="building one failed"):
        attempt(endless, shell(tmp_path, "while [ ! -s child ]; do sleep 0.05; done; exit 1"))
    wait_until_gone(tmp_path / "child")


def test_an_interrupt_ends_everything(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        attempt(shell(tmp_path, "echo $$ > self; echo ready; sleep 600"), interrupt=True)
    wait_until_gone(tmp_path / "self")
