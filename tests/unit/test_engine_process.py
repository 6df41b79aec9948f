"""The engine on its leash: what it says is read, and nothing of it outlives its end. The engine is a shell here."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rehearsal import leash, process
from rehearsal.errors import RehearsalError
from rehearsal.lock import exclusive

if TYPE_CHECKING:
    from rehearsal.events import Run

# Like the engine's plugins: a process in a group of its own.
PLUGIN = "import os, time; os.setpgid(0, 0); open({path!r}, 'w').write(str(os.getpid())); time.sleep(600)"


def command(script: str, *, lock: int | None = None) -> process.Command:
    return process.Command(
        arguments=["/bin/sh", "-c", script, "sh"], directory=Path("/"), environment={"PATH": os.defpath}, lock=lock
    )


def plugin(path: Path) -> str:
    """Return shell text that starts a plugin and waits until it runs."""
    code = PLUGIN.format(path=str(path))
    return f'{sys.executable} -c "{code}" & while ! [ -s {path} ]; do sleep 0.05; done;'


def wait_for(path: Path) -> int:
    while not (path.exists() and path.read_text()):
        time.sleep(0.05)
    return int(path.read_text())


def wait_until_gone(pid: int) -> None:
    while is_alive(pid):
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    listing = subprocess.run(["/bin/ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listing.stdout.strip() not in {"", "Z"}


def test_output_errors_and_code_are_returned() -> None:
    ended = process.run(command("echo out; echo err >&2; exit 3"), follow=False)
    assert (ended.code, ended.output, ended.errors, ended.interrupted) == (3, "out\n", "err\n", False)


def test_the_event_log_is_read_to_its_end() -> None:
    line = '{\\"summaryEvent\\": {\\"resourceChanges\\": {\\"create\\": 7}}}'
    ended = process.run(command(f'[ -p "$2" ] && echo "{line}" > "$2"'), follow=True)
    assert ended.run.summary == {"create": 7}


def test_no_plugin_outlives_the_engine(tmp_path: Path) -> None:
    ended = process.run(command(plugin(tmp_path / "pid") + "exit 0"), follow=False)
    assert ended.code == 0
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_an_interrupt_reaches_the_engine_which_ends_in_its_own_time() -> None:
    def interrupt(_run: Run, interrupted: object) -> None:
        if not interrupted:
            os.kill(os.getpid(), signal.SIGINT)

    script = "trap 'echo graceful; exit 7' INT; while :; do sleep 0.05; done"
    # The shell may not have set its trap when the first interrupt comes: then it ends by the signal.
    ended = process.run(command(script), follow=False, on_tick=interrupt)
    assert ended.interrupted
    assert ended.code in {7, 128 + signal.SIGINT}


def test_a_second_interrupt_kills_an_engine_that_does_not_listen(tmp_path: Path) -> None:
    def interrupt(_run: Run, _interrupted: object) -> None:
        if (tmp_path / "pid").exists():
            os.kill(os.getpid(), signal.SIGINT)

    ended = process.run(
        command("trap '' INT; " + plugin(tmp_path / "pid") + "wait; sleep 600"), follow=False, on_tick=interrupt
    )
    assert ended.interrupted
    assert ended.code != 0
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_handlers_of_signals_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    process.run(command("exit 0"), follow=False)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_nothing_outlives_a_killed_command(tmp_path: Path) -> None:
    arguments = ["/bin/sh", "-c", plugin(tmp_path / "pid") + "sleep 600"]
    code = (
        "from pathlib import Path; from rehearsal.process import Command, run; "
        f"run(Command(arguments={arguments!r}, directory=Path('/'), environment={{}}), follow=True)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code])
    pid = wait_for(tmp_path / "pid")
    holder.kill()
    holder.wait()
    wait_until_gone(pid)


def test_nothing_outlives_a_killed_leash(tmp_path: Path) -> None:
    def kill_leash(_run: Run, _interrupted: object) -> None:
        if (tmp_path / "pid").exists() and (pid := (tmp_path / "pid").read_text()):
            with contextlib.suppress(ProcessLookupError):  # gone already
                os.kill(os.getsid(int(pid)), signal.SIGKILL)

    ended = process.run(command(plugin(tmp_path / "pid") + "sleep 600"), follow=False, on_tick=kill_leash)
    assert ended.code == -signal.SIGKILL
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_the_leash_spares_other_sessions() -> None:
    other = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
    try:
        process.run(command("exit 0"), follow=False)
        assert other.poll() is None
    finally:
        assert leash.kill_session(other.pid) == 1
        assert other.wait() == -signal.SIGKILL


def test_one_command_at_a_time(tmp_path: Path) -> None:
    refused = pytest.raises(RehearsalError, match=rf"`rehearsal up local` \(process {os.getpid()}\) is at work")
    with exclusive(tmp_path / "a" / "lock", "up local"), refused:
        exclusive(tmp_path / "a" / "lock", "down local").__enter__()
    with exclusive(tmp_path / "a" / "lock", "down local"):
        pass


def test_the_lock_is_held_for_as_long_as_the_engine_lives(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock", "up local") as descriptor:
        ours = [os.dup(descriptor)]

    def try_it(_run: Run, _interrupted: object) -> None:
        if not ours:
            return
        os.close(ours.pop())  # now only the engine has it
        with pytest.raises(RehearsalError):
            exclusive(tmp_path / "lock", "other").__enter__()
        (tmp_path / "tried").touch()

    script = f"while ! [ -e {tmp_path / 'tried'} ]; do sleep 0.05; done"
    process.run(command(script, lock=ours[0]), follow=False, on_tick=try_it)
    with exclusive(tmp_path / "lock", "later"):
        pass


def test_a_lock_whose_file_was_removed_is_taken_anew(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive(path, "down local"):
        path.unlink()
        with exclusive(path, "up local"):
            assert "up local" in path.read_text()
