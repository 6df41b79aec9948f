"""GitHub and GitLab, as far as a review needs them: comments on a change, and issues."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote, urlencode

from review.ci.rest import ForgeError, Rest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LABEL = "drift"
"""Label of the issues; it keeps the search for them short."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A comment, or an issue with its text."""

    id: int
    body: str
    own: bool
    """Whether the owner of the token wrote it: what others wrote is never taken for a comment of the review."""


class Forge(Protocol):
    """Where a change is discussed."""

    @property
    def limit(self) -> int:
        """Most characters of a text."""
        ...

    def comments(self) -> Iterator[Note]:
        """Yield the comments of the change."""
        ...

    def add_comment(self, body: str) -> None:
        """Comment on the change."""
        ...

    def change_comment(self, comment: int, body: str) -> None:
        """Replace the text of a comment."""
        ...

    def open_issues(self) -> Iterator[Note]:
        """Yield the open issues with the label."""
        ...

    def open_issue(self, title: str, body: str) -> None:
        """Open an issue with the label."""
        ...

    def change_issue(self, issue: int, body: str) -> None:
        """Replace the text of an issue."""
        ...

    def close_issue(self, issue: int, comment: str) -> None:
        """Close an issue and say why."""
        ...


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """A repository on GitHub, and the pull request of the event."""

    rest: Rest
    repository: str
    """Owner and name."""
    number: int | None
    """Number of the pull request; None for an event that has none."""
    author: str
    """Login of the token's owner."""
    limit: int = 65_536

    def comments(self) -> Iterator[Note]:
        """Yield the comments of the pull request."""
        return map(self._note, self.rest.pages(f"{self._repo}/issues/{self._pull}/comments?per_page=100"))

    def add_comment(self, body: str) -> None:
        """Comment on the pull request."""
        self.rest.call("POST", f"{self._repo}/issues/{self._pull}/comments", {"body": body})

    def change_comment(self, comment: int, body: str) -> None:
        """Replace the text of a comment."""
        self.rest.call("PATCH", f"{self._repo}/issues/comments/{comment}", {"body": body})

    def open_issues(self) -> Iterator[Note]:
        """Yield the open issues with the label."""
        query = urlencode({"labels": LABEL, "state": "open", "per_page": 100})
        return (
            self._note(issue, key="number")
            for issue in self.rest.pages(f"{self._repo}/issues?{query}")
            if "pull_request" not in issue
        )

    def open_issue(self, title: str, body: str) -> None:
        """Open an issue with the label."""
        self.rest.call("POST", f"{self._repo}/issues", {"title": title, "body": body, "labels": [LABEL]})

    def change_issue(self, issue: int, body: str) -> None:
        """Replace the text of an issue."""
        self.rest.call("PATCH", f"{self._repo}/issues/{issue}", {"body": body})

    def close_issue(self, issue: int, comment: str) -> None:
        """Close an issue and say why."""
        self.rest.call("POST", f"{self._repo}/issues/{issue}/comments", {"body": comment})
        self.rest.call("PATCH", f"{self._repo}/issues/{issue}", {"state": "closed", "state_reason": "completed"})

    @property
    def _repo(self) -> str:
        return f"/repos/{quote(self.repository)}"

    @property
    def _pull(self) -> int:
        if self.number is None:
            raise ForgeError("the event has no pull request to comment on")
        return self.number

    def _note(self, entry: Mapping[str, Any], *, key: str = "id") -> Note:
        login = cast("dict[str, Any]", entry.get("user") or {}).get("login")
        return Note(id=entry[key], body=entry.get("body") or "", own=login == self.author)


@dataclass(frozen=True, kw_only=True)
class GitLab:
    """A project on GitLab, and the merge request of the pipeline."""

    rest: Rest
    project: str
    """Number of the project."""
    number: int | None
    """Number of the merge request in the project; None for a pipeline that has none."""
    author: int
    """Number of the token's owner."""
    limit: int = 1_000_000

    def comments(self) -> Iterator[Note]:
        """Yield the comments of the merge request."""
        return map(self._note, self.rest.pages(f"{self._merge}/notes?per_page=100"))

    def add_comment(self, body: str) -> None:
        """Comment on the merge request."""
        self.rest.call("POST", f"{self._merge}/notes", {"body": body})

    def change_comment(self, comment: int, body: str) -> None:
        """Replace the text of a comment."""
        self.rest.call("PUT", f"{self._merge}/notes/{comment}", {"body": body})

    def open_issues(self) -> Iterator[Note]:
        """Yield the open issues with the label."""
        query = urlencode({"labels": LABEL, "state": "opened", "per_page": 100})
        return (
            self._note(issue, key="iid", text="description")
            for issue in self.rest.pages(f"{self._root}/issues?{query}")
        )

    def open_issue(self, title: str, body: str) -> None:
        """Open an issue with the label."""
        self.rest.call("POST", f"{self._root}/issues", {"title": title, "description": body, "labels": LABEL})

    def change_issue(self, issue: int, body: str) -> None:
        """Replace the text of an issue."""
        self.rest.call("PUT", f"{self._root}/issues/{issue}", {"description": body})

    def close_issue(self, issue: int, comment: str) -> None:
        """Close an issue and say why."""
        self.rest.call("POST", f"{self._root}/issues/{issue}/notes", {"body": comment})
        self.rest.call("PUT", f"{self._root}/issues/{issue}", {"state_event": "close"})

    @property
    def _root(self) -> str:
        return f"/projects/{quote(self.project, safe='')}"

    @property
    def _merge(self) -> str:
        if self.number is None:
            raise ForgeError("the pipeline has no merge request to comment on")
        return f"{self._root}/merge_requests/{self.number}"

    def _note(self, entry: Mapping[str, Any], *, key: str = "id", text: str = "body") -> Note:
        author = cast("dict[str, Any]", entry.get("author") or {}).get("id")
        return Note(id=entry[key], body=entry.get(text) or "", own=author == self.author)


def forge_of(environment: Mapping[str, str] = os.environ) -> Forge:
    """Return the forge that this job runs on, from the variables that it sets and a token.

    On GitHub the token is GITHUB_TOKEN, on GitLab REVIEW_TOKEN.

    Raises:
        ForgeError: a variable is missing, or the token is not accepted.

    """
    try:
        if environment.get("GITLAB_CI"):
            rest = Rest(root=environment["CI_API_V4_URL"], headers={"PRIVATE-TOKEN": environment["REVIEW_TOKEN"]})
            number = environment.get("CI_MERGE_REQUEST_IID")
            return GitLab(
                rest=rest,
                project=environment["CI_PROJECT_ID"],
                number=int(number) if number else None,
                author=rest.call("GET", "/user")["id"],
            )
        headers = {"Authorization": f"Bearer {environment['GITHUB_TOKEN']}", "X-GitHub-Api-Version": "2022-11-28"}
        return GitHub(
            rest=Rest(root=environment["GITHUB_API_URL"], headers=headers),
            repository=environment["GITHUB_REPOSITORY"],
            number=event(environment).get("pull_request", {}).get("number"),
            author=environment.get("REVIEW_AUTHOR", "github-actions[bot]"),
        )
    except KeyError as error:
        raise ForgeError(
            f"the environment variable {error.args[0]} is not set: is this a job of GitHub or GitLab?"
        ) from error


def event(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the event that started the workflow."""
    return cast("dict[str, Any]", json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text()))


def run_url(environment: Mapping[str, str]) -> str:
    """Return the address of this run, where its artifacts are."""
    if environment.get("GITLAB_CI"):
        return environment["CI_PIPELINE_URL"]
    return "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format_map(environment)
