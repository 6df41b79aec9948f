"""The inputs of a chart component, from the engine's values to checked ones."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import pulumi
from pulumi.provider.experimental.property_value import Computed, PropertyValue
from pulumi.runtime import rpc
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from rehearsal.providers.kubernetes.manifests import RenderingError

_CHECKED = ConfigDict(
    alias_generator=to_camel, arbitrary_types_allowed=True, extra="forbid", frozen=True, hide_input_in_errors=True
)


def _refused(reason: str) -> AfterValidator:
    def refuse(value: object) -> object:
        if value is not None:
            raise PydanticCustomError("refused", "{reason}", {"reason": reason})
        return value

    return AfterValidator(refuse)


_NoLogin = Annotated[
    object, _refused("a repository with a login is not supported: helm would show it to every process")
]


class RepositoryOptions(BaseModel):
    """Where helm finds a chart that is neither a path nor a URL."""

    model_config = _CHECKED

    repo: str | None = None
    ca_file: pulumi.Asset | None = None
    cert_file: pulumi.Asset | None = None
    key_file: pulumi.Asset | None = None
    username: _NoLogin = None
    password: _NoLogin = None


class ChartInputs(BaseModel):
    """What `pulumi_kubernetes.helm.v4.Chart` takes; the names are the SDK's, the meaning is helm's."""

    model_config = _CHECKED

    chart: Annotated[str, Field(min_length=1)]
    name: str | None = None
    namespace: str | None = None
    values: dict[str, Any] = Field(default_factory=dict)
    value_yaml_files: tuple[pulumi.Asset, ...] = ()
    version: str | None = None
    repository_opts: RepositoryOptions = RepositoryOptions()
    resource_prefix: str | None = None
    skip_crds: bool = False
    skip_await: bool = False
    dependency_update: bool = False
    devel: bool = False
    verify: bool = False
    keyring: pulumi.Asset | None = None
    plain_http: bool = False
    post_renderer: Annotated[object, _refused("a post-renderer is not supported: use transforms")] = None


def read_inputs(inputs: Mapping[str, PropertyValue]) -> ChartInputs:
    """Check the inputs of a chart component; all of them have to be known.

    Raises RenderingError with the path of each bad input and what is wrong with it.
    """
    given = {key: plain(value) for key, value in inputs.items() if value.value is not None}
    try:
        return ChartInputs.model_validate(given)
    except ValidationError as error:
        listed = "".join(f"\n  - {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise RenderingError(f"bad inputs:{listed}") from None


def unknown_paths(value: PropertyValue, path: str) -> Iterator[str]:
    """Give the path of every part of a value that is not known yet."""
    content = value.value
    if isinstance(content, Computed) or content == rpc.UNKNOWN:
        yield path
    elif isinstance(content, Mapping):
        for key, item in content.items():
            yield from unknown_paths(item, f"{path}.{key}")
    elif isinstance(content, Sequence) and not isinstance(content, str):
        for index, item in enumerate(content):
            yield from unknown_paths(item, f"{path}[{index}]")


def plain(value: PropertyValue) -> object:
    """Give a known value as plain data; whole numbers, which the engine sends as floats, are ints again."""
    content = value.value
    if isinstance(content, Mapping):
        return {key: plain(item) for key, item in content.items()}
    if isinstance(content, Sequence) and not isinstance(content, str):
        return [plain(item) for item in content]
    if isinstance(content, float) and content.is_integer():
        return int(content)
    return content
