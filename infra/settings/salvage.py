"""What is left of a stack file when parts of it were refused, so that checks can still look at the rest."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from pydantic import Field, TypeAdapter, ValidationError

from infra.settings.base import Model, NotValidError, is_mapping
from infra.settings.shape import Shape, fields_of, shape_of_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


AnyModel = TypeVar("AnyModel", bound=Model)
Item = TypeVar("Item")
Value = TypeVar("Value")


def salvage(model: type[AnyModel], raw: Mapping[str, Any]) -> AnyModel:
    """Build a model from the valid parts of a mapping; reading any other field raises `NotValidError`."""
    values: dict[str, object] = {}
    absent: list[str] = []
    for name, (key, field) in zip(model.model_fields, fields_of(model).items(), strict=True):
        if key in raw:
            try:
                values[name] = _value(model, name, raw[key])
            except NotValidError:
                absent.append(name)
        elif field.is_required():
            absent.append(name)
    return without(model.model_construct(None, **values), absent)


def without(instance: AnyModel, names: Iterable[str]) -> AnyModel:
    """Take fields out of an instance that was built without validation, defaults included."""
    values = cast("dict[str, object]", instance.__dict__)
    for name in names:
        values.pop(name, None)
    return instance


def valid(items: Iterable[Item], read: Callable[[Item], Value]) -> Iterator[tuple[int, Value]]:
    """Read one value of each item, leaving out the items where it is not valid."""
    for index, item in enumerate(items):
        try:
            value = read(item)
        except NotValidError:
            continue
        yield index, value


def until_invalid(found: Iterable[Item]) -> Iterator[Item]:
    """Pass on what a check finds until it reads a field that is not valid."""
    try:
        yield from found
    except NotValidError:
        return


def duplicates(values: Iterable[tuple[int, Value]]) -> Iterator[tuple[int, int, Value]]:
    """Yield each repeated value with its index and the index of the first one that has it."""
    first: dict[Value, int] = {}
    for index, value in values:
        if value in first:
            yield index, first[value], value
        else:
            first[value] = index


def _value(model: type[Model], name: str, raw: object) -> object:
    try:
        return _adapter(model, name).validate_json(json.dumps(raw), strict=True)
    except ValidationError:
        return _rest(shape_of_field(model.model_fields[name]), raw)


@cache
def _adapter(model: type[Model], name: str) -> TypeAdapter[object]:
    field = model.model_fields[name]
    choice = Field(discriminator=field.discriminator) if field.discriminator else None
    return TypeAdapter(cast("Any", Annotated)[(field.annotation, *field.metadata, choice)])


def _rest(shape: Shape, raw: object) -> object:
    """Salvage what is inside a refused value; an entry of a list keeps its index."""
    if shape.models and is_mapping(raw):
        mapping = cast("Mapping[str, Any]", raw)
        model = shape.kinds.get(str(mapping.get("kind"))) if shape.kinds else shape.models[0]
        if model:
            return salvage(model, mapping)
    if shape.values and is_mapping(raw):
        return dict(_entries(shape.values, cast("Mapping[str, object]", raw)))
    if shape.item and shape.item.models and isinstance(raw, list):
        return tuple(_entry(shape.item, entry) for entry in cast("list[object]", raw))
    raise NotValidError


def _entries(shape: Shape, raw: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Salvage the values of a mapping of own keys, without those of which nothing is left."""
    for key, value in raw.items():
        with suppress(NotValidError):
            yield key, _rest(shape, value)


def _entry(shape: Shape, raw: object) -> object:
    try:
        return _rest(shape, raw)
    except NotValidError:
        model = shape.models[0]
        return without(model.model_construct(None), model.model_fields)
