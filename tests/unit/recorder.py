"""Runs a program without an engine and records what it would have asked the engine for, options included."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import callback_pb2, resource_pb2
from pulumi.runtime.stack import run_in_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

PROJECT = "seldon-platform"
STACK = "test"
STACK_TYPE = "pulumi:pulumi:Stack"
PASSWORD = "random:index/randomPassword:RandomPassword"

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
"""Marks in values of the engine's protocol (pulumi/pulumi, sdk/python/lib/pulumi/runtime/rpc.py)."""


@dataclass(frozen=True)
class Secret:
    """A value that is marked secret where it is sent to the engine."""

    value: Any


class Unknown:
    """A value that a preview does not know yet."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One resource as it was registered."""

    urn: str
    type: str
    name: str
    custom: bool
    remote: bool
    parent: str
    """URN; empty for the stack alone."""
    inputs: dict[str, Any]
    protect: bool
    retain_on_delete: bool
    provider: str
    """URN of the provider; empty when none was chosen."""
    dependencies: frozenset[str]
    """URNs, from `depends_on` and from inputs."""
    transforms: tuple[Callable[..., Any], ...]

    @property
    def local(self) -> bool:
        """Whether it is a component of a program, made by code that is recorded here."""
        return not self.custom and not self.remote

    @property
    def is_provider(self) -> bool:
        """Whether it is a provider."""
        return self.type.startswith("pulumi:providers:")

    @property
    def namespace(self) -> str | None:
        """Namespace of the Kubernetes object, or of the release."""
        return self.inputs.get("metadata", self.inputs).get("namespace")

    @property
    def object_name(self) -> str:
        """Name of the Kubernetes object, or of the release."""
        return self.inputs.get("metadata", self.inputs).get("name", "")


@dataclass(frozen=True)
class Recording:
    """Everything that one run of a program registered, in the order in which the requests arrived."""

    resources: list[Recorded] = field(default_factory=list[Recorded])
    outputs: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    """URN and outputs of every call of `register_outputs`."""

    def of(self, type_: str) -> list[Recorded]:
        """Return the resources of a type."""
        return [resource for resource in self.resources if resource.type == type_]

    def one(self, type_: str, name: str) -> Recorded:
        """Return the one resource of this type and name."""
        found = [resource for resource in self.of(type_) if resource.name == name]
        assert len(found) == 1, f"{len(found)} resources {type_} {name}; there are {self.names(type_)}"
        return found[0]

    def object(self, type_: str, namespace: str | None, name: str) -> Recorded:
        """Return the one Kubernetes object of this type, namespace and name."""
        found = [r for r in self.of(type_) if (r.namespace, r.object_name) == (namespace, name)]
        assert len(found) == 1, f"{len(found)} objects {type_} {namespace}/{name}; there are {self.names(type_)}"
        return found[0]

    def names(self, type_: str) -> list[str]:
        """Return the names of the resources of a type, in order."""
        return sorted(resource.name for resource in self.of(type_))

    def children(self, urn: str) -> list[Recorded]:
        """Return what was registered with this parent."""
        return [resource for resource in self.resources if resource.parent == urn]

    def by_urn(self, urn: str) -> Recorded:
        """Return the resource with this URN."""
        return self._by_urn[urn]

    @cached_property
    def _by_urn(self) -> dict[str, Recorded]:
        return {resource.urn: resource for resource in self.resources}

    def outputs_of(self, urn: str) -> dict[str, Any]:
        """Return the outputs of a component that registered them once."""
        (outputs,) = (outputs for registered, outputs in self.outputs if registered == urn)
        return outputs

    @property
    def exports(self) -> dict[str, Any]:
        """Outputs of the stack."""
        return self.outputs_of(self.of(STACK_TYPE)[0].urn)

    def before(self, resource: Recorded) -> set[str]:
        """Return the URNs of everything that a resource waits for, directly or through others."""
        seen: set[str] = set()
        waiting = [*resource.dependencies]
        while waiting:
            urn = waiting.pop()
            if urn not in seen:
                seen.add(urn)
                waiting += self.by_urn(urn).dependencies
        return seen


