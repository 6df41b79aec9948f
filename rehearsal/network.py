"""Whether the network lets a rehearsal take plugins and charts from where they are published."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import yaml

from rehearsal.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN_HOST = "get.pulumi.com"
"""Where the CLI downloads plugins from."""
SECONDS = 5
"""How long a host has to answer."""


def require_chart_repositories(lock: Path) -> None:
    """Ask each chart repository that the lock file names for a sign of life; any answer will do.

    Args:
        lock: YAML that maps each chart to a mapping with a `repository`, `https://...` or `oci://...`.

    Raises:
        UsageError: the lock file names no repository, or one does not answer.

    """
    hosts = _hosts(lock)
    if not hosts:
        raise UsageError(f"--upstream-charts: {lock} names no chart repository")
    for host in hosts:
        if reason := _unreachable(host):
            raise UsageError(
                f"--upstream-charts: the chart repository at {host} cannot be reached ({reason}). Leave the option out "
                "to use stand-ins, or name a directory of charts in REHEARSAL_CHARTS."
            )


def require_plugin_host() -> None:
    """Ask the host that publishes the official plugins for a sign of life.

    Raises:
        UsageError: it does not answer.

    """
    if reason := _unreachable(PLUGIN_HOST):
        raise UsageError(
            f"--official-plugins: {PLUGIN_HOST} cannot be reached ({reason}). Leave the option out to use "
            "stand-ins, or name a directory that holds the plugins in REHEARSAL_PLUGINS."
        )


def _unreachable(host: str) -> str | None:
    try:
        with urllib.request.urlopen(urllib.request.Request(f"https://{host}/", method="HEAD"), timeout=SECONDS):
            return None
    except urllib.error.HTTPError as error:
        error.close()  # an answer all the same
        return None
    except OSError as error:
        return str(getattr(error, "reason", error))


def _hosts(lock: Path) -> list[str]:
    try:
        document = cast(object, yaml.safe_load(lock.read_text()))
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(f"--upstream-charts: {lock} cannot be read: {error}") from error
    pins = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    repositories = [cast("dict[str, object]", pin).get("repository") for pin in pins.values() if isinstance(pin, dict)]
    return sorted({urlsplit(text).netloc for text in repositories if isinstance(text, str)})
