"""Which slate an event answers, and what the shop's own log says of places."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from recommender.delivery.models import SlateTrace
from recommender.delivery.trace_view import trace_view
from recommender.events.models import Event
from recommender.events.snapshots import snapshot_read, snapshot_write
from recommender.features.wishes import wish_make
from recommender.feedback import examination_log
from recommender.feedback.attribution import How, Reward, rewards_of
from recommender.feedback.examination_log import ALL, examination_learn, examination_read
from recommender.feedback.figures import click_through
from users.models import Consent, Shopper

NOW = timezone.now()
FIRST, SECOND, THIRD = (UUID(int=number) for number in (1, 2, 3))


@pytest.fixture
def say(small_shop):
    """Records something that Anna did: type, place in GOODS, minutes after now, the slate."""

    def record(kind, place, minutes=0.0, trace=None, rank=None, value=None, shopper="anna"):
        return Event.objects.create(
            origin="test",
            client_id=f"{kind}-{place}-{minutes}-{trace}-{shopper}",
            shopper=Shopper.objects.get(external_id=shopper),
            product=small_shop.products[place],
            type=kind,
            value=value,
            trace=trace,
            rank=rank,
            time=NOW + timedelta(minutes=minutes),
        )

    return record


def slate(shop, trace, minutes, places, shopper="anna"):
    return SlateTrace.objects.create(
        trace=trace,
        scenario="home",
        shopper=shop.shoppers[shopper],
        model_version="v1",
        scored_at=NOW + timedelta(minutes=minutes),
        items=[
            {"product": f"p{place}", "rank": rank, "score": 1.0 / rank, "sources": {}}
            for rank, place in enumerate(places, start=1)
        ],
    )


def test_an_event_answers_the_slate_it_names_or_the_newest_that_showed_its_product(
    small_shop, say, django_assert_num_queries
):
    slate(small_shop, FIRST, -60, [1, 2, 3])
    slate(small_shop, SECOND, -30, [3, 2, 1])
    slate(small_shop, THIRD, -2 * 24 * 60, [5])
    slate(small_shop, UUID(int=4), -5, [6], shopper="ben")
    say("impression", 1, -59, FIRST, 1)
    events = [
        say("click", 2, 0, SECOND, 2),  # names its slate
        say("purchase", 1, 1),  # only the first slate had it in view
        say("purchase", 3, 2),  # nobody reported it in view; the second held it last
        say("cart", 5, 3),  # shown two days ago
        say("cart", 6, 4),  # shown to somebody else
        say("dislike", 3, -45),  # before the second slate was there
    ]
    with django_assert_num_queries(2):
        found = rewards_of(events)
    assert found == [
        Reward(0.3, SECOND, 2, How.NAMED),
        Reward(1.0, FIRST, 1, How.IN_VIEW),
        Reward(1.0, SECOND, 1, How.HELD),
        Reward(0.6),
        Reward(0.6),
        Reward(-1.0, FIRST, 3, How.HELD),
    ]


def test_the_page_of_a_slate_gives_each_place_in_view_its_reward(
    small_shop, say, django_assert_max_num_queries
):
    trace = slate(small_shop, FIRST, -10, [1, 2, 3, 4])
    for rank, place in enumerate([1, 2, 3], start=1):
        say("impression", place, -9, FIRST, rank)
    say("click", 2, -8, FIRST, 2)
    say("view", 2, -8, FIRST, 2, value=60)
    say("purchase", 3, -5)
    wish_make(shopper=small_shop.shoppers["anna"], kind="forget", product=small_shop.products[2])
    with django_assert_max_num_queries(25):
        view = trace_view(trace)
    assert [place.reward for place in view.places] == [-0.1, 0.25, 1.0, None]
    told = [(row.product.external_id, row.reward.reward, row.is_named) for row in view.after]
    assert told == [
        ("p2", 0.3, True),
        ("p2", 0.25, True),
        ("p3", 1.0, False),
        ("p2", -0.5, False),
    ]


def test_the_overview_tells_the_reward_of_what_was_shown(small_shop, say):
    slate(small_shop, FIRST, -10, [1, 2])
    for rank, place in enumerate([1, 2], start=1):
        say("impression", place, -9, FIRST, rank)
    say("click", 1, -8, FIRST, 1)
    say("view", 1, -8, FIRST, 1)
    say("rating", 1, -7, FIRST, 1, value=5)
    say("hide", 2, -6, FIRST, 2)
    (home,) = click_through()
    assert (home.impressions, home.clicks) == (2, 1)
    assert home.mean_reward == pytest.approx((0.3 + 1.0 - 0.8) / 2)


def test_the_log_tells_how_places_are_looked_at_and_training_weighs_by_it(
    small_shop, say, monkeypatch
):
    """Forty slates with two products in turn; the second place is clicked half as often."""
    monkeypatch.setattr(examination_log, "LEAST_TAKEN", 10)
    assert examination_read()[ALL].weight(2) == 1.0
    for number in range(40):
        trace = UUID(int=100 + number)
        order = [1, 2] if number % 2 else [2, 1]
        slate(small_shop, trace, number, order)
        for rank, place in enumerate(order, start=1):
            say("impression", place, number, trace, rank)
        if number % 4 < 2:
            say("click", order[0], number, trace, 1)
        if number % 8 < 2:
            say("click", order[1], number, trace, 2)
    found = examination_learn()
    assert examination_read() == found
    assert found[ALL] == found["home"]
    assert found[ALL].propensities == pytest.approx((1.0, 0.53), abs=0.03)
    table = snapshot_read(snapshot_write()).select(["type", "correction"]).to_pylist()
    clicks = sorted({row["correction"] for row in table if row["type"] == "click"})
    assert clicks == [pytest.approx(found[ALL].weight(1)), pytest.approx(found[ALL].weight(2))]
    assert {row["correction"] for row in table if row["type"] == "purchase"} == {1.0}
    Shopper.objects.update(consent=Consent.WITHDRAWN)
    assert examination_learn()[ALL].weight(2) == 1.0
