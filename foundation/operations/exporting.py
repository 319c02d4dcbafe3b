"""Send spans to a collector (OTLP over HTTP), where the environment names one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import structlog
from opentelemetry import trace
from opentelemetry.trace import NoOpTracer, Tracer, TracerProvider

from foundation.operations.tracing import SCOPE, traced

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.util.types import Attributes

_log = structlog.get_logger(__name__)

_SERVICE: Final = "elders-guild"
_PROTOCOL: Final = "http/protobuf"
_LAST_SECONDS: Final = 2.0
"""How long the end may wait for a collector that takes the last spans late, or never."""

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


@contextmanager
def exporting(environment: Mapping[str, str]) -> Iterator[None]:
    """Export this process's spans until the end, where a collector is named.

    Spans are sent by a thread in batches, and dropped where the collector does not take them: no
    request waits for it. What is wrong with it is logged, and keeps nothing from being served.
    Where the process exports spans already, that stays as it is.

    Args:
        environment: variables as OpenTelemetry names them; `OTEL_EXPORTER_OTLP_ENDPOINT` or
            `OTEL_TRACES_EXPORTER=otlp` switches it on.
    """
    processor = None if traced() or not wanted(environment) else _begun()
    try:
        yield
    finally:
        if processor is not None:
            last = threading.Thread(target=processor.shutdown, name="last-spans", daemon=True)
            last.start()
            last.join(_LAST_SECONDS)


def wanted(environment: Mapping[str, str]) -> bool:
    """Tell whether spans are to be exported; what can't be done is logged, as OpenTelemetry asks.

    Source: OpenTelemetry specification, environment variables.
    """
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    named = exporter == "otlp" or any(environment.get(name) for name in _ENDPOINTS)
    if not named or exporter == "none" or _true(environment.get("OTEL_SDK_DISABLED", "")):
        return False
    protocol = next((found for name in _PROTOCOLS if (found := environment.get(name))), _PROTOCOL)
    if exporter not in {"", "otlp"} or protocol != _PROTOCOL:
        spoken = f"spans go to OTEL_TRACES_EXPORTER=otlp by {_PROTOCOL} alone"
        _log.warning("tracing.off", reason=f"{spoken}: set both so, or neither")
        return False
    return True


def _true(written: str) -> bool:
    return written.strip().lower() == "true"


def _begun() -> SpanProcessor | None:
    """Have this process's spans exported; None, with the reason in the log, where that fails."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk import resources
        from opentelemetry.sdk.trace import TracerProvider as Exporting
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        _log.warning("tracing.off", reason="the extra is missing: pip install 'elders-guild[otel]'")
        return None
    own = {resources.SERVICE_NAME: _SERVICE, resources.SERVICE_VERSION: version(_SERVICE)}
    try:
        named = resources.OTELResourceDetector().detect().attributes
        resource = resources.Resource.create({**own, **named})
        provider = Exporting(resource=resource, shutdown_on_exit=False)
        processor = BatchSpanProcessor(OTLPSpanExporter())
    except Exception as error:  # noqa: BLE001 - whatever is wrong with OTEL_*, it must be served
        _log.warning("tracing.off", reason=f"the variables OTEL_* can't be used: {error}")
        return None
    provider.add_span_processor(processor)
    trace.set_tracer_provider(_OwnSpansAlone(provider))
    return processor


class _OwnSpansAlone(TracerProvider):
    """Lets our spans out, and no other library's: those may carry paths, queries and messages."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes = None,
    ) -> Tracer:
        """Answer a tracer whose spans are exported, or one whose spans are none."""
        if instrumenting_module_name != SCOPE:
            return NoOpTracer()
        return self._provider.get_tracer(
            instrumenting_module_name, instrumenting_library_version, schema_url, attributes
        )
