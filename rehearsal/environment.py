"""The environment in which the engine runs: what it needs, and nothing of the user's."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.places import Places
    from rehearsal.toolchain import Tools

INHERITED = (
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TMPDIR",
    "TZ",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
"""Variables that pass through; no credential, kubeconfig or cloud variable is among them."""

WITHOUT_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""Has the engine write the state when an operation ends, and not before."""


def passphrase(places: Places) -> str:
    """Return the passphrase of this rehearsal's state, made up on first use."""
    if not places.passphrase.exists():
        places.passphrase.touch(mode=0o600)
        places.passphrase.write_text(secrets.token_urlsafe(24))
    return places.passphrase.read_text()


def engine_environment(*, places: Places, tools: Tools, kubeconfig: Path, outer: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of the engine, given `outer`, the environment of the command."""
    python = Path(sys.executable)
    path = [python.parent, tools.pulumi.parent, tools.helm.parent, "/usr/local/bin", "/usr/bin", "/bin"]
    return {
        **{name: outer[name] for name in INHERITED if name in outer},
        "PATH": ":".join(str(directory) for directory in path),
        "HOME": str(places.user_home),
        "KUBECONFIG": str(kubeconfig),
        "REHEARSAL_HELM": str(tools.helm),
        "PULUMI_HOME": str(places.pulumi_home),
        # Without the sidecar files of attributes: they are not written atomically, so a kill would tear them.
        "PULUMI_BACKEND_URL": f"{places.backend.as_uri()}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": passphrase(places),
        "PULUMI_CREDENTIAL_STORE": "plaintext",
        "PULUMI_DEBUG_COMMANDS": "true",  # --event-log is one of them
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_CI_DETECTION": "1",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        "PULUMI_PYTHON_CMD": str(python),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_SUPPRESS_NEO_LINK": "true",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",  # the language host runs pip
        "PYTHONUNBUFFERED": "1",
    }
