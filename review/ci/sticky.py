"""One comment per stack on a change, and one issue per stack that has drifted: made once, then updated."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from review.ci.forge import Forge, Note

PREFIX = "<!-- seldon-platform-review: "
DRIFT_PREFIX = "<!-- seldon-platform-drift: "
SUFFIX = " -->"
GONE = "This change does not touch this stack any more, so there is nothing to review."


def marker(stack: str, prefix: str = PREFIX) -> str:
    """Return the invisible first line by which the text about a stack is found again."""
    return f"{prefix}{quote(stack, safe='').replace('--', '%2D%2D')}{SUFFIX}"


def comment(forge: Forge, reviews: Mapping[str, str | None], footer: str) -> list[str]:
    """Make the comments of a change what its reviews say, and return what was done, a line each.

    A stack that was commented on before and that the change does not touch any more is said to be so.

    Args:
        forge: where the change is discussed.
        reviews: the review of each stack that the change touches, in Markdown; None if there is none.
        footer: what to say below, such as where the whole report is.

    """
    found = _found(forge.comments(), PREFIX)
    done: list[str] = []
    for stack, review in reviews.items():
        body = _body(stack, review, footer, forge.limit)
        note = found.pop(marker(stack), None)
        if note is None:
            forge.add_comment(body)
        elif note.body != body:
            forge.change_comment(note.id, body)
        done.append(f"{stack}: {'commented' if note is None else 'updated'}")
    for first_line, note in found.items():
        body = f"{first_line}\n{GONE}\n\n{footer}\n"
        if note.body != body:
            forge.change_comment(note.id, body)
            done.append("updated the comment on a stack that is not touched any more")
    return done


def drift(forge: Forge, stack: str, review: str | None, footer: str, *, drifted: bool) -> str:
    """Open, update or close the issue on the drift of a stack, and return what was done.

    Args:
        forge: where the issues are.
        stack: name of the stack.
        review: what has drifted, in Markdown.
        footer: what to say below.
        drifted: whether anything has.

    """
    first_line = marker(stack, DRIFT_PREFIX)
    note = _found(forge.open_issues(), DRIFT_PREFIX).get(first_line)
    if not drifted:
        if note is None:
            return f"{stack}: no drift"
        forge.close_issue(note.id, f"Nothing of this stack differs from its program any more.\n\n{footer}\n")
        return f"{stack}: no drift any more, issue closed"
    body = _body(stack, review, footer, forge.limit, DRIFT_PREFIX)
    if note is None:
        forge.open_issue(f"Drift in the stack {stack}", body)
        return f"{stack}: drift, issue opened"
    forge.change_issue(note.id, body)
    return f"{stack}: drift, issue updated"


def _found(notes: Iterable[Note], prefix: str) -> dict[str, Note]:
    """Return the oldest own text of each stack, by its first line."""
    found: dict[str, Note] = {}
    for note in notes:
        first_line = note.body.partition("\n")[0].rstrip("\r")
        if note.own and first_line.startswith(prefix) and first_line.endswith(SUFFIX):
            found.setdefault(first_line, note)
    return found


def _body(stack: str, review: str | None, footer: str, limit: int, prefix: str = PREFIX) -> str:
    """Put the marker before a review and the footer below; the review's own marker, whatever it says, is left out."""
    if review is None:
        text = (
            f"## ⛔ `{stack}` could not be reviewed\n\nThe job's log says why. Nothing is known of what would change."
        )
    else:
        lines = review.splitlines()
        text = "\n".join(_without_markers(lines)).strip()
    body = f"{marker(stack, prefix)}\n{text}\n\n{footer}\n"
    if len(body) > limit:
        text = f"## ⛔ The review of `{stack}` is too long for a comment\n\nIt is in the report of the run."
        body = f"{marker(stack, prefix)}\n{text}\n\n{footer}\n"
    return body


def _without_markers(lines: Sequence[str]) -> Sequence[str]:
    return lines[1:] if lines and lines[0].startswith((PREFIX, DRIFT_PREFIX)) else lines
