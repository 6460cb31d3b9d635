"""Tracing: spans of runs, activities and effects for OpenTelemetry, if they are switched on.

They are switched on as OpenTelemetry has it: `OTEL_TRACES_EXPORTER=otlp` (or `console`), or an address in
`OTEL_EXPORTER_OTLP_ENDPOINT`; the other `OTEL_` variables hold too. A span holds ids, kinds, outcomes and
codes, and no person's data: the texts of exceptions stay out of the spans of effects, and what leaves an
activity has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from temporalio.client import Interceptor

_EXPORTER = "OTEL_TRACES_EXPORTER"
_PLACES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_SERVICE = "nurture"


class TracingError(Exception):
    """Tracing is switched on and cannot be had. The message names the remedy."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """What gives spans. `interceptor`: for the client and its workers."""

    provider: TracerProvider
    interceptor: Interceptor

    @contextmanager
    def span(self, kind: str, fields: Mapping[str, str | int]) -> Iterator[Callable[[str, str], None]]:
        """Give one attempt at an effect a span; tell its outcome and reason to what this yields."""
        tracer = self.provider.get_tracer(_SERVICE)
        named = {f"nurture.{name}": value for name, value in fields.items()}
        # What an exception says may quote a person.
        quiet: dict[str, Any] = {"record_exception": False, "set_status_on_exception": False}
        with tracer.start_as_current_span(f"effect {kind}", attributes=named, **quiet) as span:

            def told(outcome: str, reason: str) -> None:
                span.set_attributes({"nurture.outcome": outcome, "nurture.reason": reason})

            yield told

    def close(self) -> None:
        """Hand over what is left."""
        self.provider.shutdown()


def wanted(environ: Mapping[str, str]) -> str | None:
    """Return which exporter the environment asks for: `otlp` or `console`; None if it is off.

    Raises:
        TracingError: it asks for one that there is not.
    """
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    named = environ.get(_EXPORTER, "").strip() or ("otlp" if any(map(environ.get, _PLACES)) else "none")
    if named == "none":
        return None
    if named not in ("otlp", "console"):
        raise TracingError(f"{_EXPORTER} is {named}; Nurture knows otlp, console and none.")
    return named


def tracing(environ: Mapping[str, str]) -> Tracing | None:
    """Begin to trace, if the environment asks for it. Raises `TracingError`."""
    exporter = wanted(environ)
    if exporter is None:
        return None
    try:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        sink = _exporter(exporter)
    except ImportError as missing:
        raise TracingError(
            "Spans are asked for, and OpenTelemetry is not installed here. Install it with "
            f"`pip install nurture-dsl[otel]`, or set {_EXPORTER}=none."
        ) from missing
    found = of(environ.get("OTEL_SERVICE_NAME"))
    found.provider.add_span_processor(BatchSpanProcessor(sink))
    return found


def of(service: str | None = None) -> Tracing:
    """Return tracing that exports nothing yet."""
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from temporalio.contrib.opentelemetry import TracingInterceptor

    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service or _SERVICE}))
    return Tracing(provider, TracingInterceptor(provider.get_tracer("temporalio")))


def _exporter(name: str) -> SpanExporter:
    if name == "console":
        import sys

        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter(out=sys.stderr)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()
