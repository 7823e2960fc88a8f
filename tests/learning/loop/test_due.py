"""When a run is due, by the plan."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from catalog.models import Category, Product
from recommender.contracts import EventType
from recommender.events.models import Event
from recommender.events.snapshots import log_watermark
from recommender.learning.loop.due import Due, events_drift, learning_due
from recommender.models import LearningPlan, LearningRun, ModelVersion
from recommender.registry.learning_runs import Method
from tests.shop import SmallShop
from users.erasure import shopper_erase
from users.models import Consent, ErasureReceipt, Shopper

Trigger = LearningRun.Trigger


@pytest.fixture
def plan(db) -> LearningPlan:
    return LearningPlan(
        every_minutes=10, minimum_events=5, events_at_once=50, drift_threshold=0.0, retrain_days=7
    )


def live_make(*, ago: timedelta, **fields) -> ModelVersion:
    """A live model that has learnt all there is."""
    return ModelVersion.objects.create(
        **{
            "version": "v1",
            "folder": "v1",
            "checksum": "0",
            "status": "live",
            "watermark": log_watermark(),
            "created_at": timezone.now() - ago,
            **fields,
        }
    )


def run_make(*, ago: timedelta, **fields) -> LearningRun:
    then = timezone.now() - ago
    return LearningRun.objects.create(
        **{
            "trigger": "events",
            "status": "promoted",
            "began_at": then,
            "made_at": then,
            "ended_at": then,
            **fields,
        }
    )


def events_make(number: int, *, shopper: str = "anna", product: str = "p0") -> None:
    who = Shopper.objects.get(external_id=shopper)
    what = Product.objects.get(external_id=product)
    Event.objects.bulk_create(
        Event(
            origin="due",
            client_id=f"{shopper}-{product}-{log_watermark()}-{n}",
            shopper=who,
            product=what,
            type=EventType.CLICK.value,
            time=timezone.now(),
        )
        for n in range(number)
    )


def test_without_a_model_the_first_event_is_enough(small_shop: SmallShop, plan):
    assert learning_due(plan) == Due(Trigger.FIRST)
    run_make(ago=timedelta(minutes=5), trigger="first", status="failed")
    assert learning_due(plan) is None
    later = timezone.now() + timedelta(minutes=6)
    assert learning_due(plan, now=later) == Due(Trigger.FIRST)
    Event.objects.all().delete()
    assert learning_due(plan, now=later) is None


def test_enough_time_and_enough_events_are_both_needed(small_shop: SmallShop, plan):
    live_make(ago=timedelta(minutes=11))
    events_make(4)
    assert learning_due(plan) is None
    events_make(1)
    assert learning_due(plan) == Due(Trigger.EVENTS, {"events": 5, "minutes": 11})
    run_make(ago=timedelta(minutes=9), status="failed")
    assert learning_due(plan) is None
    assert learning_due(plan, now=timezone.now() + timedelta(minutes=1)).trigger == Trigger.EVENTS


def test_very_many_events_do_not_wait(small_shop: SmallShop, plan):
    live_make(ago=timedelta(seconds=90))
    events_make(50)
    assert learning_due(plan) == Due(Trigger.EVENTS, {"events": 50})
    plan.events_at_once = 0
    assert learning_due(plan) is None


def test_no_run_follows_another_within_a_minute(small_shop: SmallShop, plan):
    live_make(ago=timedelta(days=1))
    events_make(60)
    run_make(ago=timedelta(seconds=30))
    assert learning_due(plan) is None


def test_a_plan_that_is_off_asks_for_nothing(small_shop: SmallShop, plan):
    plan.is_on = False
    assert learning_due(plan) is None


@pytest.mark.parametrize(("status", "expected"), [("refused", None), ("failed", Trigger.EVENTS)])
def test_a_window_that_was_judged_is_not_tried_by_itself(
    small_shop: SmallShop, plan, status, expected
):
    live_make(ago=timedelta(days=1))
    events_make(6)
    run_make(ago=timedelta(minutes=20), status=status, upto=log_watermark())
    events_make(3)
    due = learning_due(plan)
    assert (due and due.trigger) == expected
    events_make(2)
    assert learning_due(plan).trigger == Trigger.EVENTS


def test_an_erasure_does_not_wait_for_the_minutes(small_shop: SmallShop, plan):
    live_make(ago=timedelta(minutes=2))
    shopper_erase(shopper=small_shop.shoppers["anna"], route=ErasureReceipt.Route.ADMIN)
    assert learning_due(plan) == Due(Trigger.ERASURE, {"erasures": 1})
    run_make(ago=timedelta(minutes=3), trigger="erasure", status="failed")
    assert learning_due(plan) is None


def test_a_full_training_is_due_after_its_days(small_shop: SmallShop, plan):
    # It was updated yesterday; what counts is when it was made from nothing.
    fully = timezone.now() - timedelta(days=8)
    live_make(ago=timedelta(days=1), settings={"trained_fully_at": fully.isoformat()})
    assert learning_due(plan) is None
    events_make(1)
    assert learning_due(plan) == Due(Trigger.RETRAIN, {"days": 8.0})
    run_make(ago=timedelta(hours=3), trigger="retrain", status="refused")
    assert learning_due(plan) is None
    plan.retrain_days = 0
    assert learning_due(plan) is None


def test_a_version_in_shadow_is_given_its_time(small_shop: SmallShop, plan):
    live_make(ago=timedelta(days=1))
    shadow = live_make(ago=timedelta(hours=2), version="v2", status="shadow")
    events_make(10)
    assert learning_due(plan) is None
    plan.shadow_hours = 1
    assert learning_due(plan).trigger == Trigger.EVENTS
    shadow.delete()


def test_events_of_other_kinds_do_not_wait(small_shop: SmallShop, plan):
    for number in range(100):
        Shopper.objects.create(external_id=f"s{number}", consent=Consent.GRANTED)
        events_make(4, shopper=f"s{number}", product=f"p{number % 12}")
    seen = log_watermark()
    live_make(ago=timedelta(minutes=2))
    for number in range(100):
        events_make(2, shopper=f"s{number}", product=f"p{number % 12}")
    plan.drift_threshold, plan.events_at_once = 0.3, 0
    assert events_drift(seen) < 0.3
    assert learning_due(plan) is None
    tea = Category.objects.get(path="Pantry / Tea")
    Event.objects.filter(pk__gt=seen).update(product=tea.products.get())
    due = learning_due(plan)
    assert due.trigger == Trigger.DRIFT
    assert due.measured["drift"] > 0.3


def test_the_methods_of_the_plan_are_those_of_the_update():
    from recommender.learning.lifelong.continual import CONTINUAL_METHODS

    assert set(Method.values) == set(CONTINUAL_METHODS)


def test_looking_costs_few_queries(small_shop: SmallShop, plan, django_assert_max_num_queries):
    live_make(ago=timedelta(days=1))
    events_make(3)
    with django_assert_max_num_queries(6):
        assert learning_due(plan, now=datetime.now(tz=timezone.get_current_timezone())) is None
