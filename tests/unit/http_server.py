"""An HTTP server of a test, on loopback."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from http.server import BaseHTTPRequestHandler

    from rehearsal.controlplane import pki


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], identity: pki.Pki | None = None) -> Generator[int]:
    """Serve until the block ends, over TLS where there is an identity; the value is the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if identity:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.certificate, identity.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
