"""A review as text: for a terminal, a pull request, other programs, code scanning, or a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from review.formats import html, json_, markdown, sarif, terminal

if TYPE_CHECKING:
    from review.model import Review

Format: TypeAlias = Literal["terminal", "markdown", "json", "sarif", "html"]


def render(review: Review, form: Format, *, limit: int | None = None, width: int = 100, color: bool = False) -> str:
    """Return a review as text, with a line end at its end and no secret in it.

    Args:
        review: what is shown.
        form: for whom.
        limit: most bytes (UTF-8) that a Markdown comment may have; the others have no limit.
        width: columns of the terminal.
        color: whether the terminal shows colours.

    """
    if form == "terminal":
        return terminal.render(review, width=width, color=color)
    if form == "markdown":
        return markdown.render(review) if limit is None else markdown.render(review, limit=limit)
    return {"json": json_.render, "sarif": sarif.render, "html": html.render}[form](review)
