"""Alerts of the platform: what each must say for Alertmanager to route it."""

from __future__ import annotations

from typing import Any, Literal


def alert(name: str, expr: str, minutes: int, severity: Literal["critical", "warning"], summary: str) -> dict[str, Any]:
    """Make an alerting rule that fires after `expr` has held for so many minutes."""
    return {
        "alert": name,
        "expr": expr,
        "for": f"{minutes}m",
        "labels": {"severity": severity, "type": "infra"},
        "annotations": {"summary": summary},
    }
