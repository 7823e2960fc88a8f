"""From stored slates and the event log to cases for rankers."""

from datetime import timedelta
from functools import partial

import numpy as np
import pytest
from django.utils import timezone

from recommender.contracts import EventType, History
from recommender.delivery.models import SlateTrace
from recommender.events.models import Event
from recommender.features.item_table import item_table_read
from recommender.feedback.models import ExaminationCurve
from recommender.learning import update
from recommender.learning.choose_ranker import RankerSettings
from recommender.learning.fit import FitSettings
from recommender.learning.logged_slates import logged_slates_read
from recommender.ranking.model import BlendedModel
from recommender.registry.versions import model_folder
from users.models import Consent, Shopper

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


def test_answers_are_corrected_for_their_place_and_words_against_a_product_undo_them(small_shop):
    ExaminationCurve.objects.create(
        curves={"home": {"propensities": [1.0, 0.5, 0.25], "normaliser": 2.0}},
        slates=1, shown=1, taken=1,
    )  # fmt: skip
    show(small_shop)
    for place in (8, 2, 10):
        tell(small_shop, place, "click", 1)
    tell(small_shop, 6, "cart", 1)
    tell(small_shop, 8, "dislike", 90, trace=None)
    (slate,) = read()
    np.testing.assert_allclose(slate.gains, [0.0, 0.3, 0.6, 1.0], rtol=1e-6)


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
    with django_assert_num_queries(4):
        slates = logged_slates_read(items, limit=2)
    assert [slate.history.now for slate in slates] == [
        int((NOW - timedelta(hours=1)).timestamp()),
        int(NOW.timestamp()),
    ]


@pytest.mark.django_db(transaction=True)
def test_training_learns_from_shown_slates_and_registers_every_figure(
    small_shop, tmp_path, settings, monkeypatch
):
    """From the log to a model whose slates are ranked, through the step that a worker runs."""
    settings.MODEL_DIR, settings.SNAPSHOT_DIR = tmp_path / "models", tmp_path / "snapshots"
    rng = np.random.default_rng(0)
    people = Shopper.objects.bulk_create(
        Shopper(external_id=f"s{n}", consent=Consent.GRANTED) for n in range(90)
    )
    Event.objects.bulk_create(
        Event(
            origin="import",
            client_id=f"{person.external_id}-{day}",
            shopper=person,
            product=small_shop.products[place],
            type="purchase",
            time=NOW - timedelta(days=30 - day),
        )
        for person in people
        for day, place in enumerate(rng.permutation(12)[:5])
    )
    for number, name in enumerate(small_shop.shoppers):
        trace = TRACE[:-1] + str(number)
        show(small_shop, shopper=name, trace=trace)
        tell(small_shop, 8, "impression", 0.1, trace, name)
        tell(small_shop, 2, "click", 1 + 180 * number, trace, name)
    few: dict[str, dict[str, object]] = {"popular": {}, "item_knn": {}}
    monkeypatch.setattr(update, "default_sources", lambda *_, **__: few)
    quick = {"lambdarank": {"parameters": {"min_data_in_leaf": 5}, "rounds": 5, "threads": 1}}
    monkeypatch.setattr(
        update,
        "FitSettings",
        partial(
            FitSettings,
            tune_seconds=1.0,
            tune_from=100,
            ranking=RankerSettings(rankers=quick, at_least=50),
        ),
    )
    version = update.learn(minimum_events=0)
    told = version.metrics["ranking"]
    # Slates whose answer is one of the held-out interactions are not learnt from.
    assert 1 <= told["logged_slates"] <= 3
    assert {"none", "lambdarank", "chosen"} <= set(told)
    assert 0 < told["lambdarank"]["ndcg_at_10"] <= 1
    model = BlendedModel.load(model_folder(version))
    assert model.ranking.ranker.name == told["chosen"]
    assert model.candidates(History.of([0, 4]), 3)[0].probability is not None
