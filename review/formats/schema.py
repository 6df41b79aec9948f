"""The JSON Schema of the json format; `python -m review.formats.schema` writes it."""

from __future__ import annotations

import json
from pathlib import Path

from review.formats.json_ import ReviewDocument

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "review.schema.json"
COMMAND = "python -m review.formats.schema"


def schema_text() -> str:
    """Return the schema (draft 2020-12) of the document, as the file has it."""
    schema = ReviewDocument.model_json_schema(by_alias=True, mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
