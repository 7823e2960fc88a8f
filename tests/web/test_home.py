"""The home page: personal for whoever agreed, good for everybody else, honest without a pool."""

from __future__ import annotations

import re

from django.test import Client
from django.utils.html import escape

from catalog.models import Product
from recommender.contracts import Scenario
from tests.web.conftest import shopper_of, slate_shown


def shelves_of(html: str) -> dict[str, list[str]]:
    """Titles of the shelves and the products on each."""
    found = {}
    for section in re.findall(r'<section class="shelf".*?</section>', html, re.S):
        title = re.search(r"<h2[^>]*>(.*?)</h2>", section, re.S)
        assert title is not None
        found[title[1].strip()] = re.findall(r'data-product="([^"]+)"', section)
    return {title: products for title, products in found.items() if products}


def test_a_stranger_is_welcomed_and_sees_what_sells_and_what_is_new(stranger: Client):
    Product.objects.filter(external_id="p3").update(popularity=9)
    html = stranger.get("/").content.decode()
    assert "A shop that learns what you like" in html
    assert "Shop by category" in html
    shelves = shelves_of(html)
    assert list(shelves) == ["Trending", "New"]
    assert shelves["Trending"][0] == "p3"
    assert shelves["New"] == [f"p{n}" for n in range(11, -1, -1)]


def test_personal_shelves_of_somebody_with_purchases(anna: Client):
    me = shopper_of(anna)
    # The newest basket of Anna is 0, 4, 11: her last purchase is the honey.
    slate_shown(
        Scenario.HOME,
        ["p5", "p6"],
        shopper=me,
        explanation={"template": "because-bought", "product": "p0"},
    )
    slate_shown(
        Scenario.BUY_AGAIN,
        ["p0", "p4"],
        shopper=me,
        explanation={"template": "bought-before", "times": 3},
    )
    slate_shown(Scenario.SIMILAR, ["p7", "p8"], about="p11")
    slate_shown(Scenario.TRENDING, ["p1", "p2"])
    html = anna.get("/").content.decode()
    assert shelves_of(html) | {"New": []} == {
        "For you": ["p5", "p6"],
        "Buy again": ["p0", "p4"],
        "Because you bought Honey, 250 g": ["p7", "p8"],
        "Trending": ["p1", "p2"],
        "New": [],
    }
    assert "Welcome back, Anna" in html
    assert "Because you bought Oat milk, 1 litre" in html


def test_cards_carry_where_they_stood(anna: Client):
    trace = slate_shown(Scenario.HOME, ["p5", "p6"], shopper=shopper_of(anna))
    html = anna.get("/").content.decode()
    assert escape(f"/products/p6/?from={trace}&place=2") in html
    assert escape(f"/why/?trace={trace}&product=p6&place=2") in html


def test_without_a_pool_the_page_is_still_good_and_says_nothing_technical(anna: Client):
    html = anna.get("/").content.decode()
    shelves = shelves_of(html)
    assert list(shelves) == ["Popular right now", "New"]
    assert len(shelves["Popular right now"]) == 12
    assert not re.search(r"degraded|model|fallback|pool|error", html.split("<main")[1], re.I)


def test_whoever_declined_sees_nothing_personal(anna: Client):
    slate_shown(Scenario.HOME, ["p5", "p6"], shopper=shopper_of(anna))
    anna.post("/consent/", {"choice": "decline"})
    assert "For you" not in shelves_of(anna.get("/").content.decode())


def test_an_empty_catalogue_is_said_kindly(db):
    html = Client().get("/").content.decode()
    assert "The shelves are still empty" in html


def test_head_is_answered(stranger: Client):
    assert stranger.head("/").status_code == 200


def test_what_somebody_rejected_is_on_no_shelf_of_theirs(anna: Client, stranger: Client):
    slate_shown(Scenario.HOME, ["p5", "p6"], shopper=shopper_of(anna))
    slate_shown(Scenario.TRENDING, ["p1", "p2", "p3"])
    slate_shown(Scenario.SIMILAR, ["p1", "p7", "p8"], about="p11")
    anna.post("/opinion/", {"product": "p1", "kind": "dislike"})
    mine = shelves_of(anna.get("/").content.decode())
    assert mine["Trending"] == ["p2", "p3"]
    assert mine["Because you bought Honey, 250 g"] == ["p7", "p8"]
    assert "p1" not in mine["New"]
    assert shelves_of(stranger.get("/").content.decode())["Trending"] == ["p1", "p2", "p3"]
    anna.post("/opinion/", {"product": "p1", "kind": "like"})
    assert "p1" in shelves_of(anna.get("/").content.decode())["New"]
