"""Profile, consent, export and erasure through REST."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.core.cache import cache

from catalog.models import Product, Review
from orders.models import Order
from recommender.contracts import Scenario, SlateRequest
from recommender.delivery.models import SlateTrace
from recommender.delivery.slate_store import slate_as_dict, slate_key, slate_write
from recommender.events.models import Event
from tests.api.conftest import assert_problem
from tests.api.test_slates import TRACE, slate_of
from users.models import Consent, ConsentDecision, Shopper, User

PROFILE = "/api/v1/shoppers/anna/profile/"


def test_a_profile_tells_what_the_shop_concludes(api, small_shop):
    api.events(
        {"id": "1", "shopper": "anna", "type": "like", "product": "p3"},
        {"id": "2", "shopper": "anna", "type": "hide", "product": "p5"},
    )
    body = api.get(PROFILE).json()
    assert (body["shopper"], body["consent"]) == ("anna", "granted")
    # anna bought oat milk three times, rye bread twice, jam, coffee, honey; she likes a yoghurt
    assert body["favourite_categories"][0] == {"name": "Dairy / Milk", "count": 3}
    assert body["favourite_brands"][:2] == [
        {"name": "Hilltop", "count": 3},
        {"name": "Meadow", "count": 3},
    ]
    assert body["counts"] == {"purchase": 8, "like": 1, "hide": 1}
    assert (body["likes"], body["hidden"]) == (["p3"], ["p5"])


def test_consent_is_withdrawn_and_given_again_with_proof(api, small_shop):
    answer = api.patch(PROFILE, {"consent": "withdrawn"})
    assert answer.json()["consent"] == "withdrawn"
    refused = api.events({"id": "1", "shopper": "anna", "type": "view", "product": "p1"})
    assert refused["refused"] == 1
    api.patch(PROFILE, {"consent": "granted"})
    accepted = api.events({"id": "1", "shopper": "anna", "type": "view", "product": "p1"})
    assert accepted["accepted"] == 1
    decisions = ConsentDecision.objects.order_by("pk").values_list("consent", "source")
    assert list(decisions) == [("withdrawn", "client"), ("granted", "client")]


def test_a_client_announces_a_shopper_by_their_consent(api, small_shop):
    path = "/api/v1/shoppers/dora/profile/"
    assert_problem(api.get(path), 404)
    assert_problem(api.patch(path, {"display_name": "Dora"}), 404)
    body = api.patch(path, {"consent": "granted", "display_name": " Dora "}).json()
    assert (body["shopper"], body["display_name"], body["consent"]) == ("dora", "Dora", "granted")
    recorded = api.events({"id": "1", "shopper": "dora", "type": "view", "product": "p1"})
    assert recorded["accepted"] == 1


def test_a_withdrawal_of_somebody_new_holds_against_a_token_that_attests(make_api, small_shop):
    attesting = make_api(attests_consent=True)
    attesting.patch("/api/v1/shoppers/dora/profile/", {"consent": "withdrawn"})
    answer = attesting.events({"id": "1", "shopper": "dora", "type": "view", "product": "p1"})
    assert answer["refused"] == 1


def test_a_name_is_changed_and_emptied(api, small_shop):
    assert api.patch(PROFILE, {"display_name": "Anna A."}).json()["display_name"] == "Anna A."
    assert api.patch(PROFILE, {"display_name": ""}).json()["display_name"] == ""
    assert Shopper.objects.get(external_id="anna").consent == Consent.GRANTED


@pytest.mark.parametrize(
    ("body", "field", "limit"),
    [
        ({}, "", None),
        ([], "", None),
        ({"consent": "unknown"}, "consent", None),
        ({"consent": "yes"}, "consent", None),
        ({"consent": True}, "consent", None),
        ({"consent": None}, "consent", None),
        ({"consent": ""}, "consent", None),
        ({"consent": ["granted"]}, "consent", None),
        ({"display_name": "x" * 101}, "display_name", 100),
        ({"display_name": 5}, "display_name", None),
        ({"display_name": "a\x00"}, "display_name", None),
        ({"external_id": "other"}, "", None),
    ],
)
def test_a_wrong_change_is_refused_and_changes_nothing(api, small_shop, body, field, limit):
    assert_problem(api.patch(PROFILE, body), 400, field=field, limit=limit)
    anna = Shopper.objects.get(external_id="anna")
    assert (anna.consent, anna.display_name) == (Consent.GRANTED, "")


def test_ids_with_odd_characters_are_found_and_impossible_ones_are_not_made(api, db):
    for external_id in ("a/b", "a.b", "商店", "x' OR '1'='1", "100%"):
        path = f"/api/v1/shoppers/{quote(external_id, safe='')}"
        assert api.patch(f"{path}/profile/", {"consent": "granted"}).status_code == 200
        assert api.get(f"{path}/export/").json()["shopper"]["external_id"] == external_id
        assert api.delete(f"{path}/").json()["shopper"] == external_id
    long = f"/api/v1/shoppers/{'x' * 101}/profile/"
    assert_problem(api.patch(long, {"consent": "granted"}), 400, field="external_id", limit=100)
    nul = "/api/v1/shoppers/a%00b/profile/"
    assert_problem(api.patch(nul, {"consent": "granted"}), 400, field="external_id")
    assert_problem(api.get(nul), 404)


def test_an_export_holds_everything(api, small_shop):
    anna = small_shop.shoppers["anna"]
    anna.user = User.objects.create_user("anna")
    anna.save()
    Order.objects.create(
        number="7", user=anna.user, name="Anna", email="a@example.com", address="Way 1", total=3
    )
    api.post("/api/v1/products/p1/reviews/", {"shopper": "anna", "rating": 5, "text": "Good"})
    api.patch(PROFILE, {"consent": "withdrawn"})
    slate = slate_of(SlateRequest(Scenario.HOME, "anna"))
    SlateTrace.objects.create(
        trace=TRACE, scenario="home", shopper=anna, model_version="v1",
        items=slate_as_dict(slate)["items"],
    )  # fmt: skip
    body = api.get("/api/v1/shoppers/anna/export/").json()
    assert body["shopper"]["consent"] == "withdrawn"
    assert [d["consent"] for d in body["consent_decisions"]] == ["withdrawn"]
    assert len(body["events"]) == Event.objects.filter(shopper=anna).count() == 9
    assert body["events"][0]["product"] == "p0"
    assert [(r["product"], r["rating"], r["text"]) for r in body["reviews"]] == [("p1", 5, "Good")]
    assert [s["trace"] for s in body["slates"]] == [TRACE]
    assert body["slates"][0]["items"][0] == {"product": "p1", "rank": 1, "score": 1.0}
    assert [o["number"] for o in body["orders"]] == ["7"]


def test_an_export_costs_the_same_for_many_events(api, small_shop, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        api.get("/api/v1/shoppers/anna/export/")


def test_erasure_leaves_nothing_but_the_others(api, small_shop, django_capture_on_commit_callbacks):
    anna = small_shop.shoppers["anna"]
    api.post("/api/v1/products/p1/reviews/", {"shopper": "anna", "rating": 1})
    api.post("/api/v1/products/p1/reviews/", {"shopper": "ben", "rating": 5})
    keys = []
    for scenario, product in ((Scenario.HOME, ""), (Scenario.SIMILAR, "p9")):
        request = SlateRequest(scenario, "anna", product)
        slate_write(request, slate_of(request))
        keys.append(slate_key(request))
    SlateTrace.objects.create(
        trace=TRACE, scenario="similar", shopper=anna, product=small_shop.products[9],
        model_version="v1", items=[],
    )  # fmt: skip
    others = Event.objects.exclude(shopper=anna).count()
    with django_capture_on_commit_callbacks(execute=True):
        body = api.delete("/api/v1/shoppers/anna/").json()
    assert body["shopper"] == "anna"
    assert body["erased"] == {
        "events": 9, "slates": 1, "reviews": 1, "consent_decisions": 0, "wishes": 0,
        "shadow_rankings": 0,
    }  # fmt: skip
    assert body["page"].endswith(f"/erasures/{body['number']}/")
    receipt = api.get(f"/api/v1/erasures/{body['number']}/").json()
    assert receipt == {k: v for k, v in body.items() if k not in {"shopper", "page"}}
    assert_problem(api.get("/api/v1/erasures/2222-3333/"), 404)
    assert not Shopper.objects.filter(external_id="anna").exists()
    assert Event.objects.count() == others
    assert not SlateTrace.objects.exists()
    assert Review.objects.count() == 1
    assert Product.objects.get(external_id="p1").rating_mean == 5.0
    assert cache.get_many(keys) == {}
    assert_problem(api.get(PROFILE), 404)
    assert_problem(api.delete("/api/v1/shoppers/anna/"), 404)
    assert api.get("/api/v1/slates/home/?shopper=anna").status_code == 200
