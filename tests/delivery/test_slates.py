"""The read path: fresh, stale, missing and broken, without a pool and with one in the test."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core.cache import cache

from catalog.models import Product
from recommender.contracts import Scenario, Slate, SlateItem, SlateRequest
from recommender.delivery import slates as read_path
from recommender.delivery.models import SlateCount
from recommender.delivery.pool import BUSY_KEY, heartbeat_key
from recommender.delivery.served import served
from recommender.delivery.slate_store import (
    slate_as_dict,
    slate_from_dict,
    slate_key,
    slate_write,
)
from recommender.delivery.slates import slate_get, slate_trace_get, slates_get
from recommender.events.record import EventInput, events_record
from recommender.registry.versions import LIVE_KEY
from users.models import Shopper

HOME = SlateRequest(Scenario.HOME, shopper="anna", count=3)


def slate(request: SlateRequest = HOME, *, products=("p1", "p2", "p3", "p4"), at=None) -> Slate:
    return Slate(
        trace="12345678-1234-5678-1234-567812345678",
        scenario=request.scenario,
        shopper=request.shopper,
        product=request.product,
        model_version="v1",
        scored_at=time.time() if at is None else at,
        items=tuple(
            SlateItem(p, rank, 1 / rank, {"ease": 1 / rank}, {"template": "your-taste"})
            for rank, p in enumerate(products, start=1)
        ),
    )


def shown(served_slate) -> list[tuple[int, str]]:
    return [(item.rank, item.product) for item in served_slate.slate.items]


@pytest.fixture
def orders(monkeypatch) -> list[list[SlateRequest]]:
    """What was ordered from a pool that is alive but never answers."""
    ordered: list[list[SlateRequest]] = []
    cache.set(heartbeat_key("scoring"), time.time())
    cache.set(LIVE_KEY, "v1")

    def order(requests) -> bool:
        ordered.append(list(requests))
        return True

    monkeypatch.setattr(read_path, "slates_order", order)
    return ordered


def test_a_slate_survives_its_way_through_plain_types():
    whole = slate(replace(HOME, product="x"))
    assert slate_from_dict(slate_as_dict(whole)) == whole


def test_a_fresh_slate_is_served_as_it_is_without_asking_the_pool(small_shop, orders):
    slate_write(HOME, slate(at=time.time() - 60))
    answer = slate_get(HOME)
    assert shown(answer) == [(1, "p1"), (2, "p2"), (3, "p3")]
    assert 60_000 <= answer.age_ms < 62_000
    assert (answer.slate.degraded, answer.slate.model_version) == (False, "v1")
    assert orders == []


def test_exclusions_and_sold_out_products_make_room_for_the_next(small_shop, orders):
    slate_write(HOME, slate())
    Product.objects.filter(external_id="p2").update(stock=0)
    assert shown(slate_get(replace(HOME, exclude=("p1",)))) == [(1, "p3"), (2, "p4")]


def test_an_event_outdates_the_slate_and_the_last_one_is_shown_when_the_pool_is_late(
    small_shop, orders
):
    slate_write(HOME, slate(at=time.time() - 1))
    events_record(
        origin="t", events=[EventInput(id="h", type="hide", shopper="anna", product="p2")]
    )
    began = time.monotonic()
    answer = slate_get(HOME, deadline_ms=100)
    assert 0.1 <= time.monotonic() - began < 2.0
    assert answer.slate.degraded
    # Even the last slate does not show what was rejected after it was made.
    assert shown(answer) == [(1, "p1"), (2, "p3"), (3, "p4")]
    assert [[r.scenario for r in order] for order in orders] == [[Scenario.HOME]]


def test_a_missing_slate_is_shown_as_soon_as_the_pool_has_it(small_shop, monkeypatch):
    cache.set(heartbeat_key("scoring"), time.time())
    cache.set(LIVE_KEY, "v1")

    def order(requests):
        for request in requests:
            slate_write(request, slate(request))
        return True

    monkeypatch.setattr(read_path, "slates_order", order)
    home, trending = slates_get([HOME, SlateRequest(Scenario.TRENDING, count=2)])
    assert not home.slate.degraded
    assert shown(home) == [(1, "p1"), (2, "p2"), (3, "p3")]
    assert shown(trending) == [(1, "p1"), (2, "p2")]


def test_without_any_slate_what_sells_is_shown_and_nobody_waits_for_a_silent_pool(
    small_shop, settings
):
    settings.POOL_DEADLINE_MS = 5_000
    Product.objects.filter(external_id="p7").update(popularity=2.0)
    Product.objects.filter(external_id="p3").update(popularity=1.0)
    Product.objects.filter(external_id="p5").update(popularity=3.0, stock=0)
    began = time.monotonic()
    answer = slate_get(HOME)
    assert time.monotonic() - began < 2.5
    assert answer.slate.degraded
    assert [p for _, p in shown(answer)][:2] == ["p7", "p3"]
    assert answer.slate.items[0].explanation == {"template": "popular"}


def test_an_old_slate_is_served_at_once_and_replaced_behind_the_scenes(small_shop, orders):
    slate_write(HOME, slate(at=time.time() - 3600))
    answer = slate_get(HOME)
    assert not answer.slate.degraded
    assert len(orders) == 1


def test_a_slate_of_another_model_is_replaced_behind_the_scenes(small_shop, orders):
    slate_write(HOME, slate())
    cache.set(LIVE_KEY, "v2")
    assert slate_get(HOME).slate.model_version == "v1"
    assert len(orders) == 1


def test_an_unknown_shopper_gets_a_good_answer(small_shop):
    answer = slate_get(replace(HOME, shopper="nobody at all"))
    assert len(answer.slate.items) == 3


def test_trending_is_one_slate_for_everybody(small_shop):
    keys = {slate_key(SlateRequest(Scenario.TRENDING, shopper=s)) for s in ("anna", "ben", "")}
    assert len(keys) == 1


def test_ids_with_odd_characters_do_not_share_a_slate_or_break_the_key():
    odd = [SlateRequest(Scenario.HOME, shopper=s) for s in ("a|b", "a b", "a\nb", "商店", "a")]
    keys = {slate_key(request) for request in odd}
    assert len(keys) == len(odd)
    assert all(key.isascii() and key.isprintable() and " " not in key for key in keys)


def test_a_cached_slate_costs_two_queries(small_shop, orders, django_assert_num_queries):
    slate_write(HOME, slate())
    with django_assert_num_queries(2):  # when the shopper last did something; what is sold out
        slate_get(HOME)
    anna = Shopper.objects.get(external_id="anna")
    with django_assert_num_queries(1):
        slates_get([HOME], shopper=anna)


def test_a_broken_cache_is_an_empty_one(small_shop, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ConnectionError("gone")

    monkeypatch.setattr(type(cache._connections["default"]), "get_many", broken)
    answer = slate_get(HOME)
    assert answer.slate.degraded
    assert len(answer.slate.items) == 3


def test_what_was_served_is_counted_by_outcome(small_shop, orders):
    slate_write(HOME, slate())
    slate_get(HOME)
    slate_get(HOME)
    slate_get(replace(HOME, shopper="ben"), deadline_ms=0)
    served.flush()
    served.flush()
    counts = {(c.scenario, c.outcome): c.count for c in SlateCount.objects.all()}
    assert counts == {("home", "cached"): 2, ("home", "popular"): 1}
    assert SlateCount.objects.first().minute <= datetime.now(UTC)


def test_even_the_last_resort_leaves_a_trace_once(small_shop, django_assert_num_queries):
    first = slate_get(HOME)
    with django_assert_num_queries(3):  # shopper, rejections, sold out
        again = slate_get(replace(HOME, count=2))
    assert again.slate.trace == first.slate.trace
    assert slate_trace_get(first.slate.trace).items[0]["product"] == first.slate.items[0].product
    assert slate_trace_get("not a uuid") is None


def test_who_likes_again_what_was_hidden_sees_it_again_even_without_a_pool(small_shop):
    def say(word: str, id: str) -> None:
        events_record(origin="t", events=[EventInput(id, word, "anna", "p1")])

    say("hide", "1")
    assert "p1" not in [p for _, p in shown(slate_get(replace(HOME, count=12)))]
    say("like", "2")
    assert "p1" in [p for _, p in shown(slate_get(replace(HOME, count=12)))]


def test_a_pool_that_has_enough_to_do_is_not_asked(small_shop, orders, settings):
    settings.POOL_DEADLINE_MS = 5_000
    slate_write(HOME, slate(at=time.time() - 1))
    events_record(
        origin="t", events=[EventInput(id="h", type="hide", shopper="anna", product="p2")]
    )
    orders.clear()
    cache.set(BUSY_KEY, time.time() + 60)
    began = time.monotonic()
    answer = slate_get(HOME)
    assert time.monotonic() - began < 2.5
    assert answer.slate.degraded
    assert orders == []
    # As soon as it has worked off what waits, it is asked again.
    cache.set(BUSY_KEY, time.time() - 0.01)
    slate_get(HOME, deadline_ms=1)
    assert len(orders) == 1
