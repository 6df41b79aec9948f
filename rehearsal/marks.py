"""How the engine marks, in JSON, values that are more than JSON (pulumi `sdk/go/common/resource/sig`)."""

from __future__ import annotations

from typing import Final

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Key of an object that stands for something else; its value says for what."""
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (says of a value that it is one)
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
"""A reference to a resource."""
