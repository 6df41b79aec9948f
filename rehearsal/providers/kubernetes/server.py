"""The plugin's process: the provider served to the engine, with errors and partial failures as the plugin protocol has them."""

import asyncio
import sys
import traceback
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import grpc
import grpc.aio
from google.protobuf import struct_pb2
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import DiffRequest
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS as CHANNEL_OPTIONS
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from .api import ApiError, UnreachableError
from .lifecycle import LifecycleError
from .provider import KubernetesProvider, PartialFailureError, UnsupportedError
from .settings import SettingsError
from .waiting import NotGoneError

_T = TypeVar("_T")

_EXPECTED: Final = (ApiError, UnreachableError, LifecycleError, UnsupportedError, SettingsError, NotGoneError)
"""Errors whose message is all the user needs."""
_SDK_THREADS: Final = 256
"""Threads of asyncio's default pool, in which the SDK waits for each resource that a chart registers."""


class EngineLog:
    """Messages to the user, through the engine."""

    def __init__(self, engine_address: str) -> None:
        channel = grpc.aio.insecure_channel(engine_address, options=CHANNEL_OPTIONS)
        self._engine: Any = engine_pb2_grpc.EngineStub(channel)
        self._said: set[tuple[str, str]] = set()

    async def warn(self, message: str, urn: str) -> None:
        """Show a warning at a resource, once."""
        if (message, urn) not in self._said:
            self._said.add((message, urn))
            await self._engine.Log(engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn=urn))

    async def status(self, message: str, urn: str) -> None:
        """Show what a resource is doing at the moment."""
        await self._engine.Log(
            engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn, ephemeral=True)
        )


class Servicer(ProviderServicer):
    """The SDK's servicer, with what it lacks: errors without tracebacks, objects that exist but are not ready, DiffConfig."""

    async def Create(self, request: provider_pb2.CreateRequest, context: Any) -> Any:
        return await _answer(super().Create(request, context), context)

    async def Update(self, request: provider_pb2.UpdateRequest, context: Any) -> Any:
        return await _answer(super().Update(request, context), context)

    async def Read(self, request: provider_pb2.ReadRequest, context: Any) -> Any:
        return await _answer(super().Read(request, context), context)

    async def Delete(self, request: provider_pb2.DeleteRequest, context: Any) -> Any:
        return await _answer(super().Delete(request, context), context)

    async def Check(self, request: provider_pb2.CheckRequest, context: Any) -> Any:
        return await _answer(super().Check(request, context), context)

    async def Diff(self, request: provider_pb2.DiffRequest, context: Any) -> Any:
        return await _answer(super().Diff(request, context), context)

    async def Configure(self, request: provider_pb2.ConfigureRequest, context: Any) -> Any:
        return await _answer(super().Configure(request, context), context)

    async def Invoke(self, request: provider_pb2.InvokeRequest, context: Any) -> Any:
        return await _answer(super().Invoke(request, context), context)

    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: Any) -> Any:
        """Answer a provider's own diff; the SDK's version passes `changes` on as a number that means the opposite."""
        return await _answer(self._diff_config(request), context)

    async def _diff_config(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        result = await self._provider.diff_config(
            DiffRequest(
                request.urn,
                request.id,
                PropertyValue.unmarshal_map(request.olds),
                PropertyValue.unmarshal_map(request.news),
                list(request.ignoreChanges),
            )
        )
        changes = provider_pb2.DiffResponse.DIFF_SOME if result.changes else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, diffs=result.diffs, replaces=result.replaces)


async def _answer(work: Awaitable[_T], context: Any) -> _T:
    try:
        return await work
    except PartialFailureError as error:
        await context.abort_with_status(_partial(error))
        raise
    except _EXPECTED as error:
        await context.abort(grpc.StatusCode.UNKNOWN, str(error))
        raise
    except grpc.aio.AbortError:
        raise
    except Exception as error:
        traceback.print_exc()
        await context.abort(
            grpc.StatusCode.INTERNAL, f"the kubernetes stand-in failed: {type(error).__name__}: {error}"
        )
        raise


def _partial(error: PartialFailureError) -> grpc.Status:
    """Return the status of an object that exists but is not ready (provider.proto, ErrorResourceInitFailed)."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.resource_id,
        properties=PropertyValue.marshal_map(error.properties),
        reasons=list(error.reasons),
        inputs=PropertyValue.marshal_map(error.inputs) if error.inputs is not None else struct_pb2.Struct(),
    )
    full = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    full.details.add().Pack(detail)
    status: Any = grpc.Status()
    status.code, status.details = grpc.StatusCode.UNKNOWN, str(error)
    status.trailing_metadata = (("grpc-status-details-bin", full.SerializeToString()),)
    return status


async def serve(engine_address: str, version: str) -> None:
    """Serve the provider on a free loopback port, which is printed for the engine, until the engine ends the process."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_SDK_THREADS, thread_name_prefix="sdk"))
    server = grpc.aio.server(options=CHANNEL_OPTIONS)
    provider = KubernetesProvider(EngineLog(engine_address))
    servicer = Servicer([], version, provider, engine_address=engine_address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()
