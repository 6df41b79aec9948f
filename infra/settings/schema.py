"""The JSON Schema of a stack file, for editors; `python -m infra.settings.schema` writes it and the reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from infra.settings.platform import Platform
from infra.settings.reference import reference

_ROOT = Path(__file__).parents[2]
SCHEMA_FILE = _ROOT / "stacks" / "platform.schema.json"
REFERENCE_FILE = _ROOT / "docs" / "settings.md"
COMMAND = "python -m infra.settings.schema"

_PLATFORM = "seldon-platform:platform"
_SECRET_KEY = "^seldon-platform:(?!platform$)[A-Za-z][A-Za-z0-9_-]{0,63}$"  # noqa: S105 (a pattern of names)
_OTHER_NAMESPACE = "^(?!seldon-platform:)[^:]+:.+$"


def stack_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a whole `Pulumi.<stack>.yaml`."""
    platform = _closed(Platform.model_json_schema(by_alias=True, mode="validation"))
    definitions = platform.pop("$defs")
    secret = {
        "description": "A secret, set with `pulumi config set --secret <key>`.",
        "type": "object",
        "properties": {"secure": {"type": "string"}},
        "required": ["secure"],
        "additionalProperties": False,
    }
    config = {
        "type": "object",
        "properties": {
            _PLATFORM: {"$ref": "#/$defs/Platform"},
            "pulumi:disable-default-providers": {
                "description": "No resource may fall back to a provider that the program did not choose.",
                "const": ["*"],
            },
        },
        "patternProperties": {_SECRET_KEY: secret, _OTHER_NAMESPACE: True},
        "required": [_PLATFORM, "pulumi:disable-default-providers"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack of the Seldon platform",
        "description": "Pulumi.<stack>.yaml: one customer environment.",
        "type": "object",
        "properties": {
            "secretsprovider": {"type": "string", "description": "Where the key that encrypts secrets comes from."},
            "encryptedkey": {"type": "string", "description": "Encrypted data key, when a cloud KMS holds the key."},
            "encryptionsalt": {"type": "string", "description": "Salt, when a passphrase is the key."},
            "environment": {"description": "Environments of Pulumi ESC that the stack imports."},
            "config": config,
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": {**definitions, "Platform": platform},
    }


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Refuse keys that fit none of a mapping's patterns; pydantic lets them pass in the schema, not in the model."""
    inner = {
        key: _closed(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
        for key, value in schema.items()
    }
    return {**inner, "additionalProperties": False} if "patternProperties" in inner else inner


def schema_text() -> str:
    """Return the content of the schema file."""
    return json.dumps(stack_schema(), indent=2) + "\n"


def main() -> None:
    """Write the schema and the reference."""
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    REFERENCE_FILE.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
