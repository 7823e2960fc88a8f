"""What waits behind a task is taken along: in order, bounded, and nothing is lost."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from django.core.cache import cache

from recommender.contracts import Scenario, SlateRequest
from recommender.delivery.pool import (
    BUSY_KEY,
    REFRESH_TASK,
    SCORE_TASK,
    order,
    slates_order,
    slates_refresh_order,
)
from recommender.worker.gathering import QUEUE, Gatherer
from recsite.celery import app

SIZES = {SCORE_TASK: 1, REFRESH_TASK: 2}
MEANING = "recommender.search_by_meaning"


@pytest.fixture(autouse=True)
def _empty_queue() -> None:
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge(QUEUE)


def task(sent_at: float | None = None) -> SimpleNamespace:
    return SimpleNamespace(name=SCORE_TASK, request=SimpleNamespace(sent_at=sent_at))


def home(shopper: str) -> SlateRequest:
    return SlateRequest(Scenario.HOME, shopper=shopper)


def gathered(gatherer: Gatherer, sent_at: float | None = None) -> list[tuple[str, list[str]]]:
    orders = gatherer.taken_along(task(sent_at), [[{"shopper": "first"}]], SIZES)
    return [
        (one.task, [w["shopper"] if isinstance(w, dict) else w for w in one.arguments[0]])
        for one in orders
    ]


def test_alone_it_is_scored_alone():
    assert gathered(Gatherer()) == [(SCORE_TASK, ["first"])]


def test_what_waits_comes_along_oldest_first():
    slates_order([home("anna"), home("ben")])
    slates_refresh_order(shoppers=["cleo"])
    slates_order([home("dora")])
    gatherer = Gatherer()
    gatherer.pace = 0.001
    assert gathered(gatherer) == [
        (SCORE_TASK, ["first"]),
        (SCORE_TASK, ["anna", "ben"]),
        (REFRESH_TASK, ["cleo"]),
        (SCORE_TASK, ["dora"]),
    ]
    assert gathered(gatherer) == [(SCORE_TASK, ["first"])]


def test_something_else_ends_the_batch_and_is_not_lost():
    slates_order([home("anna")])
    order(MEANING, "jam", 5)
    slates_order([home("ben")])
    gatherer = Gatherer()
    gatherer.pace = 0.001
    orders = gatherer.taken_along(task(), [[{"shopper": "first"}]], SIZES)
    assert [one.task for one in orders] == [SCORE_TASK, SCORE_TASK, MEANING]
    assert list(orders[-1].arguments) == ["jam", 5]
    assert [one.task for one in gatherer.taken_along(task(), [[]], SIZES)] == [SCORE_TASK] * 2


def test_a_batch_holds_what_half_of_the_deadline_allows(settings):
    settings.POOL_DEADLINE_MS = 150
    for number in range(9):
        slates_order([home(f"s{number}")])
    gatherer = Gatherer()
    gatherer.pace = 0.024
    assert gatherer.room() == 3
    assert len(gathered(gatherer)) == 3
    gatherer.pace = 10.0
    assert gatherer.room() == 1
    assert len(gathered(gatherer)) == 1
    settings.SCORING_BATCH = 2
    gatherer.pace = 0.0001
    assert len(gathered(gatherer)) == 2


def test_the_pace_follows_what_batches_take():
    gatherer = Gatherer()
    gatherer.pace = 0.02
    gatherer.took(4, 0.4)
    assert gatherer.pace == pytest.approx(0.02 + 0.2 * (0.1 - 0.02))
    gatherer.took(0, 1.0)
    assert gatherer.pace == pytest.approx(0.036)


def test_an_order_that_nobody_waits_for_any_more_is_dropped(settings):
    settings.POOL_DEADLINE_MS = 0
    slates_order([home("late")])
    settings.POOL_DEADLINE_MS = 1_000
    slates_order([home("anna")])
    gatherer = Gatherer()
    gatherer.pace = 0.001
    time.sleep(0.01)
    assert gathered(gatherer) == [(SCORE_TASK, ["first"]), (SCORE_TASK, ["anna"])]


def test_a_broker_that_is_gone_has_nothing_waiting(monkeypatch):
    unreachable = app.connection_for_read
    monkeypatch.setattr(app, "connection_for_read", lambda: unreachable("redis://127.0.0.1:1/0"))
    assert gathered(Gatherer()) == [(SCORE_TASK, ["first"])]


def test_a_long_wait_makes_the_pool_call_itself_busy(settings):
    settings.POOL_DEADLINE_MS = 150
    gathered(Gatherer(), sent_at=time.time() - 0.05)
    assert cache.get(BUSY_KEY) is None
    gathered(Gatherer(), sent_at=time.time() - 0.5)
    assert 0.0 < cache.get(BUSY_KEY) - time.time() <= 0.25
