"""The kubeconfig of the control plane."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rehearsal.controlplane.pki import Pki

NAME = "rehearsal"


def render(server: str, pki: Pki, contexts: Sequence[str]) -> bytes:
    """Return a kubeconfig (YAML) with the current context `rehearsal`; contexts are further names for the cluster."""
    names = dict.fromkeys([NAME, *contexts])
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": NAME, "cluster": {"server": server, "certificate-authority-data": _encoded(pki.authority)}}
        ],
        "users": [
            {
                "name": NAME,
                "user": {
                    "client-certificate-data": _encoded(pki.certificate),
                    "client-key-data": _encoded(pki.key),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": NAME, "user": NAME}} for name in names],
        "current-context": NAME,
    }
    return yaml.safe_dump(document, sort_keys=False).encode()


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
