"""Whether two previews would do the same: what is applied is what was reviewed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS = ("custom", "external", "parent", "protect", "provider", "retainOnDelete", "deletedWith", "dependencies")
"""What of a resource's state is compared beside its inputs; the rest (times, outputs, places in the source) varies."""


class PreviewError(Exception):
    """The file is no preview that can be compared."""


def fingerprint(document: object) -> str:
    """Return a digest of everything that a preview would do, the same for previews that would do the same.

    Args:
        document: what `pulumi preview --json` printed. Secrets are masked in it, so nothing of them is in the digest.

    Raises:
        PreviewError: it is no such document, or the preview failed.

    """
    preview: dict[str, Any] = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    if not isinstance(preview.get("steps", [] if "changeSummary" in preview else None), list):
        raise PreviewError("this is not what `pulumi preview --json` prints: an object with a list `steps`")
    said: list[dict[str, Any]] = preview.get("diagnostics") or []
    if any(message.get("severity") == "error" for message in said):
        raise PreviewError("the preview has failed")
    steps: list[dict[str, Any]] = preview.get("steps") or []
    lines = sorted(json.dumps(_step(step), sort_keys=True) for step in steps)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "op": step.get("op"),
        "urn": step.get("urn"),
        "before": _state(step.get("oldState")),
        "after": _state(step.get("newState")),
        "properties": sorted(step.get("detailedDiff") or {}),
        "replaces": sorted(step.get("replaceReasons") or []),
    }


def _state(state: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if state is None:
        return None
    # A setting of the provider that is not set may be there as null.
    return {"inputs": state.get("inputs")} | {name: state.get(name) for name in OPTIONS if state.get(name)}
