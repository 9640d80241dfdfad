"""Whether the worker on this port serves: exit code 0 or 1. For containers outside Cloud Run."""

import os
import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

with grpc.insecure_channel(f"127.0.0.1:{os.environ['PORT']}") as channel:
    try:
        health = health_pb2_grpc.HealthStub(channel)
        reply = health.Check(health_pb2.HealthCheckRequest(), timeout=3)
    except grpc.RpcError as error:
        sys.exit(f"not serving: {error.code().name}")
sys.exit(reply.status != health_pb2.HealthCheckResponse.SERVING)
