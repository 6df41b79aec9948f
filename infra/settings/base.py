"""What every settings model has in common, and the texts that say what a field allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


@dataclass(frozen=True)
class Allowed:
    """Metadata of a field type: what it takes, in words that fit after "allowed:"."""

    text: str


@dataclass(frozen=True)
class Hidden:
    """Metadata of a field whose value no message shows."""


class NotValidError(AttributeError):
    """A check read a field whose own value was refused; the check says nothing then."""


class Model(BaseModel):
    """A frozen mapping of the stack file: camelCase there, snake_case here, no key that is not known."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (hidden from the type checker)
            """Tell a field that did not validate (see `salvage`) from a name that does not exist."""
            if name in type(self).model_fields:
                raise NotValidError(name)
            return super().__getattr__(name)


def is_mapping(value: object) -> bool:
    """Say whether a value of the stack file is a mapping."""
    return isinstance(value, Mapping)
