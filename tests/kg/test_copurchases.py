"""Co-purchases: the figures by hand, the bounds, and how facts follow the log."""

from __future__ import annotations

import importlib
import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from kg.copurchases import BASKET_LIMIT, baskets_read, copurchases_find, copurchases_refresh
from kg.facts import fact_reject
from kg.models import Fact
from recommender.events.models import Event
from recommender.registry.learning_runs import LearningRun
from tests.shop import SmallShop


def test_the_figures_are_those_of_the_formula():
    # 1 and 2 share 4 of 10 baskets; 1 is in 5 of them, 2 in 4.
    baskets = [(1, 2)] * 4 + [(1, 3)] + [(4,)] * 5
    (pair,) = copurchases_find(baskets, support=3)
    assert (pair.first, pair.second, pair.together, pair.baskets) == (1, 2, 4, 10)
    assert pair.lift == pytest.approx(4 * 10 / (5 * 4))
    npmi = math.log(2) / -math.log(0.4)
    assert pair.confidence == round(npmi * 4 / 6, 2) == 0.5
    assert pair.evidence == "Together in 4 of 10 baskets, 2.0 times as often as by chance."


def test_what_chance_explains_is_no_copurchase():
    # Every basket holds 1, so that 2 is never bought without it: lift is one.
    assert copurchases_find([(1, 2)] * 5 + [(1,)] * 5, support=3) == []
    assert copurchases_find([(1, 2)] * 5, support=3) == []


def test_a_stock_order_joins_nothing():
    order = tuple(range(BASKET_LIMIT + 1))
    assert copurchases_find([order] * 3 + [(500,)] * 3, support=3) == []


@given(
    st.lists(st.sets(st.integers(0, 8), min_size=1).map(sorted), max_size=40),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_support_bounds_and_range_hold_for_any_baskets(baskets, support, per_product):
    pairs = copurchases_find(baskets, support=support, per_product=per_product)
    times = Counter(side for pair in pairs for side in (pair.first, pair.second))
    assert all(count <= per_product for count in times.values())
    for pair in pairs:
        both = sum(pair.first in basket and pair.second in basket for basket in baskets)
        assert pair.together == both >= support
        assert pair.first < pair.second
        assert 0 < pair.confidence <= 1
        assert pair.lift > 1
    assert len({(pair.first, pair.second) for pair in pairs}) == len(pairs)


def test_a_basket_is_what_a_shopper_bought_on_one_day(small_shop: SmallShop):
    Event.objects.all().delete()
    noon = datetime(2025, 6, 30, 12, tzinfo=UTC)
    milk, bread, jam = (small_shop.products[n] for n in (0, 4, 7))
    for number, (shopper, product, hours, kind) in enumerate(
        [
            ("anna", milk, 0, "purchase"),
            ("anna", bread, 5, "purchase"),
            ("anna", milk, 6, "purchase"),
            ("anna", jam, 13, "purchase"),
            ("ben", jam, 0, "purchase"),
            ("ben", milk, 0, "view"),
        ]
    ):
        Event.objects.create(
            origin="test",
            client_id=str(number),
            shopper=small_shop.shoppers[shopper],
            product=product,
            type=kind,
            value=1,
            time=noon + timedelta(hours=hours),
        )
    one, two, three = milk.pk, bread.pk, jam.pk
    assert sorted(baskets_read()) == sorted([(one, two), (three,), (three,)])
    assert baskets_read(since=noon + timedelta(hours=10)) == [(three,)]


def test_facts_follow_the_log(small_shop: SmallShop):
    report = copurchases_refresh(support=2)
    assert report.created == Fact.objects.count() > 0
    # Oat milk is in 5 of 9 baskets, rye bread in 4 of them.
    fact = Fact.objects.get(subject__key="product:p0", object__key="product:p4")
    lift = 4 * 9 / (5 * 4)
    assert fact.confidence == round(math.log(lift) / -math.log(4 / 9) * 4 / 6, 2) == 0.48
    assert fact.evidence == "Together in 4 of 9 baskets, 1.8 times as often as by chance."
    assert (fact.source, fact.status, fact.predicate.key) == ("log", "accepted", "bought_with")
    again = copurchases_refresh(support=2)
    assert (again.created, again.updated, again.retracted) == (0, 0, 0)
    assert Fact.history.count() == report.created
    Event.objects.filter(product=small_shop.products[4]).delete()
    after = copurchases_refresh(support=2)
    assert after.retracted >= 1
    assert not Fact.objects.filter(object__key="product:p4").exists()


def test_a_rejected_copurchase_stays_rejected(small_shop: SmallShop):
    copurchases_refresh(support=2)
    fact = Fact.objects.get(subject__key="product:p0", object__key="product:p4")
    fact_reject(fact=fact)
    copurchases_refresh(support=2)
    fact.refresh_from_db()
    assert fact.status == "rejected"


@pytest.mark.parametrize("broken", [False, True])
def test_learning_refreshes_them_and_never_fails_by_it(small_shop: SmallShop, monkeypatch, broken):
    tasks = importlib.import_module("recommender.worker.tasks")
    run = LearningRun(version="v7", status=LearningRun.Status.PROMOTED)
    monkeypatch.setattr(tasks, "learning_step", lambda: run)
    if broken:
        monkeypatch.setattr(tasks, "copurchases_refresh", lambda: 1 / 0)
    assert tasks.learn_step() == "v7"
    # Three baskets are needed in the course of business: milk and bread have four.
    assert Fact.objects.filter(object__key="product:p4", source="log").exists() is not broken


def test_the_command_finds_them_on_demand(small_shop: SmallShop, capsys):
    call_command("kg_sync")
    assert not Fact.objects.filter(source="log").exists()
    call_command("kg_sync", "--copurchases", "--support", "2")
    number = Fact.objects.filter(source="log").count()
    assert f"facts: {number} new" in capsys.readouterr().out
