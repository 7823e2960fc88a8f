"""A market that learns with a few exact sources, in a fraction of a second."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.learning import update
from recommender.learning.lifelong.bounds import Bounds
from recommender.learning.loop import evaluate_step, learning_step
from recommender.registry.learning_runs import LearningRun
from tests.learning.loop.market import market_make, record, week_events

SOURCES = ("popular", "item_knn", "transitions")


class NoEncoder:
    """The same vector for every text: the sources in these tests read none."""

    checksum = "none"
    dimensions = 2

    def encode(self, texts):
        return np.tile(np.array([1.0, 0.0], np.float32), (len(texts), 1))


@pytest.fixture
def few_sources(monkeypatch) -> None:
    """Train few sources only, and judge by few cases."""
    monkeypatch.setattr(update, "default_sources", lambda *_, **__: {s: {} for s in SOURCES})
    for module in ("update", "growth", "loop.update_step", "loop.publish_step"):
        monkeypatch.setattr(f"recommender.learning.{module}.item_encoder", lambda **_: NoEncoder())
    monkeypatch.setattr(evaluate_step, "gate_bounds", lambda: Bounds(least_cases=20))


@pytest.fixture
def market(db, few_sources) -> None:
    """Three weeks on record, nothing learnt."""
    market_make()
    for week in range(3):
        record(week_events(week))


@pytest.fixture
def learnt(market) -> LearningRun:
    """The first model is live, and a fourth week is on record."""
    first = learning_step(trigger=LearningRun.Trigger.FIRST)
    assert first is not None
    assert first.status == LearningRun.Status.PROMOTED
    record(week_events(3))
    return first