def plain(value: Any) -> Any:
    """Turn a value of the engine's protocol into Python, with `Secret` and `UNKNOWN` where it has marks."""
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        mark = entries.get(_SIGNATURE)
        if mark == _SECRET:
            return Secret(plain(entries["value"]))
        if mark == _RESOURCE:
            return entries["urn"]
        assert mark is None, f"a value of a kind that no component uses: {entries}"
        # The protocol keeps no order of keys, and the workers of a test run must agree on one.
        return {key: plain(below) for key, below in sorted(entries.items())}
    if isinstance(value, list):
        return [plain(below) for below in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN if value == rpc.UNKNOWN else value


def unsecret(value: Any) -> Any:
    """Take the secret marks off a recorded value."""
    if isinstance(value, Secret):
        return unsecret(value.value)
    if isinstance(value, dict):
        return {key: unsecret(below) for key, below in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [unsecret(below) for below in cast("list[Any]", value)]
    return value


def leaves(value: Any, path: str = "", *, secret: bool = False) -> Iterator[tuple[str, Any, bool]]:
    """Yield path, value and whether it stands below a secret mark, for every leaf."""
    if isinstance(value, Secret):
        yield from leaves(value.value, path, secret=True)
    elif isinstance(value, dict):
        for key, below in cast("dict[str, Any]", value).items():
            yield from leaves(below, f"{path}.{key}", secret=secret)
    elif isinstance(value, list):
        for index, below in enumerate(cast("list[Any]", value)):
            yield from leaves(below, f"{path}[{index}]", secret=secret)
    else:
        yield path, value, secret


class _NoMocks(mocks.Mocks):
    """Refuses to make anything up."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(f"the program called {args.token}; components look nothing up")

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise AssertionError(f"the recorder answers for {args.typ} itself")


class _Callbacks:
    """Stands where the engine would call back for transforms, and keeps the functions."""

    def __init__(self) -> None:
        self.transforms: dict[str, Callable[..., Any]] = {}

    def register_transform(self, transform: Callable[..., Any]) -> callback_pb2.Callback:
        token = str(len(self.transforms))
        self.transforms[token] = transform
        return callback_pb2.Callback(target="recorder", token=token)


class _InTurn(ThreadPoolExecutor):
    """Answers each request where it is made, so that no two are recorded at the same time."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        answer: Future[Any] = Future()
        try:
            answer.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 (whoever asked gets it)
            answer.set_exception(error)
        return answer


def drawn(name: str) -> str:
    """Return what stands for a generated password, by the name of its resource."""
    return f"drawn-{name}"


class RecordingMonitor(mocks.MockMonitor):
    """Answers like an engine whose providers return their inputs and a password; ids are unknown in a preview."""

    def __init__(self, *, preview: bool) -> None:
        super().__init__(_NoMocks())
        self.recording = Recording()
        self.callbacks = _Callbacks()
        self._preview = preview

    @property
    def features(self) -> set[int]:
        """What this engine supports."""
        info = cast("resource_pb2.DeploymentInfo", cast("Any", self).GetDeploymentInfo(empty_pb2.Empty()))
        return set(info.supportedFeatures)

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Qualify the type by those of all parents, as the engine does."""
        qualified = parent.split("::")[2] if parent else ""
        above = f"{qualified}$" if qualified and qualified != STACK_TYPE else ""
        return f"urn:pulumi:{STACK}::{PROJECT}::{above}{type_}::{name}"

    def RegisterResource(  # noqa: N802 (name of the protocol)
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Record a request as it came."""
        urn = self.make_urn(request.parent, request.type, request.name)
        reference = request.provider or request.providers.get("kubernetes", "")
        callbacks = cast("Iterable[callback_pb2.Callback]", cast("Any", request).transforms)
        self.recording.resources.append(
            Recorded(
                urn=urn,
                type=request.type,
                name=request.name,
                custom=request.custom,
                remote=request.remote,
                parent=request.parent,
                inputs=plain(json_format.MessageToDict(request.object)),
                protect=request.protect,
                retain_on_delete=request.retainOnDelete,
                provider=reference.rpartition("::")[0],
                dependencies=frozenset(request.dependencies),
                transforms=tuple(self.callbacks.transforms[callback.token] for callback in callbacks),
            )
        )
        known = f"id-of-{request.name}" if request.custom else ""
        made = struct_pb2.Struct()
        made.CopyFrom(request.object)
        if request.type == PASSWORD:
            result = rpc.UNKNOWN if self._preview else drawn(request.name)
            made.update({"result": {_SIGNATURE: _SECRET, "value": result}})
        return resource_pb2.RegisterResourceResponse(urn=urn, id="" if self._preview else known, object=made)

    def RegisterResourceOutputs(  # noqa: N802 (name of the protocol)
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Record the outputs of a component."""
        self.recording.outputs.append((request.urn, plain(json_format.MessageToDict(request.outputs))))
        return empty_pb2.Empty()


@contextmanager
def _uncollected() -> Generator[None]:
    """Put garbage collection off: the SDK makes so many objects that it takes as long as the program."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def record(
    program: Callable[[], object],
    *,
    preview: bool = False,
    config: Mapping[str, str] | None = None,
    secret_keys: tuple[str, ...] = (),
) -> Recording:
    """Run a program in a stack of its own.

    `config` holds full keys (`<project>:<key>`); values of `secret_keys` among them are secret.
    """

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(_InTurn())
        set_all_config(dict(config or {}), list(secret_keys))
        run_settings = settings.Settings(
            project=PROJECT, stack=STACK, monitor=monitor, engine=mocks.MockEngine(None), dry_run=preview
        )
        for key, value in (("monitor_features", monitor.features), ("callbacks", monitor.callbacks)):
            setattr(run_settings, key, value)
        settings.configure(run_settings)
        await run_in_stack(lambda: cast("None", program() and None))

    monitor = RecordingMonitor(preview=preview)
    with _uncollected():
        copy_context().run(asyncio.run, run())
    return monitor.recording


def assert_well_formed(recording: Recording) -> None:
    """Check what holds for every component, whatever it makes."""
    problems = [*_unique(recording), *_components(recording), *_children(recording)]
    assert not problems, "\n".join(problems)


def _unique(recording: Recording) -> Iterator[str]:
    for urn, count in Counter(resource.urn for resource in recording.resources).items():
        if count > 1:
            yield f"{urn} is registered {count} times"
    objects = [r for r in recording.resources if "metadata" in r.inputs]
    for resource in objects:
        if not resource.object_name:
            yield f"{resource.urn} leaves the name of its object to chance"
    for (type_, namespace, name), count in Counter((r.type, r.namespace, r.object_name) for r in objects).items():
        if count > 1:
            yield f"{type_} {namespace}/{name} is made {count} times"


def _components(recording: Recording) -> Iterator[str]:
    calls = Counter(urn for urn, _ in recording.outputs)
    for resource in recording.resources:
        if resource.local and calls[resource.urn] != 1:
            yield f"{resource.urn} called register_outputs {calls[resource.urn]} times"


def _children(recording: Recording) -> Iterator[str]:
    stack = recording.of(STACK_TYPE)[0]
    providers = {resource.urn for resource in recording.resources if resource.is_provider}
    for resource in recording.resources:
        if resource is stack or resource.is_provider:
            continue
        if resource.parent == stack.urn:
            if not resource.local:
                yield f"{resource.urn} has no component as its parent"
            continue
        parent = recording.by_urn(resource.parent)
        if not resource.name.startswith(f"{parent.name}-"):
            yield f"{resource.urn} is not named after its parent {parent.name}"
        if not resource.local and resource.provider not in providers:
            yield f"{resource.urn} does not have the provider of its parent"
