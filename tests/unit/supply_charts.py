"""A Helm repository of a test: a chart archive and an index, on loopback."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, ClassVar

from http_server import listening
from rich.console import Console

from rehearsal.toolchain import ensure_tools

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


def helm() -> Path:
    """Return the rehearsal's helm."""
    return ensure_tools(console=Console(stderr=True)).helm


def archive(name: str, version: str, *, description: str = "") -> bytes:
    """Make the archive of a chart that has nothing but its Chart.yaml; the same every time."""
    text = f"apiVersion: v2\nname: {name}\nversion: {version}\ndescription: '{description}'\n".encode()
    made = io.BytesIO()
    # The time in gzip's header would make another digest every second.
    with gzip.GzipFile(fileobj=made, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as packed:
        member = tarfile.TarInfo(f"{name}/Chart.yaml")
        member.size = len(text)
        packed.addfile(member, io.BytesIO(text))
    return made.getvalue()


def sha256(content: bytes) -> str:
    """Return the digest of an archive, in hex."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def repository(charts: dict[tuple[str, str], bytes]) -> Generator[str]:
    """Serve charts by name and version until the block ends; the value is the repository's address."""
    entries = "".join(
        f"  {name}:\n  - apiVersion: v2\n    name: {name}\n    version: {version}\n    urls: [{name}-{version}.tgz]\n"
        for name, version in charts
    )
    files = {f"/{name}-{version}.tgz": content for (name, version), content in charts.items()}
    files["/index.yaml"] = f"apiVersion: v1\nentries:\n{entries}".encode()

    class Handler(BaseHTTPRequestHandler):
        known: ClassVar[dict[str, bytes]] = files

        def do_GET(self) -> None:
            content = self.known.get(self.path)
            self.send_response(404 if content is None else 200)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as the base class has it)
            """Say nothing."""

    with listening(Handler) as port:
        yield f"http://127.0.0.1:{port}"
