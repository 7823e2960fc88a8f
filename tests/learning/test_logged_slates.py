"""From stored slates and the event log to cases for rankers."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from recommender.contracts import EventType
from recommender.delivery.models import SlateTrace
from recommender.events.models import Event
from recommender.features.item_table import item_table_read
from recommender.learning.logged_slates import logged_slates_read
from users.models import Consent

TRACE = "3f1c2f0e-7c53-4f0b-9a0e-0a9b8f6f2c11"
NOW = timezone.now()


def show(shop, places=(8, 2, 10, 6), scenario="home", shopper="anna", trace=TRACE):
    return SlateTrace.objects.create(
        trace=trace,
        scenario=scenario,
        shopper=shop.shoppers[shopper],
        model_version="v1",
        scored_at=NOW,
        items=[
            {
                "product": f"p{place}",
                "rank": rank,
                "score": 1.0 / rank,
                "sources": {"popular": 0.25, "transitions": 1.0 / rank - 0.25},
                "explanation": {},
                "rules": [],
            }
            for rank, place in enumerate(places, start=1)
        ],
    )


def tell(shop, place, kind, minutes=5.0, trace=TRACE, shopper="anna"):
    Event.objects.create(
        origin="test",
        client_id=f"{trace}-{place}-{kind}-{minutes}",
        shopper=shop.shoppers[shopper],
        product=shop.products[place],
        type=EventType(kind).value,
        trace=trace,
        time=NOW + timedelta(minutes=minutes),
    )


def read():
    return logged_slates_read(item_table_read(None))


def test_a_slate_with_what_was_seen_clicked_and_bought(small_shop):
    show(small_shop)
    for place in (8, 2, 10):
        tell(small_shop, place, "impression", 0.1)
    tell(small_shop, 2, "click", 1)
    tell(small_shop, 10, "cart", 2)
    tell(small_shop, 2, "purchase", 60, trace=None)
    (slate,) = read()
    assert [c.item for c in slate.candidates] == [8, 2, 10, 6]
    assert slate.candidates[1].sources == {"popular": 0.25, "transitions": 0.25}
    np.testing.assert_allclose(slate.gains, [0.0, 1.0, 0.6, np.nan], rtol=1e-6)
    assert {item for item, _ in slate.answers} == {2, 10}
    assert slate.history.items.tolist() == [0, 4, 7, 0, 9, 0, 4, 11]
    assert slate.history.now == int(NOW.timestamp()), "nothing that came later is in the history"


def test_a_purchase_a_week_later_is_another_story(small_shop):
    show(small_shop)
    tell(small_shop, 8, "impression", 0.1)
    tell(small_shop, 2, "click", 1)
    tell(small_shop, 8, "purchase", 7 * 24 * 60, trace=None)
    (slate,) = read()
    np.testing.assert_allclose(slate.gains[:2], [0.0, 0.3], rtol=1e-6)
    assert {item for item, _ in slate.answers} == {2}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda shop: Event.objects.filter(type="click").delete(),
        lambda shop: SlateTrace.objects.update(scenario="similar"),
        lambda shop: SlateTrace.objects.update(shopper=None),
        lambda shop: _withdraw(shop.shoppers["anna"]),
        lambda shop: SlateTrace.objects.update(items=[]),
    ],
)
def test_what_says_nothing_or_may_not_be_used_is_left_out(small_shop, spoil):
    show(small_shop)
    tell(small_shop, 8, "impression", 0.1)
    tell(small_shop, 2, "click", 1)
    assert len(read()) == 1
    spoil(small_shop)
    assert read() == []


def _withdraw(shopper):
    shopper.consent = Consent.WITHDRAWN
    shopper.save()


def test_products_that_are_gone_are_left_out_of_the_slate(small_shop):
    show(small_shop)
    tell(small_shop, 8, "impression", 0.1)
    tell(small_shop, 2, "click", 1)
    small_shop.products[8].status = "draft"
    small_shop.products[8].save()
    (slate,) = read()
    assert len(slate.candidates) == 3
    assert slate.gains[0] == pytest.approx(0.3)


def test_the_newest_slates_are_read_in_a_constant_number_of_queries(
    small_shop, django_assert_num_queries
):
    items = item_table_read(None)
    for number in range(4):
        trace = TRACE[:-1] + str(number)
        slate = show(small_shop, trace=trace)
        SlateTrace.objects.filter(pk=slate.pk).update(scored_at=NOW - timedelta(hours=number))
        tell(small_shop, 2, "click", 1, trace=trace)
    with django_assert_num_queries(3):
        slates = logged_slates_read(items, limit=2)
    assert [slate.history.now for slate in slates] == [
        int((NOW - timedelta(hours=1)).timestamp()),
        int(NOW.timestamp()),
    ]
