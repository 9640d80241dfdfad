"""Spans: what a process did for a task, as parts of one trace from the caller's request onwards.

A trace's context travels as a W3C traceparent: in HTTP's header, in the stored task, in messages
and in the calls of workers. Names and attributes are OpenTelemetry's own conventions, for model
calls those of generative AI.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from consensus.telemetry.logs import told_under, under_which

Attributes = Mapping[str, str | int | float | bool]

_TRACER = trace.get_tracer("consensus")
_CONTEXT = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True)
class Part:
    """A span in progress. traceparent is passed on to its own parts, "" for no trace."""

    span: Span
    traceparent: str

    def note(self, **attributes: str | int | float | bool) -> None:
        """Add attributes; two underscores in a name are a dot."""
        for name, value in attributes.items():
            self.span.set_attribute(name.replace("__", "."), value)

    def fail(self, error: BaseException) -> None:
        """Record the error that ended it by its type only, since its text may contain anything."""
        self.span.set_attribute("error.type", type(error).__name__)
        self.span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        """End the span."""
        self.span.end()


def begin(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str = "",
    attributes: Attributes | None = None,
) -> Part:
    """Begin a part of the parent's trace, otherwise of the current one; call end() on it.

    For work that is handed over between tasks; where it stays in one, use tracing().
    """
    if _is_off():
        return Part(trace.INVALID_SPAN, parent or under_which() or _fresh())
    context = _CONTEXT.extract({"traceparent": parent}) if parent else None
    span = _TRACER.start_span(name, context, kind, dict(attributes or {}))
    return Part(span, _written(span) or parent or _fresh())


@contextmanager
def tracing(
    parent: str,
    name: str = "",
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
) -> Iterator[Part]:
    """Do what is inside as a part of the parent's trace, and log under it.

    Without a name it is no part of its own: only what is logged and begun inside belongs there.
    """
    if _is_off():
        told = parent if not name else parent or under_which() or _fresh()
        with told_under(told):
            yield Part(trace.INVALID_SPAN, told)
        return
    if not name:
        context = _CONTEXT.extract({"traceparent": parent}) if parent else None
        outside = trace.get_current_span(context)
        with trace.use_span(outside, record_exception=False), told_under(parent):
            yield Part(outside, parent)
        return
    part = begin(name, kind, parent, attributes)
    try:
        with (
            trace.use_span(part.span, record_exception=False, set_status_on_exception=False),
            told_under(part.traceparent),
        ):
            yield part
    except Exception as error:
        part.fail(error)
        raise
    finally:
        part.end()


def _is_off() -> bool:
    """Whether no span goes anywhere: only the context is passed on, at next to no cost."""
    return isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def _fresh() -> str:
    """A context for a task that nobody traces: its log lines are still told under one."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


def _written(span: Span) -> str:
    carrier: dict[str, str] = {}
    _CONTEXT.inject(carrier, trace.set_span_in_context(span))
    return carrier.get("traceparent", "")
