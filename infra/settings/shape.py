"""The form of the stack file, read from the models: for messages, the reference and finding one's way by path."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union, cast, get_args, get_origin

from annotated_types import Ge, Le, MinLen

from infra.settings.base import Allowed, Hidden, Model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic.fields import FieldInfo

Path: TypeAlias = tuple[str | int, ...]

_OF_THE_KEY = "[key]"
"""What pydantic adds to the location of a mapping's entry when it refuses the key."""

_SCALARS: dict[object, str] = {str: "text", int: "a whole number", bool: "true or false", date: "a date YYYY-MM-DD"}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a place in the stack file takes: one of a scalar, literals, models, a list or a mapping of own keys."""

    scalar: type | None = None
    literals: tuple[str, ...] = ()
    models: tuple[type[Model], ...] = ()
    """One model, or the alternatives of a union that `kind` tells apart."""
    item: Shape | None = None
    """What a list takes."""
    keys: Shape | None = None
    values: Shape | None = None
    """What a mapping takes whose keys are names of the author's own."""
    nullable: bool = False
    metadata: tuple[object, ...] = ()

    @property
    def kinds(self) -> dict[str, type[Model]]:
        """Alternatives by `kind`; empty when there is no choice."""
        if len(self.models) < 2:  # noqa: PLR2004 (a choice)
            return {}
        return {kind_of(model): model for model in self.models}

    @property
    def hidden(self) -> bool:
        """Whether no message may show the value."""
        return any(isinstance(entry, Hidden) for entry in self.metadata)

    @property
    def allowed(self) -> str:
        """Say in words what is allowed here."""
        texts = [entry.text for entry in self.metadata if isinstance(entry, Allowed)]
        return (texts[-1] if texts else self._derived()) + (" or null" if self.nullable and self.literals else "")

    def _derived(self) -> str:
        if self.literals:
            return one_of(self.literals)
        if self.kinds:
            return f"a mapping with kind {one_of(self.kinds)}"
        if self.models:
            keys = ", ".join(fields_of(self.models[0]))
            return f"a mapping with {keys}"
        if self.keys and self.values:
            return f"a mapping; each key {self.keys.allowed}; each value {self.values.allowed}"
        if self.item:
            some = " of at least one entry" if any(isinstance(entry, MinLen) for entry in self.metadata) else ""
            return f"a list{some}; each entry {self.item.allowed}"
        bounds = self._bounds()
        return _SCALARS[self.scalar] + (f" from {bounds[0]} to {bounds[1]}" if bounds else "")

    def _bounds(self) -> tuple[object, object] | None:
        low = [entry.ge for entry in self.metadata if isinstance(entry, Ge)]
        high = [entry.le for entry in self.metadata if isinstance(entry, Le)]
        return (low[0], high[0]) if low and high else None


def one_of(words: Iterable[str]) -> str:
    """Join alternatives: `a, b or c`."""
    *head, last = words
    return f"{', '.join(head)} or {last}" if head else last


def kind_of(model: type[Model]) -> str:
    """Return the `kind` that tells this alternative of a union from the others."""
    return cast("str", get_args(model.model_fields["kind"].annotation)[0])


def fields_of(model: type[Model]) -> dict[str, FieldInfo]:
    """Return the fields of a model by their key in the stack file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def shape_of(annotation: object, metadata: Sequence[object] = ()) -> Shape:
    """Return what a type of our models takes."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return shape_of(arguments[0], (*arguments[1:], *metadata))
    if origin in (Union, UnionType) and NoneType in arguments:
        (only,) = (member for member in arguments if member is not NoneType)
        return replace(shape_of(only, metadata), nullable=True)
    return replace(_plain(annotation, origin, arguments), metadata=tuple(_flat(metadata)))


def _plain(annotation: object, origin: object, arguments: tuple[Any, ...]) -> Shape:
    if origin is Literal:
        return Shape(literals=arguments)
    if origin is tuple:
        return Shape(item=shape_of(arguments[0]))
    if origin is dict:
        return Shape(keys=shape_of(arguments[0]), values=shape_of(arguments[1]))
    if origin is Union or origin is UnionType:
        return Shape(models=arguments)
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return Shape(models=(annotation,))
    return Shape(scalar=cast("type", annotation))


def _flat(metadata: Iterable[object]) -> Iterable[object]:
    """Unfold what `Field(ge=..., le=...)` keeps inside."""
    for entry in metadata:
        nested = cast("list[Any] | None", getattr(entry, "metadata", None))
        yield from nested or [entry]


def shape_of_field(field: FieldInfo) -> Shape:
    """Return what a field takes."""
    return shape_of(field.annotation, field.metadata)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where pydantic found an error, as the author of the file sees it."""

    path: Path
    shape: Shape | None
    """None when the last key is not known."""
    parent: Shape
    """What the place above takes, narrowed to the chosen `kind`."""
    siblings: tuple[type[Model], ...]
    """The alternatives that were not chosen where the parent is one of several."""


def find(root: type[Model], location: Sequence[str | int]) -> Place:
    """Turn a pydantic location, which names chosen kinds on its way, into a place of the stack file."""
    path: Path = ()
    shape: Shape | None = Shape(models=(root,))
    parent = Shape(models=(root,))
    siblings: tuple[type[Model], ...] = ()
    for step in location:
        if shape is None:
            break
        if isinstance(step, int) and shape.item:
            path, parent, shape, siblings = (*path, step), shape, shape.item, ()
        elif shape.values:
            path, parent, shape, siblings = (*path, step), shape, shape.values, ()
        elif step == _OF_THE_KEY and parent.keys:
            shape = parent.keys
        elif step in shape.kinds:
            chosen = shape.kinds[str(step)]
            siblings = tuple(model for model in shape.models if model is not chosen)
            shape = Shape(models=(chosen,))
        elif shape.models:
            field = fields_of(shape.models[0]).get(str(step))
            path, parent, shape = (*path, step), shape, shape_of_field(field) if field else None
            if field:
                siblings = () if shape and shape.models else siblings
    return Place(path=path, shape=shape, parent=parent, siblings=siblings)
