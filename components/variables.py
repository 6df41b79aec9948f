"""Variables of containers whose values are in Secrets."""

from __future__ import annotations

from typing import Any


def from_secret(secret: str, key: str) -> dict[str, Any]:
    """Return where a variable takes its value: a key of a Secret in the pod's own namespace."""
    return {"secretKeyRef": {"name": secret, "key": key}}


def secret_variable(name: str, secret: str, key: str) -> dict[str, Any]:
    """Return a variable with its value from there."""
    return {"name": name, "valueFrom": from_secret(secret, key)}
