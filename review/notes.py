"""Makes what the engine said readable: messages that say the same of many resources are one, with their number."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from review.model import Diagnostic

_REFUSED = re.compile(r'resource "(urn:pulumi:[^"]+)" cannot be deleted\s+because it is protected')
"""What the engine says of a protected resource (pulumi `pkg/resource/deploy`)."""
_NAMES = re.compile(r"""urn:pulumi:[^\s"'`]+|\S*[./-]\S+|"[^"]*"|'[^']*'""")
_EMPTY = "preview failed"
"""What the engine ends a failed preview with; the reason is another message."""


def refused(message: str) -> list[str]:
    """Return the URNs of protected resources of which a message says that the engine does not delete them."""
    return _REFUSED.findall(message)


def condensed(notes: Iterable[Diagnostic], label: Callable[[str], str]) -> tuple[Diagnostic, ...]:
    """Return the messages, those that only differ in the names in them as one; `label` names a resource by its URN."""
    groups: dict[tuple[str, str], list[Diagnostic]] = defaultdict(list)
    for note in notes:
        groups[note.severity, _NAMES.sub("", note.message)].append(note)
    found: list[Diagnostic] = []
    for (severity, shape), alike in groups.items():
        if shape.strip() == _EMPTY and any(kind == severity and other != shape for kind, other in groups):
            continue
        message = _said(alike[0].message, label)
        more = f" ({len(alike) - 1} more like it)" if len(alike) > 1 else ""
        found.append(dataclasses.replace(alike[0], message=f"{message}{more}"))
    return tuple(found)


def _said(message: str, label: Callable[[str], str]) -> str:
    """Leave out how to unprotect a resource: what a reader needs first is what is lost with it."""
    urns = refused(message)
    return f"{label(urns[0])} is protected: the engine refuses to delete it" if urns else message
