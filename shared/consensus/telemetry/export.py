"""Where spans and figures go: OTLP over HTTP, as OpenTelemetry's own variables say, or Google.

The SDK reads those variables itself: endpoint, headers, sampler, intervals, resource attributes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.distribution import pip_install

GOOGLE: Final = "https://telemetry.googleapis.com"
_ENDPOINTS: Final = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"

_started: list[str] = []  # the part that this process is; its providers last as long as it does


def start(settings: Settings, part: str, environment: Mapping[str, str] = os.environ) -> None:
    """Send this process's spans and figures as the settings and the environment say.

    part is the service's name unless OTEL_SERVICE_NAME gives another. Raises ConfigurationError.
    """
    if _started or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    google = settings.telemetry == "google"
    if not google and not any(environment.get(name) for name in _ENDPOINTS):
        return
    spoken = environment.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    if spoken != "http/protobuf":
        raise ConfigurationError(
            "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf (port 4318): the others are not "
            "installed."
        )
    _started.append(part)
    _provide(settings, part, _to_google(settings) if google else {})


def _provide(settings: Settings, part: str, options: dict[str, Any]) -> None:
    """Set up the SDK; only a process that exports imports it."""
    from opentelemetry import metrics, trace  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415
        OTLPMetricExporter,
    )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named = {"gcp.project_id": settings.google_cloud_project} if options else {}
    given = Resource.create(named)  # with what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say
    whole = Resource({"service.name": f"consensus-{part}"})
    if str(given.attributes.get("service.name", "")).startswith("unknown_service"):
        given = given.merge(whole)
    traces = TracerProvider(resource=given)
    traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(**_at(options, "traces"))))
    trace.set_tracer_provider(traces)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(**_at(options, "metrics")))
    metrics.set_meter_provider(MeterProvider([reader], resource=given))


def _at(options: dict[str, Any], what: str) -> dict[str, Any]:
    return {**options, "endpoint": f"{GOOGLE}/v1/{what}"} if options else {}


def _to_google(settings: Settings) -> dict[str, Any]:
    """A session that proves who we are. Raises ConfigurationError."""
    try:
        import google.auth  # noqa: PLC0415  an extra, and only where there is a cloud
        from google.auth.exceptions import DefaultCredentialsError  # noqa: PLC0415
        from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415
    except ImportError as error:
        message = f"CONSENSUS_TELEMETRY=google needs: {pip_install('cloud')}"
        raise ConfigurationError(message) from error
    try:
        credentials, _ = google.auth.default(scopes=[_SCOPE])
    except DefaultCredentialsError as error:
        raise ConfigurationError("CONSENSUS_TELEMETRY=google needs Google credentials.") from error
    return {"session": AuthorizedSession(credentials)}
