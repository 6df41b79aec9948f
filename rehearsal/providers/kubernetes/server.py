"""The plugin's process: the provider served to the engine, its errors and partial failures as the protocol has them."""

import sys
from collections.abc import Callable
from typing import Any, Final

import grpc
import grpc.aio
from google.protobuf import struct_pb2
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import DiffRequest
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from .api import ApiError, UnreachableError
from .inputs import UnsupportedError
from .provider import KubernetesProvider, PartialFailureError
from .refusals import LifecycleError
from .settings import SettingsError
from .waiting import NotGoneError

_EXPECTED: Final = (ApiError, UnreachableError, LifecycleError, UnsupportedError, SettingsError, NotGoneError)
"""Errors whose message is all the user needs."""
_OPTIONS: Final = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
"""No limit on a message's size: the state of a large CustomResourceDefinition is beyond gRPC's 4 MB."""


class EngineLog:
    """Messages to the user, through the engine."""

    def __init__(self, engine_address: str) -> None:
        channel = grpc.aio.insecure_channel(engine_address, options=_OPTIONS)
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
    """The SDK's servicer, with a correct DiffConfig: the SDK's own passes `changes` on with the opposite meaning."""

    async def DiffConfig(  # noqa: N802, D102  the protocol's name, documented there
        self, request: provider_pb2.DiffRequest, context: object
    ) -> provider_pb2.DiffResponse:
        del context
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


class PlainErrors(grpc.aio.ServerInterceptor):
    """Turns exceptions of any call into what the protocol has for them, without Python's words around the message."""

    async def intercept_service(self, continuation: Callable[..., Any], handler_call_details: Any) -> Any:  # noqa: ANN401
        """Wrap the handler of one call."""
        handler = await continuation(handler_call_details)
        inner = handler.unary_unary

        async def answer(request: object, context: Any) -> object:  # noqa: ANN401  gRPC has no types
            try:
                return await inner(request, context)
            except PartialFailureError as error:
                await context.abort_with_status(_partial(error))
            except _EXPECTED as error:
                await context.abort(grpc.StatusCode.UNKNOWN, str(error))

        return grpc.unary_unary_rpc_method_handler(
            answer, request_deserializer=handler.request_deserializer, response_serializer=handler.response_serializer
        )


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
    """Serve the provider on a free loopback port, printed for the engine, until the engine ends the process."""
    server = grpc.aio.server(options=_OPTIONS, interceptors=[PlainErrors()])
    provider = KubernetesProvider(EngineLog(engine_address))
    servicer = Servicer([], version, provider, engine_address=engine_address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()
