"""Products, search and reviews through REST."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from catalog.models import Media, Product, Review
from recommender.events.models import Event
from tests.api.conftest import assert_problem
from users.models import Consent, Shopper

LIST = "/api/v1/products/"
SEARCH = "/api/v1/search/"
REVIEWS = "/api/v1/products/p1/reviews/"


def found(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [product["external_id"] for product in answer.json()["results"]]


def test_a_product_is_told_whole(api, small_shop):
    Media.objects.create(product=small_shop.products[1], file="products/milk.jpg", description="M")
    body = api.get("/api/v1/products/p1/").json()
    assert body["title"] == "Whole milk, 1 litre"
    assert (body["price"], body["currency"], body["stock"]) == ("1.20", "USD", 10)
    assert (body["brand"], body["category"]) == ("Meadow", "Dairy / Milk")
    assert (body["kind"], body["status"], body["is_available"]) == ("goods", "active", True)
    assert body["picture"] == "http://testserver/media/products/milk.jpg"
    assert body["media"] == [
        {"kind": "image", "url": "http://testserver/media/products/milk.jpg", "description": "M"}
    ]
    assert body["url"].startswith("http://testserver/")


def test_a_product_without_brand_category_or_price_is_told_too(api, db):
    Product.objects.create(external_id="bare", title="Bare")
    body = api.get("/api/v1/products/bare/").json()
    assert (body["brand"], body["category"], body["price"]) == (None, None, None)
    assert body["picture"].startswith("http://testserver/")


@pytest.mark.parametrize(
    "external_id",
    [
        "a.b",
        "a/b",
        "/a",
        "a/",
        "a b",
        "ä",
        "商品",
        "100%",
        "a?b#c",
        "a+b",
        "a&b=c",
        "reviews",
        "...",
    ],
)
def test_ids_with_odd_characters_are_found(api, db, external_id):
    product = Product.objects.create(external_id=external_id, title="Odd")
    path = f"/api/v1/products/{quote(external_id, safe='')}/"
    assert api.get(path).json()["external_id"] == external_id
    Review.objects.create(
        product=product, shopper=Shopper.objects.create(external_id=external_id), rating=5
    )
    assert len(api.get(f"{path}reviews/").json()["results"]) == 1


@pytest.mark.parametrize("external_id", ["nothing", "' OR 1=1 --", "a\x00b", "x" * 500])
def test_an_unknown_product_is_a_404(api, small_shop, external_id):
    assert_problem(api.get(f"/api/v1/products/{quote(external_id, safe='')}/"), 404)


def test_drafts_are_nobodys_business_and_archived_products_say_so(api, small_shop):
    Product.objects.filter(external_id="p1").update(status=Product.Status.DRAFT)
    Product.objects.filter(external_id="p2").update(status=Product.Status.ARCHIVED)
    assert_problem(api.get("/api/v1/products/p1/"), 404)
    assert api.get("/api/v1/products/p2/").json()["status"] == "archived"
    assert api.get("/api/v1/products/p2/").json()["is_available"] is False
    assert len(found(api.get(LIST))) == 11
    assert found(api.get(LIST, query_params={"status": "archived"})) == ["p2"]


def test_following_next_copies_the_catalogue_once(api, small_shop, django_assert_max_num_queries):
    path, seen = f"{LIST}?limit=5", []
    while path:
        with django_assert_max_num_queries(4):
            body = api.get(path).json()
        seen += [product["external_id"] for product in body["results"]]
        path = body["next"]
    assert seen == [f"p{n}" for n in range(12)]
    back = api.get(api.get(f"{LIST}?limit=5").json()["next"]).json()["previous"]
    assert found(api.get(back)) == ["p0", "p1", "p2", "p3", "p4"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"category": "Dairy"}, ["p0", "p1", "p2", "p3"]),
        ({"category": "Dairy / Yoghurt"}, ["p2", "p3"]),
        ({"category": "dairy-milk"}, ["p0", "p1"]),
        ({"brand": "Harbour"}, ["p9", "p10"]),
        ({"brand": ["Harbour", "Orchard"], "price_max": "3.40"}, ["p7", "p8", "p10"]),
        ({"price_min": "3.20", "price_max": "3.20"}, ["p4"]),
        ({"in_stock": "true", "brand": "Hilltop"}, ["p3", "p5", "p6"]),
        ({"kind": "track"}, []),
    ],
)
def test_the_list_is_narrowed_by_filters(api, small_shop, query, expected):
    Product.objects.filter(external_id="p4").update(stock=0)
    assert found(api.get(LIST, query_params=query)) == expected


def test_only_what_changed_since_is_listed(api, small_shop):
    now = timezone.now()
    Product.objects.update(updated_at=now - timedelta(days=2))
    Product.objects.filter(external_id="p3").update(updated_at=now)
    since = (now - timedelta(hours=1)).isoformat()
    assert found(api.get(LIST, query_params={"updated_since": since})) == ["p3"]


@pytest.mark.parametrize(
    ("name", "value", "limit"),
    [
        ("limit", "0", 1),
        ("limit", "101", 100),
        ("limit", "x", 100),
        ("cursor", "nonsense", None),
        ("cursor", "cD1hYmM=", None),  # p=abc
        ("price_min", "cheap", 99_999_999),
        ("price_min", "-1", 99_999_999),
        ("price_max", "NaN", 99_999_999),
        ("price_max", "1e400", 99_999_999),
        ("in_stock", "perhaps", None),
        ("kind", "thing", None),
        ("status", "draft", None),
        ("category", "No such", None),
        ("category", "a\x00", None),
        ("brand", "a\x00", None),
        ("updated_since", "yesterday", None),
        ("updated_since", "2026-13-01T00:00:00Z", None),
    ],
)
def test_a_wrong_filter_is_refused_with_its_name(api, small_shop, name, value, limit):
    assert_problem(api.get(LIST, query_params={name: value}), 400, field=name, limit=limit)


def test_search_finds_by_words_with_facets_and_total(api, small_shop):
    body = api.get(SEARCH, query_params={"q": "jam"}).json()
    assert {product["external_id"] for product in body["results"]} == {"p7", "p8"}
    assert (body["total"], body["next"], body["previous"]) == (2, None, None)
    brands = next(facet for facet in body["facets"] if facet["key"] == "brand")
    assert brands["options"] == [
        {"value": "Orchard", "label": "Orchard", "count": 2, "selected": False}
    ]


def test_search_is_narrowed_and_sorted(api, small_shop):
    query = {"q": "", "category": "Dairy", "price_max": "2", "sort": "price"}
    assert found(api.get(SEARCH, query_params=query)) == ["p1", "p2", "p3"]
    query["sort"] = "-price"
    assert found(api.get(SEARCH, query_params=query)) == ["p3", "p2", "p1"]
    assert found(api.get(SEARCH, query_params={"q": "bread", "brand": "Meadow"})) == []


def test_search_pages_by_cursor(api, small_shop):
    path, seen = f"{SEARCH}?q=&sort=price&limit=5", []
    while path:
        body = api.get(path).json()
        assert body["total"] == 12
        seen += [float(product["price"]) for product in body["results"]]
        path = body["next"]
    assert seen == sorted(seen)
    assert len(seen) == 12
    second = api.get(f"{SEARCH}?q=&limit=5").json()["next"]
    assert len(found(api.get(api.get(second).json()["previous"]))) == 5


@pytest.mark.parametrize(
    "words",
    ["'; DROP TABLE x; --", '"', "*", "milk OR", "NEAR(a b)", "(((", "%", "\\", "商品",
     "<script>", "title:milk", "-", "a" * 200],
)  # fmt: skip
def test_whatever_is_searched_for_is_only_words(api, small_shop, words):
    assert api.get(SEARCH, query_params={"q": words}).status_code == 200
    assert Product.objects.count() == 12


@pytest.mark.parametrize(
    ("query", "field", "limit"),
    [
        ({}, "q", None),
        ({"q": "x" * 201}, "q", 200),
        ({"q": "a\x00b"}, "q", None),
        ({"q": "a", "sort": "random"}, "sort", None),
        ({"q": "a", "cursor": "nonsense"}, "cursor", None),
        ({"q": "a", "cursor": "cGxhY2U9OTk5OTk5OTk="}, "cursor", None),
        ({"q": "a", "limit": "1000"}, "limit", 100),
        ({"q": "a", "meaning": "yes please"}, "meaning", None),
        ({"q": "a", "brand": ["b"] * 51}, "brand", 50),
    ],
)
def test_a_wrong_search_is_refused_with_its_field(api, small_shop, query, field, limit):
    assert_problem(api.get(SEARCH, query_params=query), 400, field=field, limit=limit)


def review(**changes) -> dict:
    return {"shopper": "anna", "rating": 4, "title": "Fine", "text": "As milk is.", **changes}


def test_a_review_is_written_counted_and_recorded(api, small_shop):
    answer = api.post(REVIEWS, review())
    assert answer.status_code == 201, answer.content
    body = api.get("/api/v1/products/p1/").json()
    assert (body["rating_mean"], body["rating_count"]) == (4.0, 1)
    event = Event.objects.get(origin="client")
    assert (event.type, event.value, event.shopper.external_id) == ("review", 4.0, "anna")
    listed = api.get(REVIEWS).json()["results"]
    assert [(r["rating"], r["title"], r["text"]) for r in listed] == [(4, "Fine", "As milk is.")]


def test_a_second_review_replaces_the_first(api, small_shop):
    api.post(REVIEWS, review())
    answer = api.post(REVIEWS, review(rating=1))
    assert answer.status_code == 200
    assert Review.objects.get().rating == 1
    assert Product.objects.get(external_id="p1").rating_mean == 1.0


def test_a_review_without_consent_is_written_but_not_recorded(api, small_shop):
    Shopper.objects.filter(external_id="anna").update(consent=Consent.WITHDRAWN)
    assert api.post(REVIEWS, review()).status_code == 201
    assert api.post(REVIEWS, review(shopper="new")).status_code == 201
    assert Shopper.objects.get(external_id="new").consent == Consent.UNKNOWN
    assert not Event.objects.filter(origin="client").exists()


@pytest.mark.parametrize(
    ("changes", "field", "limit"),
    [
        ({"rating": 0}, "rating", 1),
        ({"rating": 6}, "rating", 5),
        ({"rating": None}, "rating", None),
        ({"rating": 3.5}, "rating", 5),
        ({"rating": True}, "rating", 5),
        ({"rating": "many"}, "rating", 5),
        ({"rating": float("nan")}, "rating", 5),
        ({"shopper": ""}, "shopper", None),
        ({"shopper": None}, "shopper", None),
        ({"shopper": "s" * 101}, "shopper", 100),
        ({"shopper": ["anna"]}, "shopper", None),
        ({"title": "t" * 121}, "title", 120),
        ({"title": 5}, "title", None),
        ({"text": "t" * 4001}, "text", 4000),
        ({"text": "nul \x00"}, "text", None),
        ({"text": "half \udc00"}, "text", None),
    ],
)
def test_a_wrong_review_is_refused_with_its_field(api, small_shop, changes, field, limit):
    assert_problem(api.post(REVIEWS, review(**changes)), 400, field=field, limit=limit)
    assert not Review.objects.exists()


def test_a_review_that_is_no_object_is_refused(api, small_shop):
    assert_problem(api.post(REVIEWS, [review()]), 400, field="")
    assert_problem(api.post("/api/v1/products/none/reviews/", review()), 404)


def test_hidden_reviews_stay_hidden_and_markup_is_only_text(api, small_shop):
    api.post(REVIEWS, review(text="<script>alert(1)</script>"))
    assert api.get(REVIEWS).json()["results"][0]["text"] == "<script>alert(1)</script>"
    Review.objects.update(status=Review.Status.HIDDEN)
    assert api.get(REVIEWS).json()["results"] == []


def test_reviews_page_by_cursor_newest_first(api, small_shop):
    now = timezone.now()
    for number in range(7):
        Review.objects.create(
            product=small_shop.products[1],
            shopper=Shopper.objects.create(external_id=f"r{number}"),
            rating=1 + number % 5,
            title=str(number),
            created_at=now + timedelta(minutes=number),
        )
    path, seen = f"{REVIEWS}?limit=3", []
    while path:
        body = api.get(path).json()
        seen += [row["title"] for row in body["results"]]
        path = body["next"]
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
