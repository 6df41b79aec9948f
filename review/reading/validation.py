"""Checks what comes from outside, with errors that say where it is wrong and never what was in it."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from review.errors import ReviewError


class Model(BaseModel):
    """Something the engine writes; what is not named is left out."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")


M = TypeVar("M", bound=Model)


def valid(model: type[M], value: object, name: str) -> M:
    """Return the value as a model.

    Raises:
        ReviewError: it does not fit; the message begins with `name`.

    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise problem(error, name) from None


def valid_json(model: type[M], text: str, name: str) -> M:
    """Return JSON text as a model.

    Raises:
        ReviewError: it does not fit; the message begins with `name`.

    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise problem(error, name) from None


def problem(error: ValidationError, name: str) -> ReviewError:
    """Return an error that names the first place that does not fit."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    return ReviewError(f"{name}{where}: {first['msg']}")
