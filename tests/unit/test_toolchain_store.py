"""The cache of built tools: whole entries only, one maker at a time."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from rehearsal.progress import Progress
from rehearsal.toolchain.store import Store, cache_home, complete, mark_used, settle, tool_cache

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(root=tmp_path / "tools")
    found.root.mkdir()
    return found


def shown() -> tuple[Progress, io.StringIO]:
    text = io.StringIO()
    return Progress(Console(file=text, width=200)), text


def make(store: Store, entry: Path, content: str = "program") -> None:
    with store.making(entry) as directory:
        (directory / "kwok").write_text(content)
        settle([directory / "kwok"])


def test_an_entry_is_complete_when_its_maker_is_done(store: Store) -> None:
    entry = store.entry("kwok", "0123")
    with store.making(entry) as directory:
        (directory / "kwok").write_text("program")
        settle([directory / "kwok"])
        assert not complete(entry, ["kwok"])
    assert complete(entry, ["kwok"])
    assert [path.name for path in store.root.iterdir()] == ["kwok-0123"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_interrupted_maker_leaves_nothing(store: Store, error: type[BaseException]) -> None:
    def fail() -> None:
        with store.making(store.entry("kwok", "0123")) as directory:
            (directory / "kwok").write_text("half a prog")
            raise error

    with pytest.raises(error):
        fail()
    assert list(store.root.iterdir()) == []


def test_an_entry_that_lost_a_file_is_replaced(store: Store) -> None:
    entry = store.entry("kwok", "0123")
    make(store, entry, "old")
    (entry / "kwok").unlink()
    assert not complete(entry, ["kwok"])
    make(store, entry, "new")
    assert (entry / "kwok").read_text() == "new"
    assert [path.name for path in store.root.iterdir()] == ["kwok-0123"]


def test_a_file_that_cannot_be_executed_or_is_a_directory_is_no_tool(store: Store) -> None:
    (store.root / "a").write_text("")
    (store.root / "b").mkdir()
    assert not complete(store.root, ["a"])
    assert not complete(store.root, ["b"])


def test_cleaning_removes_leftovers_and_what_nobody_used_for_long(store: Store) -> None:
    for name in ("tmp-killed", "kwok-old", "kwok-new", "logs"):
        (store.root / name).mkdir()
        (store.root / name / "file").write_text("")
    os.utime(store.root / "kwok-old", (0, 0))
    os.utime(store.root / "kwok-new", (0, 0))
    mark_used(store.root / "kwok-new")
    store.clean()
    assert sorted(path.name for path in store.root.iterdir()) == ["kwok-new", "logs"]


def test_marking_what_is_not_there_is_harmless(store: Store) -> None:
    mark_used(store.root / "none-0")
    assert list(store.root.iterdir()) == []


def test_the_lock_is_taken_silently_when_it_is_free(tmp_path: Path) -> None:
    progress, text = shown()
    store = Store(root=tmp_path / "new")
    for _ in range(2):
        with store.locked(progress):
            assert (store.root / "lock").read_text() == f"{os.getpid()}\n"
    assert text.getvalue() == ""


def test_a_second_set_up_waits_and_says_for_whom(store: Store) -> None:
    (store.root / "lock").write_text("4711\n")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store.root / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    program = (
        "import sys\nfrom pathlib import Path\nfrom rich.console import Console\n"
        "from rehearsal.progress import Progress\nfrom rehearsal.toolchain.store import Store\n"
        "with Store(root=Path(sys.argv[1])).locked(Progress(Console(width=200))): print('locked')"
    )
    second = subprocess.Popen([sys.executable, "-u", "-c", program, str(store.root)], stdout=subprocess.PIPE, text=True)
    assert second.stdout is not None
    assert second.stdout.readline() == "waiting for the set-up of the tools that process 4711 started: started\n"
    holder.communicate()
    rest, _ = second.communicate(timeout=60)
    assert rest.splitlines()[-1] == "locked"
    assert second.returncode == 0


def test_a_child_of_a_killed_set_up_keeps_the_lock(store: Store) -> None:
    program = (
        "import os, subprocess, sys\nfrom pathlib import Path\nfrom rich.console import Console\n"
        "from rehearsal.progress import Progress\nfrom rehearsal.toolchain.store import Store\n"
        "with Store(root=Path(sys.argv[1])).locked(Progress(Console())) as lock:\n"
        "    child = subprocess.Popen(['sleep', '600'], pass_fds=[lock], stdout=subprocess.DEVNULL)\n"
        "    print(child.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(store.root)], stdout=subprocess.PIPE, check=False)
    orphan = int(killed.stdout)
    probe = ["flock", "--nonblock", str(store.root / "lock"), "true"]
    try:
        assert subprocess.run(probe, check=False).returncode == 1
    finally:
        os.kill(orphan, 9)
    while subprocess.run(probe, check=False).returncode:
        time.sleep(0.05)


def test_the_cache_follows_xdg_and_ignores_a_relative_one() -> None:
    assert cache_home({"XDG_CACHE_HOME": "/var/cache/user"}) == Path("/var/cache/user")
    assert cache_home({"XDG_CACHE_HOME": "here"}) == Path.home() / ".cache"
    assert cache_home({}) == Path.home() / ".cache"
    assert tool_cache({"XDG_CACHE_HOME": "/c"}) == Path("/c/seldon-platform/tools")
