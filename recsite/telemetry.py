"""OpenTelemetry, where its address is set and its packages (requirements/telemetry.txt) are there.

``OTEL_EXPORTER_OTLP_ENDPOINT`` and the other variables of its specification say where spans go.
"""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec
from typing import Any

logger = logging.getLogger(__name__)


def is_configured() -> bool:
    """Whether spans are wanted and can be made; says so where only one of the two holds."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return False
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        logger.warning(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set; pip install -r requirements/telemetry.txt"
        )
        return False
    return True


def watch_web() -> None:
    """Make spans of requests and of messages to the pool; before the site is loaded."""
    if is_configured():
        from opentelemetry.instrumentation.celery import CeleryInstrumentor
        from opentelemetry.instrumentation.django import DjangoInstrumentor

        DjangoInstrumentor().instrument()
        instrumentor: Any = CeleryInstrumentor
        instrumentor().instrument()


def watch_worker() -> None:
    """Make spans of tasks."""
    if is_configured():
        from opentelemetry.instrumentation.celery import CeleryInstrumentor

        instrumentor: Any = CeleryInstrumentor
        instrumentor().instrument()


def export(service: str) -> None:
    """Send spans on from this process; after any fork, as a thread does the sending."""
    if not is_configured():
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
