"""What the images are to trust beside what they trust anyway, as files in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.contracts import PublicAuthorities, Trust
from components.trust import AUTHORITY_KEY, authority_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi

FOLDER = "/etc/seldon-platform/authorities"
VOLUME = "authorities"
SYSTEM = "/etc/ssl/certs"


@dataclass(frozen=True, kw_only=True)
class Authorities:
    """Secrets of one namespace, by the name of the file that each becomes."""

    secrets: Mapping[str, str]

    def env(self) -> list[dict[str, Any]]:
        """Go reads these folders beside its first file of authorities (crypto/x509, root_unix.go): nothing is lost."""
        return [{"name": "SSL_CERT_DIR", "value": f"{SYSTEM}:{FOLDER}"}] if self.secrets else []

    def mounts(self) -> list[dict[str, Any]]:
        """Return where a container finds them."""
        return [{"name": VOLUME, "mountPath": FOLDER, "readOnly": True}] if self.secrets else []

    def volumes(self) -> list[dict[str, Any]]:
        """Return one volume: certificates alone, because a Secret of cert-manager's has a key too."""
        sources = [
            {"secret": {"name": secret, "items": [{"key": AUTHORITY_KEY, "path": f"{file}.crt"}]}}
            for file, secret in sorted(self.secrets.items())
        ]
        return [{"name": VOLUME, "projected": {"sources": sources}}] if sources else []


def distinct(trusts: Mapping[str, Trust]) -> dict[str, Trust]:
    """Leave out what images trust anyway, and what is named a second time."""
    kept: dict[str, Trust] = {}
    for purpose, trust in trusts.items():
        if not isinstance(trust, PublicAuthorities) and trust not in kept.values():
            kept[purpose] = trust
    return kept


def trusted(
    name: str, workload: str, trusts: Mapping[str, Trust], *, namespace: str, opts: pulumi.ResourceOptions
) -> tuple[Authorities, list[pulumi.Resource]]:
    """Make a Secret for each authority that a workload is to trust, by what it verifies."""
    secrets: dict[str, str] = {}
    made: list[pulumi.Resource] = []
    for purpose, trust in distinct(trusts).items():
        secret_name = f"{workload}-trusts-{purpose}"
        secret = authority_secret(
            f"{name}-trusts-{purpose}",
            trust,
            namespace=namespace,
            secret_name=secret_name,
            dns_names=[f"{secret_name}.{namespace}.svc"],
            opts=opts,
        )
        if secret is not None:
            secrets[purpose] = secret_name
            made.append(secret)
    return Authorities(secrets=secrets), made
