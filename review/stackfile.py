"""Reads the settings in a stack file (`Pulumi.<stack>.yaml`), as the engine gives them to the program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import yaml

from review.errors import ReviewError

if TYPE_CHECKING:
    from pathlib import Path


def read_config(path: Path) -> dict[str, str]:
    """Return the settings by key, objects as JSON text; secrets are left out.

    Raises:
        ReviewError: the file cannot be read, or has no `config` that is an object.

    """
    try:
        given: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReviewError(f"{path}: {' '.join(str(error).split())}") from None
    content = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    config = content.get("config", {})
    if not isinstance(config, dict):
        raise ReviewError(f"{path}: config: expected an object of settings")
    return {
        key: value if isinstance(value, str) else json.dumps(value, default=str)
        for key, value in cast("dict[str, Any]", config).items()
        if not (isinstance(value, dict) and "secure" in value)
    }
