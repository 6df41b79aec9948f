"""A provider `kubernetes` that keeps what it is given and asks no cluster; charts are the real component."""

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pulumi.provider.experimental import provider as engine
from pulumi.provider.experimental.server import main

from rehearsal.providers.kubernetes.chart import construct_chart

_CALLS = ThreadPoolExecutor(max_workers=8)


class EchoProvider(engine.Provider):
    """Every resource exists as soon as it is asked for, after the time that a call takes."""

    async def check_config(self, request: engine.CheckRequest) -> engine.CheckResponse:
        """Accept everything."""
        return engine.CheckResponse(inputs=request.new_inputs)

    async def configure(self, request: engine.ConfigureRequest) -> engine.ConfigureResponse:
        """Ask for secrets as such, and for previews."""
        del request
        return engine.ConfigureResponse(accept_secrets=True, supports_preview=True, accept_resources=True)

    async def check(self, request: engine.CheckRequest) -> engine.CheckResponse:
        """Accept everything."""
        return engine.CheckResponse(inputs=request.new_inputs)

    async def diff(self, request: engine.DiffRequest) -> engine.DiffResponse:
        """Compare inputs with what was echoed."""
        return engine.DiffResponse(changes=request.old_state != request.new_inputs)

    async def create(self, request: engine.CreateRequest) -> engine.CreateResponse:
        """Echo after a moment in a pool of its own."""
        await asyncio.get_running_loop().run_in_executor(_CALLS, time.sleep, 0.02)
        identity = "" if request.preview else request.name.rpartition(":")[2]
        return engine.CreateResponse(resource_id=identity, properties=request.properties)

    async def update(self, request: engine.UpdateRequest) -> engine.UpdateResponse:
        """Echo."""
        return engine.UpdateResponse(properties=request.news)

    async def delete(self, request: engine.DeleteRequest) -> None:
        """Forget."""
        del request

    async def construct(self, request: engine.ConstructRequest) -> engine.ConstructResponse:
        """Hand over to the component under test."""
        return await construct_chart(request, helm=Path(os.environ["REHEARSAL_HELM"]), kube_version="1.33.2")


if __name__ == "__main__":
    main(sys.argv[1:], "4.32.0", EchoProvider())
