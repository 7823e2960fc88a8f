"""Figures, traces and health: what those who run the shop look at."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import resolve
from prometheus_client.parser import text_string_to_metric_families

from recommender.delivery.pool import order, wait_for
from recommender.events.record import EventInput, events_record
from recommender.learning.update import learn
from recommender.registry.versions import LIVE_KEY
from recsite import metrics, queues, tracing
from recsite.celery import QUEUES, app

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def figures() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Samples by name and labels."""
    text = metrics.exposition().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(name: str, **labels: str) -> float:
    return figures().get((name, tuple(sorted(labels.items()))), 0.0)


def empty_queues() -> None:
    with app.connection_for_write() as connection:
        for name in QUEUES:
            connection.default_channel.queue_purge(name)


# --- traces ---------------------------------------------------------------------------------------


def test_a_trace_that_comes_along_is_kept(client: Client):
    answer = client.get("/health/live/", headers={"traceparent": TRACEPARENT})
    assert answer["X-Trace-Id"] == TRACE


@pytest.mark.parametrize(
    "told",
    ["", "nonsense", f"00-{'0' * 32}-00f067aa0ba902b7-01", TRACEPARENT.upper(), TRACEPARENT[:-1]],
)
def test_any_other_request_gets_a_trace_of_its_own(client: Client, told: str):
    one, two = (client.get("/health/live/", headers={"traceparent": told})["X-Trace-Id"]
                for _ in range(2))  # fmt: skip
    assert one != two
    assert len(one) == len(two) == 32
    assert tracing.trace_id() == ""


def test_a_message_to_the_pool_carries_the_trace_of_its_request(settings, tmp_path):
    empty_queues()
    token = tracing._trace.set(TRACE)
    try:
        before = time.time()
        assert order("recommender.traces_prune")
    finally:
        tracing._trace.reset(token)
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue("training").get(timeout=5)
        message.ack()
    assert message.headers["trace"] == TRACE
    assert before <= message.headers["sent_at"] <= time.time()


def test_a_line_of_json_says_what_and_where():
    record = logging.LogRecord("shop", logging.ERROR, "x.py", 1, "%s fell", ("tea",), None)
    record.product = "p1"
    token = tracing._trace.set(TRACE)
    try:
        assert tracing.TraceFilter().filter(record)
    finally:
        tracing._trace.reset(token)
    told = json.loads(tracing.JsonFormatter().format(record))
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "error", "logger": "shop", "message": "tea fell", "trace": TRACE, "product": "p1",
    }  # fmt: skip


def test_an_exception_stays_on_its_line():
    try:
        raise ValueError("no tea\nat all")
    except ValueError as error:
        record = logging.LogRecord(
            "shop",
            logging.ERROR,
            "x.py",
            1,
            "failed",
            (),
            (type(error), error, error.__traceback__),
        )
    (line,) = tracing.JsonFormatter().format(record).splitlines()
    assert "no tea\nat all" in json.loads(line)["exception"]


# --- figures --------------------------------------------------------------------------------------


def test_requests_are_counted_by_route_and_not_by_address(db, client: Client):
    for number in range(3):
        client.get(f"/products/none-{number}/")
    client.generic("BREW", "/health/live/")
    told = [dict(labels) for name, labels in figures() if name == "recsite_request_seconds_count"]
    assert not [labels for labels in told if "none-" in labels["route"]]
    assert {"route": "health/live/", "method": "other", "status": "405"} in told
    missing = {"route": resolve("/products/none-1/").route, "method": "GET", "status": "404"}
    assert missing in told


