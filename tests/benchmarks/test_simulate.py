"""Weeks replayed through the shop, in a market that is known by heart."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from catalog.rows import InteractionRow
from recommender.benchmarks.simulate_weeks import (
    ShadowTrial,
    list_gains,
    sampled_weeks,
    week_asked,
    week_learnt,
    week_recorded,
)
from recommender.contracts import EventType
from recommender.events.models import Event
from recommender.learning.loop import learning_step
from recommender.learning.loop.material import live_in_line
from recommender.registry.learning_runs import LearningRun
from recommender.registry.shadow import Verdict
from tests.learning.loop.against_record import live_loaded
from tests.learning.loop.conftest import few_sources  # noqa: F401
from tests.learning.loop.market import BEGIN, market_make, week_events


def rows_of(week: int) -> list[InteractionRow]:
    return [
        InteractionRow(
            id=event.id,
            shopper=event.shopper,
            product=event.product,
            type=EventType(event.type),
            value=1.0,
            time=event.time or BEGIN,
        )
        for event in week_events(week)
    ]


def test_gains_of_a_list():
    assert list_gains(["a", "b"], frozenset("x")) == (0.0, 0.0)
    assert list_gains(["a", "b"], frozenset("ab")) == (1.0, 1.0)
    hit, ndcg = list_gains(["a", "b"], frozenset("b"))
    assert hit == 1.0
    assert ndcg == pytest.approx(1 / np.log2(3))


def test_shoppers_are_sampled_whole_and_weeks_are_whole():
    rows = [row for week in range(3) for row in rows_of(week)]
    weeks = sampled_weeks(rows, 10, 0)
    # The third week has begun and is not over.
    assert len(weeks) == 2
    assert {len({row.shopper for row in week}) for week in weeks} == {10}
    first = min(row.time for row in rows)
    assert all(row.time - first < timedelta(weeks=1) for row in weeks[0])


@pytest.mark.django_db
def test_a_week_is_asked_before_it_is_recorded_and_then_learnt(few_sources):  # noqa: F811
    market_make()
    assert week_recorded(rows_of(0)) == 360
    first = learning_step(trigger=LearningRun.Trigger.FIRST)
    assert first is not None
    model, _learnt = live_loaded()
    gains = week_asked(rows_of(1), {"live": model, "same": model})
    assert Event.objects.count() == 360
    assert gains["live"].tolist() == gains["same"].tolist()
    # Whoever bought three of eight goods of an aisle takes others of it: all are on the slate.
    assert 60 < len(gains["live"]) <= 120
    assert gains["live"][:, 0].mean() > 0.9
    week_recorded(rows_of(1))
    run = week_learnt()
    assert run.added > 0
    assert live_in_line(run) is not None


@pytest.mark.django_db
def test_events_that_the_shop_refuses_end_the_simulation():
    with pytest.raises(ValueError, match="refused"):
        week_recorded(rows_of(0)[:1])


def test_it_works_in_an_empty_folder_only(tmp_path):
    (tmp_path / "something").touch()
    with pytest.raises(CommandError, match="--var"):
        call_command("simulate", var=tmp_path, stdout=StringIO())
    with pytest.raises(CommandError, match="--first-weeks"):
        call_command("simulate", first_weeks=0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("live", "shadow", "expected", "status"),
    [(100, 100, Verdict.PASSED, "live"), (100, 60, Verdict.WORSE, "refused")],
)
def test_a_candidate_in_shadow_is_judged_by_what_was_taken(
    few_sources,  # noqa: F811
    live,
    shadow,
    expected,
    status,
):
    market_make()
    week_recorded(rows_of(0))
    learning_step(trigger=LearningRun.Trigger.FIRST)
    week_recorded(rows_of(1)[:30])
    run = week_learnt()
    # Too few were asked for the gate to be sure.
    assert run.status == LearningRun.Status.SHADOW
    hits = np.zeros((300, 2))
    hits[:live, 0] = hits[:shadow, 1] = 1.0
    trial = ShadowTrial(run.candidate, live_loaded()[0], [hits])
    assert trial.judged() is expected
    run.candidate.refresh_from_db()
    assert run.candidate.status == status
