"""The page of one product: what it shows, what it records, and reviews."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from catalog.models import AttributeType, Media, Product, Review
from recommender.contracts import Scenario
from recommender.events.models import Event
from tests.web.conftest import PASSWORD, shopper_of, slate_shown
from tests.web.test_home import shelves_of


def page(client: Client, external_id: str = "p0", query: str = "") -> str:
    return client.get(f"/products/{external_id}/{query}").content.decode()


def test_everything_is_there(stranger: Client, small_shop):
    AttributeType.objects.create(key="weight", label="Weight", kind="number", unit="g")
    AttributeType.objects.create(key="organic", label="Organic", kind="boolean")
    Product.objects.filter(external_id="p0").update(
        description="From oats.", attributes={"weight": 1050, "organic": True, "odd_key": "x"}
    )
    html = page(stranger)
    for text in (
        "Oat milk, 1 litre",
        "Meadow",
        "$2.10",
        "In stock",
        "From oats.",
        "1050\u00a0g",
        "Organic",
        "Yes",
        "Odd key",
        "No reviews yet",
    ):
        assert text in html
    assert 'rel="canonical" href="/products/p0/"' in html


@pytest.mark.parametrize(
    ("stock", "says"), [(0, "Sold out"), (1, "Only 1 left"), (5, "Only 5 left"), (6, "In stock")]
)
def test_stock(stranger: Client, stock: int, says: str):
    Product.objects.filter(external_id="p0").update(stock=stock)
    html = page(stranger)
    assert says in html
    assert ('action="/cart/add/"' in html.split('class="opinion"')[0]) is (stock > 0)


def test_a_product_without_a_price_is_not_sold(stranger: Client):
    Product.objects.filter(external_id="p0").update(price=None)
    assert "This product is not sold online." in page(stranger)


def test_a_sound_can_be_heard_and_pictures_chosen(stranger: Client, small_shop):
    product = small_shop.products[0]
    Media.objects.create(product=product, kind="audio", file=ContentFile(b"x", "a.mp3"))
    first = Media.objects.create(product=product, file=ContentFile(b"x", "one.png"))
    second = Media.objects.create(product=product, file=ContentFile(b"x", "two.png"), position=1)
    html = page(stranger, query=f"?image={second.pk}")
    assert "<audio controls" in html
    main = html.split('class="gallery__main"')[1].split("</div>")[0]
    assert second.file.url in main
    assert first.file.url in page(stranger, query="?image=nonsense").split("gallery__main")[1]


def test_related_shelves(stranger: Client):
    slate_shown(Scenario.COMPLEMENTARY, ["p4", "p7"], about="p0")
    slate_shown(Scenario.SIMILAR, ["p1", "p2"], about="p0")
    assert shelves_of(page(stranger)) == {
        "Goes well with it": ["p4", "p7"],
        "More like this": ["p1", "p2"],
    }


def test_popular_products_are_not_called_similar(stranger: Client):
    slate_shown(Scenario.SIMILAR, ["p1", "p2"], about="p0", sources={"popular": 1.0})
    assert shelves_of(page(stranger)) == {}


def test_related_shelves_are_shared_but_for_what_somebody_rejected(anna: Client):
    slate_shown(Scenario.SIMILAR, ["p1", "p2", "p3"], about="p0")
    anna.post("/opinion/", {"product": "p2", "kind": "dislike"})
    assert shelves_of(page(anna)) == {"More like this": ["p1", "p3"]}


def test_without_a_pool_nothing_false_is_said(stranger: Client):
    assert shelves_of(page(stranger)) == {}


ODD_IDS = ["a/b", "a b?c#d%e", "商品-1", "x;y&z=1", "100%", "a/like/", "'\"<>"]


@pytest.mark.parametrize("external_id", ODD_IDS)
def test_odd_external_ids_have_an_address(stranger: Client, external_id: str):
    Product.objects.filter(external_id="p0").update(external_id=external_id)
    product = Product.objects.get(external_id=external_id)
    response = stranger.get(product.get_absolute_url())
    assert response.status_code == 200
    assert "Oat milk" in response.content.decode()
    assert stranger.post("/cart/add/", {"product": external_id}).status_code == 302


def test_an_unknown_product_gets_a_search(stranger: Client):
    response = stranger.get("/products/never-seen/")
    assert response.status_code == 404
    html = response.content.decode()
    assert "This page is not here" in html
    assert 'id="q404"' in html


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_sold_is_not_shown(stranger: Client, status: str):
    Product.objects.filter(external_id="p0").update(status=status)
    assert stranger.get("/products/p0/").status_code == 404


def test_views_and_clicks_are_recorded_with_consent_only(agreed: Client, small_shop):
    trace = slate_shown(Scenario.TRENDING, ["p1", "p0"])
    Client().get(f"/products/p0/?from={trace}&place=2")
    agreed.get(f"/products/p0/?from={trace}&place=2")
    agreed.get("/products/p1/")
    rows = Event.objects.filter(shopper=shopper_of(agreed)).order_by("pk")
    assert [(e.type, e.product.external_id, e.rank) for e in rows] == [
        ("click", "p0", 2),
        ("view", "p0", 2),
        ("view", "p1", None),
    ]
    assert str(rows[0].trace) == trace


@pytest.mark.parametrize("query", ["?from=x&place=y", "?from=&place=-1", "?place=" + "9" * 400])
def test_damaged_origins_do_no_harm(agreed: Client, query: str):
    assert agreed.get(f"/products/p0/{query}").status_code == 200
    event = Event.objects.get(type="view", product__external_id="p0")
    assert (event.trace, event.rank) == (None, None)


# --- reviews -------------------------------------------------------------------------------------


def test_a_review_is_published_and_counts(anna: Client, small_shop):
    response = anna.post(
        "/reviews/", {"product": "p0", "rating": "4", "title": "Creamy", "text": "Good in tea."}
    )
    assert response.url == "/products/p0/#reviews"
    html = page(anna)
    assert "Creamy" in html
    assert "4.0 out of 5 stars, 1 rating" in html
    product = Product.objects.get(external_id="p0")
    assert (product.rating_mean, product.rating_count) == (4.0, 1)
    assert Event.objects.get(type="review").value == 4.0


def test_a_second_review_replaces_the_first(anna: Client):
    for rating in ("4", "2"):
        anna.post("/reviews/", {"product": "p0", "rating": rating})
    assert Review.objects.get().rating == 2


@pytest.mark.parametrize("rating", ["", "0", "6", "4.5", "five", "9" * 400])
def test_a_review_without_stars_says_so_and_keeps_the_words(anna: Client, rating: str):
    response = anna.post("/reviews/", {"product": "p0", "rating": rating, "text": "Long thoughts"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "Please choose one to five stars." in html
    assert "Long thoughts" in html
    assert not Review.objects.exists()


@pytest.mark.parametrize("text", ["x" * 4001, "nul \x00 byte"])
def test_a_review_that_cannot_be_kept_says_so(anna: Client, text: str):
    response = anna.post("/reviews/", {"product": "p0", "rating": "4", "text": text})
    assert response.status_code == 422
    assert not Review.objects.exists()


def test_a_review_survives_the_log_in(stranger: Client, user):
    response = stranger.post("/reviews/", {"product": "p0", "rating": "5", "text": "Kept words"})
    assert response.url == f"/login/?next={quote('/products/p0/#write-review', safe='')}"
    response = stranger.post(
        reverse("login"),
        {"username": user.username, "password": PASSWORD, "next": "/products/p0/#write-review"},
    )
    assert response.url == "/products/p0/#write-review"
    html = page(stranger)
    assert "Kept words" in html
    assert 'value="5" checked' in html


def test_a_review_of_nothing_is_not_found(anna: Client):
    assert anna.post("/reviews/", {"product": "none", "rating": "5"}).status_code == 404


def test_reviews_come_in_pages(anna: Client, small_shop):
    for number in range(11):
        from users.models import Shopper

        Review.objects.create(
            product=small_shop.products[0],
            shopper=Shopper.objects.create(external_id=f"r{number}"),
            rating=3,
            text=f"words {number:02}",
        )
    assert page(anna).count('class="review"') == 10
    assert page(anna, query="?reviews=2").count('class="review"') == 1
    assert page(anna, query="?reviews=zzz").count('class="review"') == 10
