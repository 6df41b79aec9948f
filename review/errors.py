"""What keeps a review from being made."""

from __future__ import annotations


class ReviewError(Exception):
    """Something given to the review cannot be used; the message names it, what was found and what is allowed."""
