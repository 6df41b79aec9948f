"""Takes everything secret out of what the engine says, before anything else sees it."""

from __future__ import annotations

import re
from typing import Any, cast

from review.model import SECRET, UNKNOWN, Value

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key of a value that the engine has encoded specially (pulumi `sdk/go/common/resource/sig`)."""
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (the engine's mark of one)
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
_UNKNOWNS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # any kind of value (pulumi `sdk/go/common/resource/plugin/rpc.go`)
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)
_PRINTED = "[secret]"
_SECRET_KEYS = re.compile(
    r"(password|passwd|passphrase|private_?key|secret_?key|secret_?access_?key|client_?secret|api_?key|token)$",
    re.IGNORECASE,
)
_KEY_BLOCK = "PRIVATE KEY-----"
_CREDENTIALS = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_KUBERNETES_SECRET = re.compile(r"kubernetes:core/v1:Secret(Patch)?$")
_HELD = ("data", "stringData")


def masked(value: Any) -> Value:  # noqa: ANN401 (any JSON value)
    """Return the value with markers for secrets and for what is known only after apply.

    A secret is what the engine marks so, what it prints as `[secret]`, a private key, a URL with a password in it, and
    a text under a name such as `password`, be it a key or the name of an environment variable.
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [masked(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return _object(cast("dict[str, Any]", value))
    return cast("Value", value)


def masked_properties(properties: Any, resource_type: str) -> dict[str, Value]:  # noqa: ANN401 (any JSON value)
    """Return the properties of a resource, masked; what a Kubernetes Secret holds is secret, whoever made it."""
    if not isinstance(properties, dict):
        return {}
    given = cast("dict[str, Any]", properties)
    result = {name: masked(value) for name, value in given.items() if not name.startswith("__")}
    if _KUBERNETES_SECRET.match(resource_type):
        for name in _HELD:
            if (held := result.get(name)) is not None and held is not UNKNOWN:
                result[name] = dict.fromkeys(held, SECRET) if isinstance(held, dict) else SECRET
        _without_applied(result)
    return result


def _without_applied(properties: dict[str, Value]) -> None:
    metadata = properties.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict) and _APPLIED in annotations:
        annotations[_APPLIED] = SECRET


def _text(value: str) -> Value:
    if value == _PRINTED or _KEY_BLOCK in value or ("://" in value and _CREDENTIALS.search(value)):
        return SECRET
    return UNKNOWN if len(value) == 36 and value in _UNKNOWNS else value  # noqa: PLR2004 (the length of a UUID)


def _object(value: dict[str, Any]) -> Value:
    mark = value.get(SIGNATURE)
    if mark is not None:
        return _special(mark, value)
    result: dict[str, Value] = {}
    for name, inner in value.items():
        if isinstance(inner, str) and inner and _SECRET_KEYS.search(name):
            result[name] = UNKNOWN if inner in _UNKNOWNS else SECRET
        elif not name.startswith("__"):
            result[name] = masked(inner)
    named = value.get("name")
    if isinstance(named, str) and isinstance(value.get("value"), str) and _SECRET_KEYS.search(named):
        result["value"] = SECRET
    return result


def _special(mark: object, value: dict[str, Any]) -> Value:
    if mark == _REFERENCE:
        return masked(value.get("urn"))
    if mark == _OUTPUT and not value.get("secret"):
        return masked(value["value"]) if "value" in value else UNKNOWN
    if mark in {_SECRET, _OUTPUT}:
        return SECRET
    # Assets and archives: their hash says whether they changed, their content is not for a review.
    digest = value.get("hash")
    return f"sha256:{digest}" if isinstance(digest, str) else SECRET
