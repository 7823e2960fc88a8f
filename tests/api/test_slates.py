"""Slates through REST: good answers, clear refusals, and a price that is held."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from django.utils import translation

from catalog.models import Product
from recommender.contracts import Scenario, Slate, SlateItem, SlateRequest
from recommender.delivery.models import SlateTrace
from recommender.delivery.slate_store import slate_as_dict, slate_write
from recommender.delivery.words import explanation_words
from tests.api.conftest import assert_problem
from users.models import Shopper

HOME = "/api/v1/slates/home/"
TRACE = "12345678-1234-5678-1234-567812345678"


def slate_of(request: SlateRequest, products=("p1", "p2", "p3", "p4")) -> Slate:
    return Slate(
        trace=TRACE,
        scenario=request.scenario,
        shopper=request.shopper,
        product=request.product,
        model_version="v1",
        scored_at=time.time() - 2,
        items=tuple(
            SlateItem(
                product,
                rank,
                1 / rank,
                {"ease": 0.75 / rank, "popular": 0.25 / rank},
                {"template": "because-bought", "product": "p0"},
                ("boost",),
            )
            for rank, product in enumerate(products, start=1)
        ),
    )


def cached(scenario: Scenario, shopper: str = "", product: str = "", **options) -> None:
    request = SlateRequest(scenario, shopper, product)
    slate_write(request, slate_of(request, **options))


def products(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["product"] for item in answer.json()["items"]]


def test_a_slate_says_what_where_and_why(api, small_shop):
    cached(Scenario.HOME, "anna")
    answer = api.get(HOME, query_params={"shopper": "anna", "count": "2"})
    body = answer.json()
    assert answer["Content-Type"] == "application/json"
    assert set(body) == {"trace", "model_version", "age_ms", "degraded", "items"}
    assert (body["trace"], body["model_version"], body["degraded"]) == (TRACE, "v1", False)
    assert 2000 <= body["age_ms"] < 4000
    assert body["items"][0] == {
        "product": "p1",
        "rank": 1,
        "score": 1.0,
        "sources": {"ease": 0.75, "popular": 0.25},
        "explanation": "Because you bought Oat milk, 1 litre",
    }
    assert [item["rank"] for item in body["items"]] == [1, 2]


def test_the_explanation_follows_the_language_asked_for(api, small_shop):
    cached(Scenario.HOME, "anna")
    answer = api.get(HOME, query_params={"shopper": "anna"}, headers={"accept-language": "zh-Hans"})
    assert answer["Content-Language"] == "zh-hans"
    with translation.override("zh-hans"):
        expected = explanation_words(
            {"template": "because-bought", "product": "p0"}, {"p0": "Oat milk, 1 litre"}
        )
    assert answer.json()["items"][0]["explanation"] == expected


def test_titles_in_explanations_are_remembered_but_drafts_are_never_named(api, small_shop):
    cached(Scenario.HOME, "anna")
    Product.objects.filter(external_id="p0").update(status=Product.Status.DRAFT)
    answer = api.get(HOME, query_params={"shopper": "anna"})
    assert "Oat milk" not in answer.content.decode()
    assert answer.json()["items"][0]["explanation"]


def test_a_cached_slate_costs_three_queries_and_then_no_title(
    api, small_shop, django_assert_num_queries
):
    cached(Scenario.HOME, "anna")
    api.get(HOME, query_params={"shopper": "anna"})
    # the token; when the shopper last did something; what is sold out
    with django_assert_num_queries(3):
        api.get(HOME, query_params={"shopper": "anna"})


@pytest.mark.parametrize("shopper", ["nobody-we-know", "", "'; DROP TABLE x; --", "商店/1", "a b"])
@pytest.mark.parametrize("scenario", ["home", "buy-again", "trending"])
def test_an_unknown_shopper_gets_what_is_popular(api, small_shop, scenario, shopper):
    Product.objects.filter(external_id="p9").update(popularity=5.0)
    answer = api.get(f"/api/v1/slates/{scenario}/", query_params={"shopper": shopper, "count": 3})
    assert products(answer)[0] == "p9"
    assert len(products(answer)) == 3
    assert answer.json()["degraded"] is True
    assert not Shopper.objects.filter(external_id=shopper).exists()


@pytest.mark.parametrize("scenario", ["similar", "complementary"])
def test_a_slate_about_a_product_needs_one_that_exists(api, small_shop, scenario):
    path = f"/api/v1/slates/{scenario}/"
    assert_problem(api.get(path), 400, field="product")
    assert_problem(api.get(path, query_params={"product": ""}), 400, field="product")
    body = assert_problem(api.get(path, query_params={"product": "nothing-of-ours"}), 404)
    assert "nothing-of-ours" in body["detail"]
    cached(Scenario(scenario), product="p1", products=("p2", "p3"))
    assert products(api.get(path, query_params={"product": "p1"})) == ["p2", "p3"]


def test_a_draft_is_unknown_and_what_is_no_longer_sold_still_has_a_neighbourhood(api, small_shop):
    Product.objects.filter(external_id="p1").update(status=Product.Status.DRAFT)
    Product.objects.filter(external_id="p2").update(status=Product.Status.ARCHIVED)
    path = "/api/v1/slates/similar/"
    assert_problem(api.get(path, query_params={"product": "p1"}), 404)
    assert len(products(api.get(path, query_params={"product": "p2"}))) > 0


def test_an_unknown_scenario_is_told_the_five(api, small_shop):
    body = assert_problem(api.get("/api/v1/slates/upsell/"), 404)
    for scenario in ("home", "similar", "complementary", "buy-again", "trending"):
        assert scenario in body["detail"]


@pytest.mark.parametrize(
    ("count", "limit"),
    [("0", 1), ("-5", 1), ("101", 100), ("9" * 30, 100), ("many", 100), ("1.5", 100), ("1e2", 100)],
)
def test_a_count_outside_its_limits_is_refused_with_the_limit(api, small_shop, count, limit):
    assert_problem(api.get(HOME, query_params={"count": count}), 400, field="count", limit=limit)


def test_the_count_may_be_one_and_a_hundred(api, small_shop):
    cached(Scenario.HOME, "anna")
    assert len(products(api.get(HOME, query_params={"shopper": "anna", "count": 1}))) == 1
    assert len(products(api.get(HOME, query_params={"count": 100}))) == 12


def test_all_mistakes_are_named_at_once(api, small_shop):
    answer = api.get("/api/v1/slates/similar/", query_params={"count": "x", "shopper": "s" * 101})
    body = assert_problem(answer, 400)
    assert [error["field"] for error in body["errors"]] == ["product", "shopper", "count"]


def test_exclusions_are_left_out_repeated_or_with_commas(api, small_shop):
    cached(Scenario.HOME, "anna")
    repeated = {"shopper": "anna", "exclude": ["p1", "p3", "unknown"]}
    assert products(api.get(HOME, query_params=repeated)) == ["p2", "p4"]
    together = {"shopper": "anna", "exclude": "p2,p1"}
    assert products(api.get(HOME, query_params=together)) == ["p3", "p4"]
    many = {"exclude": ",".join(f"x{n}" for n in range(200))}
    assert_problem(api.get(HOME, query_params=many), 400, field="exclude", limit=200)


@pytest.mark.parametrize("name", ["shopper", "product", "exclude", "context", "context.page"])
def test_text_that_no_database_can_hold_is_refused(api, small_shop, name):
    field = "context" if name == "context" else name
    assert_problem(api.get(HOME, query_params={name: "a\x00b"}), 400, field=field)


def test_context_has_its_limits(api, small_shop):
    good = {"context": "evening", "context.device": "phone"}
    assert api.get(HOME, query_params=good).status_code == 200
    many = {f"context.k{n}": "v" for n in range(11)}
    assert_problem(api.get(HOME, query_params=many), 400, field="context", limit=10)
    long = {"context.page": "x" * 101}
    assert_problem(api.get(HOME, query_params=long), 400, field="context.page", limit=100)
    assert_problem(api.get(HOME, query_params={"context.": "x"}), 400, field="context")


def test_what_is_sold_out_is_not_recommended(api, small_shop):
    cached(Scenario.HOME, "anna")
    Product.objects.filter(external_id="p1").update(stock=0)
    assert products(api.get(HOME, query_params={"shopper": "anna"})) == ["p2", "p3", "p4"]


def test_a_stored_slate_is_replayed_as_it_was(api, small_shop):
    slate = slate_of(SlateRequest(Scenario.SIMILAR, "anna", "p9"))
    SlateTrace.objects.create(
        trace=slate.trace,
        scenario=slate.scenario.value,
        shopper=small_shop.shoppers["anna"],
        product=small_shop.products[9],
        model_version="v1",
        items=slate_as_dict(replace(slate, items=slate.items[:1]))["items"],
        context={"device": "phone"},
        took_ms=3.5,
    )
    # What happens afterwards changes nothing about what was shown.
    Product.objects.filter(external_id="p1").update(stock=0)
    body = api.get(f"/api/v1/slates/traces/{TRACE}/").json()
    assert body["scored_at"]
    del body["scored_at"]
    assert body == {
        "trace": TRACE,
        "scenario": "similar",
        "shopper": "anna",
        "product": "p9",
        "model_version": "v1",
        "took_ms": 3.5,
        "context": {"device": "phone"},
        "items": [
            {
                "product": "p1",
                "rank": 1,
                "score": 1.0,
                "sources": {"ease": 0.75, "popular": 0.25},
                "explanation": "Because you bought Oat milk, 1 litre",
                "rules": ["boost"],
                "ranker": "",
                "probability": None,
            }
        ],
    }


def test_a_stored_slate_tells_its_ranker_and_the_chances(api, small_shop):
    slate = slate_of(SlateRequest(Scenario.HOME, "anna"))
    ranked = replace(slate.items[0], ranker="fusion", probability=0.0625)
    items = slate_as_dict(replace(slate, items=(ranked, slate.items[1])))["items"]
    for later in ("ranker", "probability"):
        del items[1][later]  # as slates of earlier releases were stored
    SlateTrace.objects.create(
        trace=slate.trace, scenario="home", model_version="v1", items=items, took_ms=3.5
    )
    first, second = api.get(f"/api/v1/slates/traces/{TRACE}/").json()["items"]
    assert (first["ranker"], first["probability"]) == ("fusion", 0.0625)
    assert (second["ranker"], second["probability"]) == ("", None)


@pytest.mark.parametrize("trace", ["00000000-0000-4000-8000-000000000000", "not-a-uuid", "1"])
def test_an_unknown_trace_is_a_404(api, small_shop, trace):
    body = assert_problem(api.get(f"/api/v1/slates/traces/{trace}/"), 404)
    assert trace in body["detail"]
