"""Traces and figures, as a collector receives them: real OTLP from the real processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consensus.adapters.google.emulators import free_port
from consensus.adapters.local.http_server import serving
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.telemetry import export

QUESTION = "What is 17% of 2,340?"


@dataclass
class Collector:
    """What came, decoded."""

    url: str = ""
    spans: list[tuple[str, Any]] = field(default_factory=list)  # service, span
    figures: dict[str, Any] = field(default_factory=dict)
    raw: list[bytes] = field(default_factory=list)

    async def traces(self, request: Request) -> Response:
        """POST /v1/traces."""
        self.raw.append(await request.body())
        sent = ExportTraceServiceRequest.FromString(_plain(request, self.raw[-1]))
        for resource in sent.resource_spans:
            named = {a.key: a.value.string_value for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [(named["service.name"], span) for span in scope.spans]
        return Response(b"", media_type="application/x-protobuf")

    async def metrics(self, request: Request) -> Response:
        """POST /v1/metrics."""
        sent = ExportMetricsServiceRequest.FromString(_plain(request, await request.body()))
        for resource in sent.resource_metrics:
            for scope in resource.scope_metrics:
                self.figures |= {metric.name: metric for metric in scope.metrics}
        return Response(b"", media_type="application/x-protobuf")


def _plain(request: Request, body: bytes) -> bytes:
    assert request.headers["content-type"] == "application/x-protobuf"
    return body


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    """A collector on a free port."""
    made = Collector()
    routes = [
        Route("/v1/traces", made.traces, methods=["POST"]),
        Route("/v1/metrics", made.metrics, methods=["POST"]),
    ]
    async with serving(Starlette(routes=routes)) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


@asynccontextmanager
async def served(collector: Collector, store: Path, **more: str) -> AsyncIterator[str]:
    """consensus serve, as its users start it, told of the collector by the usual variables."""
    port = free_port()
    environment = {
        **os.environ,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_METRIC_EXPORT_INTERVAL": "200",
        "CONSENSUS_STORE": str(store),
        "CONSENSUS_DEMO_LATENCY_MS": "20",
        **more,
    }
    command = [sys.executable, "-m", "consensus.cli.entry", "serve", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            while True:
                try:
                    if (await client.get(f"{url}/health")).is_success:
                        break
                except httpx2.TransportError:
                    assert process.returncode is None
                await asyncio.sleep(0.05)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def test_one_trace_from_the_request_to_the_model(
    collector: Collector, tmp_path: Path
) -> None:
    """HTTP, the holder's calls, the workers, the model: parts of one trace, each of its parent."""
    async with served(collector, tmp_path / "tasks.sqlite3") as url:
        caller = "00-" + "c" * 32 + "-" + "d" * 16 + "-01"
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
            asked = {"prompt": QUESTION, "strategy": "numeric"}
            headers = {"Prefer": "wait=50", "traceparent": caller}
            done = await client.post(f"{url}/v1/tasks", json=asked, headers=headers)
        assert done.json()["result"]["outcome"] == "CONSENSUS"
        await until(lambda: wanted(collector) and "consensus.tasks" in collector.figures)

    ours = [(name, s) for name, s in collector.spans if s.trace_id.hex() == "c" * 32]
    by_id = {span.span_id: span for _, span in ours}
    chains = {path(span, by_id) for _, span in ours if span.name.startswith("chat ")}
    method = "consensus.rpc.v1.WorkerService/ProcessTask"
    assert chains == {("POST /v1/tasks", method, method, "chat demo-panel")}
    services = defaultdict(set)
    for name, span in ours:
        services[name].add(span.name.partition(" ")[0])
    assert services["consensus-serve"] >= {"POST", method, "process"}
    assert services["consensus-worker"] == {method, "chat"}

    call = next(span for _, span in ours if span.name == "chat demo-panel")
    told = {a.key: a.value for a in call.attributes}
    assert told["gen_ai.operation.name"].string_value == "chat"
    assert told["gen_ai.request.model"].string_value == "demo-panel"
    assert told["gen_ai.usage.output_tokens"].int_value > 0
    assert {
        "consensus.tasks",
        "consensus.task.duration",
        "consensus.task.queued",
        "consensus.task.votes",
        "consensus.calls.saved",
    } <= collector.figures.keys()
    assert not [body for body in collector.raw if b"2,340" in body]


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until the condition holds."""
    while not condition():  # noqa: ASYNC110  what comes, comes from other processes
        await asyncio.sleep(0.02)


def wanted(collector: Collector) -> bool:
    """Whether the spans of the slowest part are in."""
    names = {span.name.partition(" ")[0] for _, span in collector.spans}
    both = {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"}
    return {"POST", "chat", "process"} <= names and both <= collector.figures.keys()


def path(span: Any, by_id: dict[bytes, Any]) -> tuple[str, ...]:
    """The names from the trace's first span that is ours to this one."""
    above = by_id.get(span.parent_span_id)
    return (*(path(above, by_id) if above else ()), span.name)


async def test_content_is_told_where_the_usual_variable_opts_in(
    collector: Collector, tmp_path: Path
) -> None:
    """And nowhere else, as the test above has it."""
    opted = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}
    async with served(collector, tmp_path / "tasks.sqlite3", **opted) as url:
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
            headers = {"Prefer": "wait=50"}
            await client.post(f"{url}/v1/tasks", json={"prompt": QUESTION}, headers=headers)
        await until(lambda: wanted(collector))
    assert any(b"gen_ai.input.messages" in body and b"2,340" in body for body in collector.raw)


def test_a_protocol_that_is_not_installed_is_refused() -> None:
    """By name, with what to set."""
    told = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
    }
    with pytest.raises(ConfigurationError, match="http/protobuf"):
        export.start(Settings(), "serve", told)


@pytest.mark.parametrize(
    "told",
    [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}],
)
def test_nothing_is_sent_unasked(told: dict[str, str]) -> None:
    """Without an endpoint, or where the SDK is switched off, there is no exporter."""
    export.start(Settings(), "serve", told)
    assert not export._started
