"""A forge on loopback that keeps comments and issues as GitHub and GitLab do, as far as a review asks."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

from http_server import listening

if TYPE_CHECKING:
    from collections.abc import Generator

GITHUB, GITLAB = "github", "gitlab"
BOT = {"login": "github-actions[bot]", "id": 41}
STRANGER = {"login": "stranger", "id": 7}
TOKEN = "t0ken-of-the-job"
PAGE = 2
"""Entries a page, so that lists have several."""


@dataclass(kw_only=True)
class Forge:
    """What was written, and who asked with what."""

    kind: str
    root: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    issues: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    requests: list[str] = field(default_factory=list[str])
    tokens: set[str] = field(default_factory=set[str])

    def comment(self, body: str, who: dict[str, Any]) -> None:
        """Put a comment there."""
        entry = {"id": 100 + len(self.comments), "body": body}
        self.comments.append({**entry, "user": who, "author": who})

    @property
    def bodies(self) -> list[str]:
        """The texts of the comments, the oldest first."""
        return [entry["body"] for entry in self.comments]

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Do what a request asks for and return the answer; None if there is nothing of the name."""
        if path.endswith("/user"):
            return BOT
        on_an_issue = "/issues/9/" in path
        if "/comments" in path or "/notes" in path:
            return {} if on_an_issue else self._comments(method, path, body)
        return self._issues(method, path, body)

    def _comments(self, method: str, path: str, body: dict[str, Any]) -> Any:
        if method == "GET":
            return self.comments
        if method == "POST":
            self.comment(body["body"], BOT)
            return {}
        found = next((entry for entry in self.comments if path.endswith(f"/{entry['id']}")), None)
        if found:
            found.update(body)
        return found

    def _issues(self, method: str, path: str, body: dict[str, Any]) -> Any:
        if method == "GET":
            return [issue for issue in self.issues if issue["state"] != "closed"]
        if method == "POST":
            self.issues.append({"number": 9, "iid": 9, "state": "open", "user": BOT, "author": BOT, **body})
            return {}
        found = next((issue for issue in self.issues if path.endswith(f"/{issue['number']}")), None)
        if found:
            found.update({"state": "closed"} if body.get("state_event") == "close" else body)
        return found


@contextmanager
def serving(kind: str) -> Generator[Forge]:
    """Serve a forge while the block runs."""
    forge = Forge(kind=kind)

    class Handler(BaseHTTPRequestHandler):
        def do_any(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body: dict[str, Any] = json.loads(self.rfile.read(length)) if length else {}
            forge.requests.append(f"{self.command} {url.path}")
            forge.tokens.add(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or "")
            answer: Any = forge.answer(self.command, url.path, body)
            link = ""
            if isinstance(answer, list):
                entries = cast("list[Any]", answer)
                page = int(parse_qs(url.query).get("page", ["1"])[0])
                answer = entries[(page - 1) * PAGE : page * PAGE]
                if page * PAGE < len(entries):
                    link = f'<{forge.root}{url.path}?page={page + 1}>; rel="next"'
            self.send_response(404 if answer is None else 200)
            if link:
                self.send_header("Link", link)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = do_PUT = do_any  # noqa: N815 (names that the server looks for)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the names are the server's)
            """Say nothing."""

    with listening(Handler) as port:
        forge.root = f"http://127.0.0.1:{port}"
        yield forge
