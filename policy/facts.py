"""What rules need of the stack file, from the configuration that the engine hands to the pack."""

from __future__ import annotations

from policy.model import Exemption, Facts
from policy.tree import items, value


def read_facts(platform: object) -> Facts:
    """Read them off the stack file's object `platform`, in camelCase as it stands there; what is absent is absent.

    The program refuses a stack file that is wrong before a resource reaches a rule, so nothing is refused here.
    """
    registry, storage_class = value(platform, "images", "registry"), value(platform, "cluster", "storageClass")
    return Facts(
        registry=registry if isinstance(registry, str) else None,
        storage_class=storage_class if isinstance(storage_class, str) else None,
        exemptions=tuple(
            Exemption(**{key: str(entry.get(key) or "") for key in ("control", "resource", "reason", "expires")})
            for entry in items(platform, "exemptions")
        ),
    )
