"""Makes `.venv` from the lock files, with nothing but the standard library: it runs before anything is installed."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 10)
NEEDED_BYTES = 1_500_000_000
"""Room for the cloud SDKs, which are most of it."""


class SetupError(Exception):
    """Set-up cannot go on; the message is ready to print."""


def fingerprint(locks: list[Path]) -> str:
    """Identify an environment by what it is made from: the interpreter and the content of the lock files."""
    digest = hashlib.sha256(f"{sys.version}\n{sys.executable}\n{ROOT}".encode())
    for path in [*locks, ROOT / "pyproject.toml"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def preflight() -> None:
    """Check what set-up needs before it touches anything.

    Raises:
        SetupError: with everything that is missing.
    """
    problems: list[str] = []
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        problems.append(f"Python {found} at {sys.executable}; needed: 3.10 or newer (set PYTHON=<path> for make)")
    if not os.access(ROOT, os.W_OK):
        problems.append(f"{ROOT} is not writable; .venv is made in it")
    filesystem = os.statvfs(ROOT)
    free = filesystem.f_bavail * filesystem.f_frsize
    if free < NEEDED_BYTES:
        problems.append(f"{free // 10**6} MB free at {ROOT}; needed: {NEEDED_BYTES // 10**6} MB")
    if problems:
        raise SetupError("Cannot set up Python:\n" + "\n".join(f"  - {problem}" for problem in problems))


def run(what: str, command: list[str]) -> None:
    """Run a command, showing how long it takes.

    Raises:
        SetupError: with the last lines that the command wrote.
    """
    interactive = sys.stderr.isatty()
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=ROOT)
        shown = 0.0
        try:
            while process.poll() is None:
                elapsed = time.monotonic() - start
                if interactive:
                    sys.stderr.write(f"\r{what} … {elapsed:.0f} s")
                    sys.stderr.flush()
                elif elapsed - shown >= 15:  # noqa: PLR2004 (seconds between signs of life in a log)
                    sys.stderr.write(f"{what} … {elapsed:.0f} s\n")
                    shown = elapsed
                time.sleep(0.2)
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
        log.seek(0)
        output = log.read()
    back = "\r" if interactive else ""
    sys.stderr.write(f"{back}{what}: {time.monotonic() - start:.0f} s\n")
    if process.returncode:
        raise SetupError(f"{what} failed:\n" + "\n".join(output.splitlines()[-15:]))


def install(locks: list[Path]) -> None:
    """Make the environment anew when what it is made from has changed; a finished one is left alone."""
    marker = VENV / "seldon-platform.ready"
    wanted = fingerprint(locks)
    if marker.is_file() and marker.read_text() in {wanted, fingerprint(every_lock())}:
        return
    preflight()
    marker.unlink(missing_ok=True)
    if not (VENV / "bin" / "python").exists():
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    chosen = [argument for lock in locks for argument in ("--requirement", str(lock))]
    run("Installing Python packages", [*pip, "--no-compile", "--require-hashes", *chosen])
    run("Installing the project", [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    marker.write_text(wanted)


def every_lock() -> list[Path]:
    """List the lock files of a development environment, which is good for everything."""
    return [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]


def main() -> int:
    """Set up `.venv`; the exit code is that of a shell command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="with the tools that test and lint")
    locks = every_lock() if parser.parse_args().dev else every_lock()[:1]
    try:
        install(locks)
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted; run the same command again to go on.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
