"""Names of resources in the engine: `urn:pulumi:<stack>::<project>::<types joined by $>::<name>`."""

from __future__ import annotations

import re

STACK_TYPE = "pulumi:pulumi:Stack"
_PARTS = 4
_PROVIDER = re.compile(r"^(urn:pulumi:.*)::[^:]*$")


def is_urn(text: str) -> bool:
    """Say whether a text is a URN."""
    return text.startswith("urn:pulumi:") and len(text.split("::", _PARTS - 1)) == _PARTS


def type_of(urn: str) -> str:
    """Return the type of the resource, without those of its parents."""
    return urn.split("::", _PARTS - 1)[2].rpartition("$")[2]


def name_of(urn: str) -> str:
    """Return the name of the resource in the program."""
    return urn.split("::", _PARTS - 1)[3]


def stack_of(urn: str) -> str:
    """Return the name of the stack."""
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def provider_urn(reference: str) -> str:
    """Return the URN in a reference to a provider (`<urn>::<id>`)."""
    found = _PROVIDER.match(reference)
    return found.group(1) if found else reference
