"""What operators see of a process: its log, its spans, its figures.

Log lines go to standard error. Spans and figures go where OpenTelemetry's usual variables say
(OTEL_EXPORTER_OTLP_ENDPOINT and its kin), or to Google where CONSENSUS_TELEMETRY does; where
neither does, they cost next to nothing.
"""

from __future__ import annotations

from consensus.telemetry.export import start
from consensus.telemetry.logs import JsonLines, PlainLines, configure
from consensus.telemetry.traces import begin, tracing

__all__ = ["JsonLines", "PlainLines", "begin", "configure", "start", "tracing"]
