"""The few requests that the control plane makes to its own API server."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.controlplane.pki import Pki

Document = dict[str, Any]

# Seconds; whoever else holds the port may accept a connection and never answer.
_READY_TIMEOUT = 2.0
_TIMEOUT = 15.0
_HTTP_OK = range(200, 300)
_HTTP_NOT_FOUND = 404


class ApiError(Exception):
    """The API server refused a request; the message holds method, path, status and what it said."""


class Api:
    """Requests to the API server on a loopback port with the administrator's certificate; proxies are never used."""

    def __init__(self, port: int, pki: Pki) -> None:
        self._port = port
        self._context = ssl.create_default_context(cafile=str(pki.authority))
        self._context.load_cert_chain(pki.certificate, pki.key)

    def get(self, path: str) -> Document | None:
        """Return the JSON document at path, None when there is none.

        Raises ApiError on any other refusal, OSError or http.client.HTTPException when nobody answers.
        """
        text = self._request("GET", path, None)
        return None if text is None else json.loads(text)

    def ready(self) -> bool:
        """Tell whether the API server answers and says that it is ready; raises like get."""
        return self._request("GET", "/readyz", None, timeout=_READY_TIMEOUT) == b"ok"

    def apply(self, path: str, manifest: Document) -> bool:
        """Apply the manifest with server-side apply at path; raises like get, False when the kind is not served."""
        return (
            self._request("PATCH", f"{path}?fieldManager=rehearsal&force=true", json.dumps(manifest).encode())
            is not None
        )

    def delete(self, path: str) -> None:
        """Delete what is at path, if anything; raises like get."""
        self._request("DELETE", path, None)

    def _request(self, method: str, path: str, body: bytes | None, *, timeout: float = _TIMEOUT) -> bytes | None:
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=timeout, context=self._context)
        try:
            # JSON is YAML.
            headers = {"Content-Type": "application/apply-patch+yaml"} if body else {}
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if response.status == _HTTP_NOT_FOUND:
            return None
        if response.status not in _HTTP_OK:
            raise ApiError(f"{method} {path}: {response.status} {text[:500].decode(errors='replace')}")
        return text
