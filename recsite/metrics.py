"""What the shop counts about itself, for Prometheus.

All processes of one machine write into one folder, so that whoever is asked answers for all of
them. Every metric has labels: its file appears with its first count, not with an import.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

#: Seconds; the bars of the read path (25 and 120 ms) and the pool's deadline lie on their edges.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.12, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)
LONG_SECONDS = (*SECONDS, 30.0, 60.0, 300.0, 1800.0)

REQUEST_SECONDS = Histogram(
    "recsite_request_seconds", "Answering a request.", ["route", "method", "status"],
    buckets=SECONDS,
)  # fmt: skip
SLATES = Counter("recsite_slates", "Slates served.", ["scenario", "outcome"])
RERANKS = Counter(
    "recsite_reranks", "Slates by what became of reranking by the language model.", ["outcome"]
)
SENTENCES = Counter(
    "recsite_sentences",
    "Sentences of explanations, by what the verifier said of the model's and by what is shown.",
    ["language", "verdict", "origin"],
)
EVENTS = Counter("recsite_events", "Events reported.", ["type", "verdict"])
ORDERS_REFUSED = Counter(
    "recsite_orders_refused", "Tasks that were not handed to the pool.", ["task", "reason"]
)
TASK_SECONDS = Histogram(
    "recsite_task_seconds", "Running a task.", ["task", "state"], buckets=LONG_SECONDS
)
TASK_WAIT_SECONDS = Histogram(
    "recsite_task_wait_seconds", "From sending a task to its start.", ["task"],
    buckets=LONG_SECONDS,
)  # fmt: skip
BATCH_SLATES = Histogram(
    "recsite_batch_slates", "Slates scored in one go.", ["queue"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128),
)  # fmt: skip
GENERATIONS = Counter(
    "recsite_generations", "Texts written, or not written and why.", ["generator", "outcome"]
)
GENERATED_TOKENS = Counter("recsite_generated_tokens", "Tokens written.", ["generator"])
GENERATION_SECONDS = Histogram(
    "recsite_generation_seconds", "Writing the texts of one call.", ["generator"],
    buckets=LONG_SECONDS,
)  # fmt: skip
CIRCUIT_STATE = Gauge(
    "recsite_circuit_state", "1 for the state in which the circuit to a server is.",
    ["server", "state"], multiprocess_mode="livemostrecent",
)  # fmt: skip
WORKER_MEMORY = Gauge(
    "recsite_worker_memory_bytes", "Memory of a worker's process.", ["queue"],
    multiprocess_mode="livemostrecent",
)  # fmt: skip


class StateCollector(Collector):
    """What is read when somebody asks: queues, the live model, what waits for the graph."""

    def collect(self) -> Iterator[Metric]:
        """The gauges; a part that does not answer is left out rather than reported as zero."""
        # Loaded late, since what they belong to counts with the metrics above.
        from kg.models import OutboxEntry
        from recsite.health import readiness
        from recsite.queues import queue_lengths

        waiting = GaugeMetricFamily(
            "recsite_queue_tasks", "Tasks that wait in a queue.", labels=["queue"]
        )
        for queue, length in queue_lengths().items():
            waiting.add_metric([queue], length)
        yield waiting
        parts = GaugeMetricFamily("recsite_part_up", "Whether a part is there.", labels=["part"])
        findings = readiness()
        for name, finding in findings.items():
            parts.add_metric([name], float(finding.ok))
        yield parts
        if not findings["database"].ok:
            return
        live = findings["model"]
        model = InfoMetricFamily("recsite_live_model", "The version that serves.")
        model.add_metric([], {"version": live.detail if live.ok else "none"})
        yield model
        if settings.NEO4J_URL:
            yield GaugeMetricFamily(
                "recsite_graph_changes_waiting",
                "Changes that Neo4j has yet to hear of.",
                value=OutboxEntry.objects.count(),
            )


def counted() -> bytes:
    """What the processes of this machine have counted, without asking any part of the shop."""
    return generate_latest(_machine())


def exposition() -> bytes:
    """Everything that the processes of this machine have counted, in Prometheus' text format."""
    registry = _machine()
    registry.register(StateCollector())
    return generate_latest(registry)


def serve(port: int) -> None:
    """Answer for this machine's figures on a port: where workers run without a web process.

    For the network between the machines, as it asks for no token.
    """
    start_http_server(port, registry=_machine())


def _machine() -> CollectorRegistry:
    """What all processes of this machine have counted."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
