"""The provider: the engine's calls, answered from the kinds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi.provider.experimental import provider as engine
from pulumi.provider.experimental.property_value import Computed, PropertyValue
from pulumi.runtime.rpc import UNKNOWN
from pydantic import ValidationError

from rehearsal.providers.random.kinds import KINDS, Generated, ImportRefusedError, Kind

VERSION = "4.21.1"

Properties = Mapping[str, PropertyValue]


class RandomProvider(engine.Provider):
    """Draws once, at creation; any changed input draws anew by replacing the resource."""

    async def check_config(self, request: engine.CheckRequest) -> engine.CheckResponse:
        """Accept the configuration: there is nothing to configure."""
        return engine.CheckResponse(inputs=request.new_inputs)

    async def configure(self, request: engine.ConfigureRequest) -> engine.ConfigureResponse:
        """Say what the engine may send."""
        del request
        return engine.ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: engine.CheckRequest) -> engine.CheckResponse:
        """Check the inputs, all of them at once; those that are not known yet are checked when they are."""
        kind, given = _kind(request.type), _given(request.new_inputs)
        if any(map(_is_unknown, given.values())):
            return engine.CheckResponse(inputs=given)
        return engine.CheckResponse(inputs=given, failures=list(_failures(kind, given)))

    async def diff(self, request: engine.DiffRequest) -> engine.DiffResponse:
        """Compare the inputs with those that the resource was drawn from; a default is as good as given."""
        kind, given = _kind(request.type), _given(request.new_inputs)
        changed = [name for name, value in given.items() if _is_unknown(value)] or _changed(
            kind, request.old_state, given
        )
        detail = {
            name: engine.PropertyDiff(engine.PropertyDiffKind.UPDATE_REPLACE, input_diff=True) for name in changed
        }
        return engine.DiffResponse(changes=bool(changed), replaces=changed, diffs=changed, detailed_diff=detail)

    async def create(self, request: engine.CreateRequest) -> engine.CreateResponse:
        """Draw the resource; a preview draws nothing."""
        kind, given = _kind(request.type), _given(request.properties)
        if request.preview:
            unknown = {name: PropertyValue(UNKNOWN, is_secret=name in kind.hidden) for name in kind.results}
            known = not any(map(_is_unknown, given.values()))
            defaults = _wrapped_inputs(kind.model_validate(_plain_map(given))) if known else {}
            return engine.CreateResponse(resource_id="", properties={**defaults, **given, **unknown})
        inputs = kind.model_validate(_plain_map(given))
        drawn = inputs.generate()
        return engine.CreateResponse(resource_id=drawn.id, properties=_state(inputs, given, drawn, request.name))

    async def read(self, request: engine.ReadRequest) -> engine.ReadResponse:
        """Give the state back, which nothing outside can change; without one, make it of the id (an import)."""
        if request.properties:
            return engine.ReadResponse(request.resource_id, request.properties, request.inputs)
        try:
            inputs, drawn = _kind(request.type).imported(request.resource_id)
        except ImportRefusedError as error:
            raise ValueError(f"{request.name} cannot be imported: {error}") from None
        given = _wrapped_inputs(inputs, only_set=True)
        return engine.ReadResponse(drawn.id, _state(inputs, given, drawn, request.name), given)

    async def delete(self, request: engine.DeleteRequest) -> None:
        """Forget the resource: it is nowhere but in the state."""


def _kind(types: str) -> type[Kind]:
    """Give the kind of a resource, whose type comes after those of its parents (`parent$child`)."""
    token = types.rpartition("$")[2]
    if token not in KINDS:
        known = ", ".join(kind.__name__ for kind in KINDS.values())
        raise ValueError(f"{token} is not available in a rehearsal; the random resources that are: {known}")
    return KINDS[token]


def _names(kind: type[Kind]) -> list[str]:
    return [field.alias or name for name, field in kind.model_fields.items()]


def _given(inputs: Properties) -> dict[str, PropertyValue]:
    return {name: value for name, value in inputs.items() if value.value is not None}


def _failures(kind: type[Kind], given: Properties) -> Iterator[engine.CheckFailure]:
    try:
        kind.model_validate(_plain_map(given))
    except ValidationError as error:
        for item in error.errors():
            path = ".".join(map(str, item["loc"]))
            unknown = item["type"] == "extra_forbidden"
            reason = f"no such input; there are {', '.join(_names(kind))}" if unknown else item["msg"]
            yield engine.CheckFailure(path, reason)


def _changed(kind: type[Kind], state: Properties, given: Properties) -> list[str]:
    wanted = _plain_map(_wrapped_inputs(kind.model_validate(_plain_map(given))))
    recorded = _without_empty(_plain_map(_given(state)))
    return [name for name in _names(kind) if wanted.get(name) != recorded.get(name)]


def _state(inputs: Kind, given: Properties, drawn: Generated, name: str) -> dict[str, PropertyValue]:
    """Give inputs as they were given (secrets stay secret), the defaults of others, and the outputs."""
    if missing := set(inputs.results) - drawn.outputs.keys():
        pulumi.log.warn(f"{name} has no {', '.join(sorted(missing))}: this system's crypt(3) has no bcrypt")
    outputs = {key: _wrap(value, secret=key in inputs.hidden) for key, value in drawn.outputs.items()}
    return {**_wrapped_inputs(inputs), **given, **outputs}


def _wrapped_inputs(inputs: Kind, *, only_set: bool = False) -> dict[str, PropertyValue]:
    """Give the inputs that have a value; empty text and empty maps are no value, as for the official provider."""
    values: dict[str, Any] = inputs.model_dump(by_alias=True, exclude_none=True, exclude_unset=only_set)
    return {name: _wrap(value) for name, value in _without_empty(values).items()}


def _without_empty(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in ("", {})}


def _is_unknown(value: PropertyValue) -> bool:
    content = value.value
    if isinstance(content, Mapping):
        return any(map(_is_unknown, content.values()))
    if isinstance(content, Sequence) and not isinstance(content, str):
        return any(map(_is_unknown, content))
    return isinstance(content, Computed) or content == UNKNOWN


def _plain_map(values: Properties) -> dict[str, object]:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: PropertyValue) -> object:
    content = value.value
    if isinstance(content, Mapping):
        return {name: _plain(item) for name, item in content.items() if item.value is not None}
    if isinstance(content, Sequence) and not isinstance(content, str):
        return [_plain(item) for item in content]
    if isinstance(content, float) and content.is_integer():
        return int(content)
    return content


def _wrap(value: object, *, secret: bool = False) -> PropertyValue:
    if isinstance(value, list):
        return PropertyValue([_wrap(item) for item in cast("list[object]", value)], is_secret=secret)
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return PropertyValue({name: _wrap(item) for name, item in fields.items()}, is_secret=secret)
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value), is_secret=secret)
    return PropertyValue(cast("str | bool", value), is_secret=secret)
