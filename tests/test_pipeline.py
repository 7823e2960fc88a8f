"""The journey of a request, step by step, on a model of the small shop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.contracts import EventType, InteractionLog, ItemTable, Scenario, SlateRequest
from recommender.features.shopper_state import STRANGER, Deed, ShopperState
from recommender.learning.fit import FitSettings, fit_model
from recommender.pipeline import history_of, slate_build
from recommender.policy.buy_again import Purchases
from recommender.policy.novelty import DAY
from recommender.ranking.model import BlendedModel

NOW = 1_000 * DAY
#: Milk goes with bread, tea goes with honey; nobody buys across.
BASKETS = [["milk", "bread"]] * 4 + [["tea", "honey"]] * 4 + [["milk", "bread", "jam"]] * 2
NAMES = ("milk", "bread", "jam", "tea", "honey", "cups")


@pytest.fixture(scope="module")
def model() -> BlendedModel:
    vectors = np.eye(6, 8, dtype=np.float32)
    items = ItemTable(NAMES, NAMES, ("",) * 6, ("dairy", "bakery", "", "tea", "", ""), vectors)
    rows = [
        (shopper, NAMES.index(name), (900 + shopper) * DAY)
        for shopper, basket in enumerate(BASKETS)
        for name in basket
    ]
    shoppers, indices, times = (np.array(column) for column in zip(*rows, strict=True))
    log = InteractionLog(
        shoppers.astype(np.int32),
        indices.astype(np.int32),
        np.ones(len(rows), np.float32),
        times.astype(np.int64),
        n_shoppers=len(BASKETS),
        n_items=6,
    )
    return fit_model(log, items, FitSettings()).model


def bought(*products: str, days_ago: int = 60, rejected: tuple[str, ...] = ()) -> ShopperState:
    at = NOW - days_ago * DAY
    return ShopperState(
        "anna",
        tuple(Deed(p, EventType.PURCHASE, 1.0, at) for p in products),
        {p: Purchases(1, at, at) for p in products},
        frozenset(rejected),
    )


def build(model: BlendedModel, scenario=Scenario.HOME, state=STRANGER, product="", gone=()):
    return slate_build(
        SlateRequest(scenario, shopper=state.external_id, product=product),
        state=state,
        model=model,
        model_version="v1",
        unavailable=lambda products: set(gone) & set(products),
        length=6,
        scored_at=NOW,
    )


def products(slate) -> list[str]:
    return [item.product for item in slate.items]


def test_what_goes_with_the_history_comes_first_and_says_why(model):
    slate = build(model, state=bought("milk"))
    assert products(slate)[0] == "bread"
    first = slate.items[0]
    assert first.explanation == {"template": "because-bought", "product": "milk"}
    assert first.rank == 1
    assert sum(first.sources.values()) == pytest.approx(first.score, abs=1e-4)
    assert (slate.model_version, slate.scored_at, slate.degraded) == ("v1", NOW, False)


def test_what_was_bought_lately_waits_for_buy_again(model):
    assert "milk" not in products(build(model, state=bought("milk", days_ago=3)))
    assert "milk" in products(build(model, state=bought("milk", "tea", days_ago=60)))


def test_what_was_rejected_is_neither_shown_nor_learnt_from(model):
    state = bought("milk", "tea", rejected=("bread", "tea"))
    slate = build(model, state=state)
    assert not {"bread", "tea"} & set(products(slate))
    assert history_of(state, model, now=NOW).items.tolist() == [NAMES.index("milk")]
    assert all(item.explanation.get("product") != "tea" for item in slate.items)


def test_what_cannot_be_bought_makes_room(model):
    assert "bread" not in products(build(model, state=bought("milk"), gone=["bread"]))


def test_a_stranger_sees_what_sells_and_is_told_so(model):
    slate = build(model)
    assert products(slate)[:2] == ["milk", "bread"] or products(slate)[:2] == ["bread", "milk"]
    assert {item.explanation["template"] for item in slate.items} == {"popular"}


def test_products_the_model_does_not_know_are_passed_over(model):
    state = bought("brand new", "milk")
    assert history_of(state, model, now=NOW).items.tolist() == [NAMES.index("milk")]
    slate = build(model, Scenario.SIMILAR, product="brand new")
    assert products(slate)
    assert {item.explanation["template"] for item in slate.items} == {"popular"}


def test_beside_a_product_stands_what_is_taken_with_it_but_never_itself(model):
    slate = build(model, Scenario.COMPLEMENTARY, product="tea")
    assert products(slate)[0] == "honey"
    assert "tea" not in products(slate)
    assert slate.items[0].explanation == {"template": "taken-with", "product": "tea"}


def test_buy_again_holds_purchases_only_the_most_due_first(model):
    state = replace(
        bought("tea"),
        purchases={
            "tea": Purchases(1, NOW - 60 * DAY, NOW - 60 * DAY),
            "milk": Purchases(3, NOW - 30 * DAY, NOW - 10 * DAY),
            "gone": Purchases(1, NOW - DAY, NOW - DAY),
        },
    )
    slate = build(model, Scenario.BUY_AGAIN, state=state, gone=["gone"])
    assert products(slate) == ["milk", "tea"]
    assert slate.items[0].explanation == {"template": "bought-before", "times": 3}
    assert slate.items[0].sources == {"buy-again": slate.items[0].score}


def test_a_third_of_one_kind_waits_and_the_slate_says_by_which_rule(model):
    groups = ("baked", "baked", "", "baked", "", "")
    items = ItemTable(NAMES, NAMES, ("",) * 6, groups, model.items.vectors)
    slate = build(replace(model, items=items))
    assert sorted(products(slate)[:2]) == ["bread", "milk"]
    assert products(slate)[2:] == ["honey", "jam", "tea"]
    assert [item.rules for item in slate.items] == [()] * 4 + [("variety",)]
    trending = build(replace(model, items=items), Scenario.TRENDING)
    assert "tea" in products(trending)[2:4]
    assert not any(item.rules for item in trending.items)


def test_each_slate_has_a_trace_of_its_own(model):
    assert build(model).trace != build(model).trace
