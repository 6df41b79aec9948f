"""A client of a forge's REST interface: JSON in, JSON out, the token to its own host and nowhere else."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from http.client import HTTPMessage
    from typing import IO

SECONDS = 30
NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next"?')
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ForgeError(Exception):
    """The forge did not do what it was asked to, in words for the log of a job."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Redirects are not followed: the token would go along."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        del req, fp, code, msg, headers, newurl


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A REST interface below one address."""

    root: str
    """Such as `https://api.github.com`."""
    headers: Mapping[str, str]

    def __post_init__(self) -> None:
        """Refuse an address to which a token would travel in the clear."""
        url = urlsplit(self.root)
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
            raise ForgeError(f"{self.root}: must be an https address")

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 (any JSON)
        """Return the document that the interface answers with; None if it is empty.

        Raises:
            ForgeError: it refused, or there was no answer.

        """
        return self._send(method, f"{self.root}{path}", body)[0]

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the entries of a list over all of its pages.

        Raises:
            ForgeError: it refused, there was no answer, or the next page is elsewhere.

        """
        url: str | None = f"{self.root}{path}"
        while url:
            if not url.startswith(f"{self.root}/"):
                raise ForgeError(f"{self.root}: the next page is said to be at {url}, which is elsewhere")
            entries, link = self._send("GET", url, None)
            yield from cast("list[dict[str, Any]]", entries)
            found = NEXT.search(link)
            url = found[1] if found else None

    def _send(self, method: str, url: str, body: Mapping[str, Any] | None) -> tuple[Any, str]:
        headers = {"User-Agent": "change-review", "Accept": "application/json", **self.headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 (checked above)
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=SECONDS) as response:
                text = response.read()
                return (json.loads(text) if text else None), response.headers.get("Link") or ""
        except urllib.error.HTTPError as error:
            said = error.read(500).decode(errors="replace")
            raise ForgeError(f"{method} {url}: {error.code} {said}") from error
        except (OSError, ValueError) as error:
            raise ForgeError(f"{method} {url}: {error}") from error
