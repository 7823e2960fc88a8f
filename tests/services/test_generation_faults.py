"""The explaining worker, a real process, whose server fails in every way: the shop goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from recommender.delivery.pool import wait_for
from recommender.delivery.text_samples import text_sample
from recommender.delivery.writers import writer_told
from recommender.events.models import Event
from recommender.events.record import EventInput, events_record
from recommender.explanation.generation import Prompt
from tests.fault_generator import FAULT_FILE
from tests.processes import WorkerProcess
from tests.text_server import TextServer

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

REST_SECONDS = 1.0
PROMPT = Prompt("", "why jam?", max_tokens=9)


def within(seconds: float, look):
    """Wait for a condition; its value, or None when the time is over."""
    return wait_for(lambda: look() or None, deadline=time.monotonic() + seconds)


@pytest.fixture
def server() -> Iterator[TextServer]:
    with TextServer() as running:
        yield running


@pytest.fixture
def writer(transactional_db, server, tmp_path: Path) -> Iterator[WorkerProcess]:
    worker = WorkerProcess(
        models=Path(settings.MODEL_DIR),
        snapshots=Path(settings.SNAPSHOT_DIR),
        queues="explain",
        TEXT_GENERATOR="tests.fault_generator:FaultGenerator",
        OPENAI_BASE_URL=server.base_url,
        OPENAI_MODEL="served",
        OPENAI_READ_SECONDS="0.3",
        OPENAI_REST_SECONDS=str(REST_SECONDS),
        **{FAULT_FILE: str(tmp_path / "fault")},
    )
    worker.wait_until_ready()
    yield worker
    worker.stop()


def outcome(deadline_seconds: float = 5.0) -> str:
    """The text, or the reason why there is none."""
    sample = text_sample(PROMPT, deadline_seconds=deadline_seconds)
    return sample.reason or sample.text


def explain_state() -> dict[str, object]:
    state: dict[str, object] = Client().get("/health/ready/").json()["checks"]["explain"]
    return state


def test_whatever_the_server_does_the_shop_goes_on_and_all_recovers(
    small_shop, writer, server, tmp_path
):
    assert outcome() == "You said: why jam?"
    # Warm before it was ready: the server had been asked for a word.
    assert [asked["max_tokens"] for asked in server.asked] == [1, 9]
    assert "circuit closed" in explain_state()["detail"]

    # Each of these is one failure, and the shop's pages and events know nothing of it.
    (tmp_path / "fault").write_text("out of memory")
    assert outcome() == "memory"
    (tmp_path / "fault").unlink()
    assert outcome() == "You said: why jam?"
    for mode, reason in (("half", "garbage"), ("garbage", "garbage"), ("500", "status")):
        server.mode = mode
        assert outcome() == reason, mode
        verdict = events_record(
            origin="t", events=[EventInput(id=mode, type="view", shopper="anna", product="p1")]
        )
        assert (verdict[0].status, Client().get("/").status_code) == ("accepted", 200)
    assert Event.objects.filter(origin="t").count() == 3

    # Three in a row: it is left alone, everybody can see so, and nobody waits.
    asked = len(server.asked)
    assert outcome() == "circuit_open"
    assert len(server.asked) == asked
    assert within(10, lambda: writer_told().circuit == "open")
    assert explain_state()["ok"] is False
    server.mode = "hang"
    time.sleep(REST_SECONDS)
    assert outcome() == "deadline"  # the one that is let through
    server.mode = "well"
    assert within(10, lambda: outcome() == "You said: why jam?")
    assert within(10, lambda: explain_state()["ok"])

    # One that grew too large ends after its task; it is missed, and nobody waits for it.
    (tmp_path / "fault").write_text("1")
    assert outcome() == "You said: why jam?"
    writer.process.join(20)
    assert writer.process.exitcode == 0
    assert "EXPLAIN_MEMORY_MB" in writer.log.read_text()
    began = time.monotonic()
    assert outcome() == "pool"
    assert time.monotonic() - began < 1.0
