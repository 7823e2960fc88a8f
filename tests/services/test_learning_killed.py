"""Learning whose process is killed again and again: nothing is lost, nothing is counted twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest
from django.db import connections

from recommender.events.models import Event
from recommender.learning.loop import learning_step
from recommender.registry.learning_runs import STEPS, LearningRun
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_live
from tests.learning.loop.against_record import learnt_is_record, live_loaded
from tests.learning.loop.conftest import few_sources, learnt, market  # noqa: F401
from tests.learning.loop.market import record, week_events

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

KILLS = 10


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch) -> None:
    """Orders of slates would wait in the broker for the worker of the next test."""
    monkeypatch.setattr("recommender.events.record.slates_refresh_order", lambda **_: None)


PLACES: dict[str, int] = {step: place for place, step in enumerate(LearningRun.Step)}


def _child() -> None:
    connections.close_all()
    learning_step(trigger=LearningRun.Trigger.EVENTS)


def _started() -> multiprocessing.process.BaseProcess:
    """A process of its own, on the same database and files, that learns."""
    connections.close_all()
    process = multiprocessing.get_context("fork").Process(target=_child)
    process.start()
    return process


def _killed_at(step: str, delay: float) -> str | None:
    """Start one, and kill it so long after it has come to the step.

    The step where it was; None where it had come to its end before.
    """
    process = _started()
    deadline = time.monotonic() + 30
    while process.is_alive() and time.monotonic() < deadline:
        # Whatever happens beside it, there is a model that serves.
        assert model_live() is not None
        run = LearningRun.objects.latest("pk")
        if run.ended_at is None and PLACES[run.step] >= PLACES[step]:
            break
    time.sleep(delay)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    return LearningRun.objects.latest("pk").step if process.exitcode else None


def _targets(dice: np.random.Generator) -> Iterator[str]:
    """Every step once on the way, then others by chance, at most twice the same."""
    yield from STEPS
    yield from sorted(dice.choice(STEPS[:-1], KILLS - len(STEPS), replace=False), key=PLACES.get)


def test_ten_kills_lose_nothing_and_count_nothing_twice(
    transactional_db,
    learnt,  # noqa: F811
):
    usual = learning_step(trigger=LearningRun.Trigger.EVENTS)
    assert usual is not None
    assert usual.status == LearningRun.Status.PROMOTED
    week = 4
    record(week_events(week))
    dice = np.random.default_rng(6)
    targets = list(_targets(dice))
    seen: list[str] = []
    for _ in range(3 * KILLS):
        if LearningRun.objects.latest("pk").ended_at is not None:
            week += 1
            record(week_events(week))
        step = targets[len(seen)]
        if (at := _killed_at(step, float(dice.uniform(0, usual.seconds[step])))) is not None:
            seen.append(at)
        live_loaded()
        if len(seen) == KILLS:
            break
    assert len(seen) == KILLS
    assert len(set(seen)) >= 5
    record(week_events(week + 1))
    for _ in range(2):
        last = _started()
        last.join(60)
        assert last.exitcode == 0
    newest = LearningRun.objects.filter(status="promoted").latest("pk")
    assert newest.upto == Event.objects.latest("pk").pk
    assert LearningRun.objects.filter(ended_at=None).count() == 0
    assert LearningRun.objects.filter(resumed__gt=0).exists()
    assert not LearningRun.objects.filter(status=LearningRun.Status.FAILED).exists()
    assert ModelVersion.objects.filter(status="live").count() == 1
    learnt_is_record()
