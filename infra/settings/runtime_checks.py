"""What must hold inside one runtime of a stack file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.settings.errors import Problem, below, nearest, shown
from infra.settings.salvage import duplicates, until_invalid, valid
from infra.settings.seldon import CAPABILITIES, PUBLIC_SCHEME
from infra.settings.shape import one_of
from infra.sizes import minimums_for, sizes_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.settings.seldon import Runtime, ServedModel
    from infra.settings.shape import Path
    from infra.sizes import Environment


def check_runtime(runtime: Runtime, path: Path, environment: Environment | None) -> Iterator[Problem]:
    """Run every check of a runtime; `environment` is None when the file's own is not valid."""
    yield from until_invalid(_schemes(runtime, path))
    yield from until_invalid(_model_names(runtime, path))
    yield from until_invalid(_servers(runtime, path, environment))
    yield from until_invalid(_models(runtime, path, environment))


def _schemes(runtime: Runtime, path: Path) -> Iterator[Problem]:
    for index, first, scheme in duplicates(valid(runtime.storage, lambda storage: storage.scheme)):
        yield Problem(
            (*path, "storage", index, "scheme"),
            f"{shown(scheme)} is already used by storage[{first}]; allowed: one store per scheme",
        )


def _model_names(runtime: Runtime, path: Path) -> Iterator[Problem]:
    for index, first, name in duplicates(valid(runtime.models, lambda model: model.name)):
        yield Problem(
            (*path, "models", index, "name"),
            f"{shown(name)} is already used by models[{first}]; allowed: one model per name",
        )


def _servers(runtime: Runtime, path: Path, environment: Environment | None) -> Iterator[Problem]:
    servers = runtime.enabled_servers
    if not servers:
        yield Problem((*path, "servers"), "no server is left; allowed: mlserver, triton or both")
    if environment is None:
        return
    least = minimums_for(environment).server_replicas
    kinds = list(servers)
    for index, replicas in valid(servers.values(), lambda server: server.replicas):
        if replicas is not None and replicas < least:
            yield below((*path, "servers", kinds[index], "replicas"), replicas, least, environment)


def _models(runtime: Runtime, path: Path, environment: Environment | None) -> Iterator[Problem]:
    for index, model in enumerate(runtime.models):
        place = (*path, "models", index)
        yield from until_invalid(_storage(runtime, model, place))
        yield from until_invalid(_requirements(runtime, model, place))
        if environment:
            yield from until_invalid(_fits(runtime, model, place, environment))


def _storage(runtime: Runtime, model: ServedModel, path: Path) -> Iterator[Problem]:
    scheme = model.storage_uri.partition("://")[0]
    schemes = [storage.scheme for storage in runtime.storage]
    known = [*schemes, *([] if PUBLIC_SCHEME in schemes else [PUBLIC_SCHEME])]
    if scheme not in known:
        yield Problem(
            (*path, "storageUri"),
            f"{shown(model.storage_uri)} has scheme {scheme}, for which the runtime has no storage; "
            f"allowed: {one_of(f'{name}://' for name in known)}",
        )


def _requirements(runtime: Runtime, model: ServedModel, path: Path) -> Iterator[Problem]:
    offered = {kind: CAPABILITIES[kind] for kind in runtime.enabled_servers}
    if not offered:
        return
    every = sorted({word for words in offered.values() for word in words})
    unknown = False
    for index, wanted in enumerate(model.requirements):
        if wanted in every:
            continue
        unknown = True
        yield Problem(
            (*path, "requirements", index),
            f"{shown(wanted)} is not a capability of {one_of(offered)} here{nearest(wanted, every)}; "
            f"allowed: {', '.join(every)}",
        )
    if not unknown and not any(set(model.requirements) <= set(words) for words in offered.values()):
        allowed = "; ".join(f"{kind}: {', '.join(words)}" for kind, words in offered.items())
        yield Problem(
            (*path, "requirements"),
            f"no single server has all of {', '.join(model.requirements)}; allowed: those of one server ({allowed})",
        )


def _fits(runtime: Runtime, model: ServedModel, path: Path, environment: Environment) -> Iterator[Problem]:
    default = sizes_for(environment).server
    fitting = [
        server.resolve(default)
        for kind, server in runtime.enabled_servers.items()
        if set(model.requirements) <= set(CAPABILITIES[kind])
    ]
    if not fitting:
        return
    memory_mi = 1024 * max(size.memory_gi for size in fitting)
    replicas = max(size.replicas for size in fitting)
    if model.memory_mi > memory_mi:
        yield Problem(
            (*path, "memoryMi"),
            f"{model.memory_mi} is more than its server has; allowed: 1 to {memory_mi}, or more memoryGi there",
        )
    if model.replicas > replicas:
        yield Problem(
            (*path, "replicas"),
            f"{model.replicas} is more than its server has; allowed: 1 to {replicas}, or more replicas there",
        )
