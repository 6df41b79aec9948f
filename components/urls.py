"""What the program needs to know of an HTTPS URL."""

from __future__ import annotations

from urllib.parse import urlsplit

HTTPS = 443


def https_port(url: str) -> int:
    """Return the port of an HTTPS URL: the one it names, else 443."""
    return urlsplit(url).port or HTTPS
