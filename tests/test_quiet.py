"""What our processes must not write to anybody's terminal."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# A client whose server says goodbye: gRPC's C library would tell the terminal about it.
GOODBYE = """
import asyncio
import consensus
import grpc.aio
from consensus.adapters.processes.worker_watch import WorkerWatch
from grpc_health.v1 import health, health_pb2_grpc

async def main():
    server = grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
    target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    watch = WorkerWatch(lambda: [target])
    watching = asyncio.create_task(watch.run())
    while not watch.statuses():
        await asyncio.sleep(0.01)
    await server.stop(None)
    await asyncio.sleep(0.2)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("chosen", [None, "INFO"])
def test_grpc_keeps_its_goodbyes_to_itself(chosen: str | None) -> None:
    """Nothing on standard error, unless somebody asked for gRPC's own logs."""
    environment = {k: v for k, v in os.environ.items() if k != "GRPC_VERBOSITY"}
    if chosen:
        environment["GRPC_VERBOSITY"] = chosen
    command = [sys.executable, "-c", GOODBYE]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert bool(ended.stderr) is bool(chosen)
