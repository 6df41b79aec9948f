"""References of images: their parts, their full form, and their name in a mirror."""

from __future__ import annotations

import re
from dataclasses import dataclass

from supply.errors import SupplyError

_NAME = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_REFERENCE = re.compile(
    rf"(?:(?P<host>[A-Za-z0-9.-]+(?::[0-9]+)?)/)??(?P<path>{_NAME}(?:/{_NAME})*)"
    rf"(?::(?P<tag>{_TAG}))?(?:@(?P<digest>sha256:[0-9a-f]{{64}}))?"
)
"""As the distribution project's reference/regexp.go has it, with SHA-256 alone."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A full reference: the registry is always there, as is a tag or a digest."""

    host: str
    path: str
    tag: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        return f"{self.host}/{self.path}{self.version}"

    @property
    def version(self) -> str:
        """`:<tag>`, `@<digest>`, or both."""
        return (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    def mirrored(self, registry: str) -> str:
        """Name the image in a mirror, which keeps the upstream path below its own."""
        return f"{registry}/{self.path}{self.version}"


def parse(text: str) -> Reference:
    """Read a reference as a container runtime does: without a registry it is Docker Hub's, without a tag `latest`.

    Raises:
        SupplyError: it is no reference.
    """
    host, slash, rest = text.partition("/")
    named = bool(slash) and ("." in host or ":" in host or host == "localhost")
    found = _REFERENCE.fullmatch(rest if named else text)
    if found is None or found["host"]:
        raise SupplyError(f"image {text!r} is no reference; allowed: [<host>/]<path>[:<tag>][@sha256:<64 hex digits>]")
    path = found["path"] if named or "/" in found["path"] else f"library/{found['path']}"
    tag = found["tag"] or (None if found["digest"] else "latest")
    return Reference(host=host if named else "docker.io", path=path, tag=tag, digest=found["digest"])