def test_events_and_slates_are_counted(small_shop, client: Client):
    before = figure("recsite_events_total", type="view", verdict="accepted")
    refused = figure("recsite_events_total", type="unknown", verdict="refused")
    events_record(
        origin="t",
        events=[
            EventInput(id="1", type="view", shopper="anna", product="p1"),
            EventInput(id="2", type="view", shopper="anna", product="p2"),
            EventInput(id="3", type="teleport", shopper="anna", product="p2"),
        ],
    )
    assert figure("recsite_events_total", type="view", verdict="accepted") == before + 2
    assert figure("recsite_events_total", type="unknown", verdict="refused") == refused + 1
    served = figure("recsite_slates_total", scenario="trending", outcome="popular")
    client.get("/")
    assert figure("recsite_slates_total", scenario="trending", outcome="popular") == served + 1


def test_what_waits_and_what_is_missing_is_told(db):
    empty_queues()
    assert figure("recsite_queue_tasks", queue="training") == 0
    order("recommender.traces_prune")
    order("recommender.traces_prune")
    assert queues.queue_lengths()["training"] == 2
    assert figure("recsite_queue_tasks", queue="training") == 2
    assert figure("recsite_part_up", part="database") == 1
    assert figure("recsite_part_up", part="model") == 0
    assert figure("recsite_live_model_info", version="none") == 1


def test_a_broker_that_is_gone_leaves_its_figures_out(db, monkeypatch):
    unreachable = app.connection_for_read
    monkeypatch.setattr(app, "connection_for_read", lambda: unreachable("redis://127.0.0.1:1/0"))
    assert queues.queue_lengths() == {}
    assert "recsite_queue_tasks{" not in metrics.exposition().decode()


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_the_workers_figures_are_told_by_the_web(small_shop, pool, client: Client):
    learn(minimum_events=0)
    pool()
    assert wait_for(lambda: cache.get(LIVE_KEY), deadline=time.monotonic() + 30)
    labels = {"task": "recommender.slates_score", "state": "success"}
    before = figure("recsite_task_seconds_count", **labels)
    client.get("/")
    assert wait_for(
        lambda: figure("recsite_task_seconds_count", **labels) > before or None,
        deadline=time.monotonic() + 30,
    )
    assert figure("recsite_task_wait_seconds_count", task="recommender.slates_score") >= 1
    assert figure("recsite_batch_slates_count", queue="scoring") >= 1


# --- who may look ---------------------------------------------------------------------------------


def test_figures_are_for_this_machine_or_for_the_token(db, client: Client, settings):
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    passed_on = {"X-Forwarded-For": "192.0.2.7"}
    assert client.get("/metrics", headers=passed_on).status_code == 403
    settings.METRICS_TOKEN = "läuft"
    assert client.get("/metrics").status_code == 403
    told = {"Authorization": "Bearer läuft".encode().decode("latin-1")}
    assert client.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 403
    settings.METRICS_TOKEN = "runs"
    told = {"Authorization": "Bearer runs"}
    answer = client.get("/metrics", headers=told, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")


# --- health for people ----------------------------------------------------------------------------


def test_the_health_page_says_what_is_missing(db, client: Client):
    page = client.get("/health/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "The shop serves; parts are missing." in text
    assert "no model has been trained yet" in text
    for name in QUEUES:
        assert f'<th scope="row">{name}</th>' in text


# --- OpenTelemetry --------------------------------------------------------------------------------


def test_spans_of_a_real_site_arrive_where_they_are_wanted(tmp_path):
    pytest.importorskip("opentelemetry.instrumentation.django")
    arrived: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.append((self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code = (
        "from recsite import telemetry; from recsite.wsgi import application\n"
        "from django.test import Client; telemetry.export('recsite-web')\n"
        "assert Client().get('/health/live/').status_code == 200\n"
        "from opentelemetry import trace; trace.get_tracer_provider().force_flush()\n"
    )
    surroundings = {
        **os.environ,
        "RECSITE_VAR": str(tmp_path),
        "RECSITE_TEST_CHILD": "1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
    }
    try:
        subprocess.run([sys.executable, "-c", code], env=surroundings, check=True, timeout=120)
    finally:
        server.shutdown()
    assert [path for path, _ in arrived] == ["/v1/traces"]
    assert b"recsite-web" in arrived[0][1]
    assert b"health/live/" in arrived[0][1]
