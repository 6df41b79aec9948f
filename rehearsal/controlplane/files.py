"""Files of the control plane's directory: private, and written whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.controlplane.model import ControlPlaneError

if TYPE_CHECKING:
    from collections.abc import Generator

_LOCK_SECONDS = 120


def private_directory(path: Path) -> Path:
    """Create the directory (and its parents) when missing and close it to other users; returns it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write the file with mode 0600, replacing an older one in a single step."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the file's exclusive lock; the kernel releases it when the holder dies.

    Raises ControlPlaneError when another process keeps it for two minutes.
    """
    with path.open("ab") as file:
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ControlPlaneError(
                        f"Another command is starting or stopping this control plane (it holds {path}).\n"
                        "Wait for it to end, or end it, and try again."
                    ) from None
                time.sleep(0.1)
        yield
