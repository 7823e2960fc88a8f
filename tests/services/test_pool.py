"""The shop with its real worker process, broker and cache."""

from __future__ import annotations

import time

import pytest
from django.core.cache import cache

from recommender.contracts import Scenario, Slate, SlateRequest
from recommender.delivery.meaning import products_by_meaning
from recommender.delivery.models import SlateTrace
from recommender.delivery.pool import heartbeat_key, order, wait_for
from recommender.delivery.slates import slate_get
from recommender.events.record import EventInput, events_record
from recommender.learning.update import learn
from recommender.registry.learning_runs import LEARN_TASK, LearningRun, learning_run_order
from recommender.registry.models import ModelVersion
from recommender.registry.versions import LIVE_KEY, model_folder, model_live
from users.models import User

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

HOME = SlateRequest(Scenario.HOME, shopper="anna", count=6)


def within(seconds: float, look):
    """Wait for a condition; its value, or None when the time is over."""
    return wait_for(lambda: look() or None, deadline=time.monotonic() + seconds)


def shown(request: SlateRequest = HOME, **options) -> list[str]:
    return [item.product for item in slate_get(request, **options).slate.items]


def fresh(slate: Slate) -> Slate | None:
    """The slate, where the pool made it in time."""
    return None if slate.degraded else slate


@pytest.fixture
def trained_shop(small_shop, pool):
    """The small shop with a live model and a worker."""
    learn(minimum_events=0)
    pool()
    assert within(30, lambda: cache.get(LIVE_KEY))
    return small_shop


def test_the_pool_scores_a_missing_slate_and_keeps_its_trace(trained_shop):
    answer = slate_get(HOME, deadline_ms=5_000)
    assert not answer.slate.degraded
    assert answer.slate.model_version == model_live().version
    trace = within(5, lambda: SlateTrace.objects.filter(pk=answer.slate.trace).first())
    assert [i["product"] for i in trace.items][:6] == [i.product for i in answer.slate.items]
    assert trace.shopper == trained_shop.shoppers["anna"]
    # anna buys oat milk, rye bread and jam; ben's croissant world is not hers
    first = answer.slate.items[0]
    assert sum(first.sources.values()) == pytest.approx(first.score, abs=1e-4)


def test_an_event_changes_the_next_slate(trained_shop):
    # How long it takes is measured by the benchmark of serving: here anything may run beside it.
    before = shown(deadline_ms=5_000)
    hidden = before[0]
    events_record(
        origin="t", events=[EventInput(id="h", type="hide", shopper="anna", product=hidden)]
    )
    changed = within(10, lambda: not (a := slate_get(HOME)).slate.degraded and a)
    assert changed is not None
    assert hidden not in [item.product for item in changed.slate.items]


def test_a_new_interest_is_followed_and_named_as_the_reason(trained_shop):
    events_record(
        origin="t",
        events=[EventInput(id="b", type="purchase", shopper="dora", product="p1", value=1)],
        attests_consent=True,
    )
    answer = slate_get(SlateRequest(Scenario.HOME, shopper="dora", count=4), deadline_ms=5_000)
    assert {i.product for i in answer.slate.items[:3]} & {"p5", "p7", "p8"}
    assert answer.slate.items[0].explanation == {"template": "because-bought", "product": "p1"}


def test_every_scenario_is_answered_by_the_pool(trained_shop):
    similar = slate_get(SlateRequest(Scenario.SIMILAR, product="p7"), deadline_ms=5_000)
    assert similar.slate.items[0].product == "p8"  # the other jam
    together = slate_get(SlateRequest(Scenario.COMPLEMENTARY, product="p0"), deadline_ms=5_000)
    assert together.slate.items[0].product == "p4"  # oat milk goes with rye bread
    again = slate_get(SlateRequest(Scenario.BUY_AGAIN, shopper="anna"), deadline_ms=5_000)
    assert {i.product for i in again.slate.items} == {"p0", "p4", "p7", "p9", "p11"}
    assert again.slate.items[0].product in {"p0", "p4"}
    trending = slate_get(SlateRequest(Scenario.TRENDING), deadline_ms=5_000)
    assert trending.slate.items[0].product == "p0"
    assert not any(s.slate.degraded for s in (similar, together, again, trending))


def test_search_by_meaning_finds_what_the_words_do_not_say(trained_shop):
    found = products_by_meaning("fruit preserve", deadline_ms=5_000)
    assert found[:3] == ["p7", "p8", "p11"]  # the two jams and the honey
    assert products_by_meaning("", deadline_ms=5_000) == []


def test_a_new_model_is_taken_over_without_a_restart_and_a_damaged_one_is_not(trained_shop):
    first = model_live().version
    second = learn(minimum_events=0)
    assert second.version != first
    assert within(10, lambda: slate_get(HOME, deadline_ms=3_000).slate.model_version != first)
    # A third version whose files are damaged after it went live is refused by the worker.
    third = learn(minimum_events=0)
    broken = next(model_folder(third).rglob("weights.json"))
    broken.write_text(broken.read_text() + " ")
    time.sleep(1.5)
    events_record(
        origin="t", events=[EventInput(id="x", type="view", shopper="anna", product="p2")]
    )
    answer = slate_get(HOME, deadline_ms=5_000)
    assert not answer.slate.degraded
    assert answer.slate.model_version in {second.version, third.version}


def test_the_pool_learns_when_it_is_told_to(trained_shop):
    events_record(
        origin="t",
        events=[
            EventInput(id=str(n), type="purchase", shopper="ben", product="p11") for n in range(3)
        ],
    )
    live = model_live()
    person = User.objects.create_user("mercy", "mercy@example.com", "secret-word-2")
    run, _is_new = learning_run_order(asked_by=person)
    assert order(LEARN_TASK)
    assert within(60, lambda: LearningRun.objects.get(pk=run.pk).ended_at)
    run.refresh_from_db()
    # One deed is learnt, too little to judge by: it is tried beside the live one first.
    assert (run.error, run.added, run.status) == ("", 1, LearningRun.Status.SHADOW)
    assert run.candidate.status == ModelVersion.Status.SHADOW
    assert run.candidate.parent == model_live() == live


def test_without_the_worker_pages_and_events_go_on_and_all_recovers(small_shop, pool):
    learn(minimum_events=0)
    worker = pool()
    assert within(30, lambda: cache.get(LIVE_KEY))
    shown(deadline_ms=5_000)
    worker.kill()
    cache.set(heartbeat_key("scoring"), time.time() - 3600)
    verdicts = events_record(
        origin="t", events=[EventInput(id="h", type="hide", shopper="anna", product="p1")]
    )
    assert verdicts[0].status == "accepted"
    began = time.monotonic()
    answer = slate_get(HOME)
    assert time.monotonic() - began < 2.0
    assert answer.slate.degraded
    assert "p1" not in [i.product for i in answer.slate.items]
    pool()
    assert within(30, lambda: cache.get(LIVE_KEY))
    # What waited for the new worker makes it call itself busy for a moment.
    again = within(10, lambda: fresh(slate_get(HOME, deadline_ms=5_000).slate))
    assert "p1" not in [i.product for i in again.items]
