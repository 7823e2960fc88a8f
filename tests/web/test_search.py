"""Search, categories and their filters; addresses that hold nonsense."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from catalog.listing import SORTS, listing_query
from catalog.models import Category, Product
from recommender.events.models import Event
from tests.web.conftest import HTMX


def found(response) -> list[str]:
    return re.findall(r'class="card" data-product="([^"]+)"', response.content.decode())


def test_words_find_products(stranger: Client):
    response = stranger.get("/search/?q=jam")
    assert sorted(found(response)) == ["p7", "p8"]
    assert "Results for “jam”" in response.content.decode()


def test_words_are_escaped(stranger: Client):
    html = stranger.get("/search/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in html


def test_filters_narrow_and_stay_chosen(stranger: Client):
    response = stranger.get("/search/?brand=Hilltop&price_max=2&sort=price")
    assert found(response) == ["p6", "p3"]
    html = response.content.decode()
    assert '<input type="checkbox" name="brand" value="Hilltop" checked>' in html
    assert 'value="2.00"' in html
    assert "2 products" in html


def test_sold_out_products_can_be_left_out(stranger: Client):
    Product.objects.filter(external_id="p7").update(stock=0)
    assert found(stranger.get("/search/?q=jam&in_stock=1")) == ["p8"]
    html = stranger.get("/search/?q=jam").content.decode()
    assert html.count("Sold out") == 1


def test_a_category_can_be_chosen_while_searching(stranger: Client):
    html = stranger.get("/search/?q=milk").content.decode()
    assert "?q=milk&amp;category=dairy" in html
    assert sorted(found(stranger.get("/search/?q=yoghurt&category=dairy"))) == ["p2", "p3"]
    assert found(stranger.get("/search/?q=yoghurt&category=bakery")) == []


def test_htmx_gets_the_part_that_changes(stranger: Client):
    response = stranger.get("/search/?q=jam", headers=HTMX)
    html = response.content.decode()
    assert html.lstrip().startswith('<div class="listing"')
    assert "<html" not in html
    assert "HX-Request" in response["Vary"]


def test_nothing_found_says_what_helps(stranger: Client):
    html = stranger.get("/search/?q=submarine").content.decode()
    assert "Nothing found" in html
    html = stranger.get("/search/?q=jam&brand=Meadow").content.decode()
    assert "Fewer filters may help." in html


def test_pages_are_whole_and_never_overlap(stranger: Client, monkeypatch):
    monkeypatch.setattr("catalog.views.PAGE_LENGTH", 5)
    pages = [found(stranger.get(f"/search/?sort=price&page={n}")) for n in (1, 2, 3)]
    assert [len(page) for page in pages] == [5, 5, 2]
    assert len({product for page in pages for product in page}) == 12
    assert found(stranger.get("/search/?sort=price&page=99")) == pages[2]


@pytest.mark.parametrize(
    "query",
    [
        "page=abc", "page=-1", "page=0", "page=1e9", "page=" + "9" * 5000, "page=٣",
        "price_min=xyz", "price_max=NaN", "price_min=Infinity", "price_min=-5",
        "price_min=1e400", "sort=rm%20-rf", "q=" + "x" * 10_000, "q=%00", "q=%F0%28%8C%28",
        "brand=" + "b" * 5000, "a.color=" + "%00", "a.=x", "category=../../etc",
        "&".join(f"brand=b{n}" for n in range(500)), "q=%22unbalanced", "q=AND%20OR%20NOT*",
        "q=" + "%F0%9F%A5%95" * 100,
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/search/", "/categories/dairy/"])
def test_absurd_addresses_get_a_page(stranger: Client, path: str, query: str):
    assert stranger.get(f"{path}?{query}").status_code == 200


def test_what_could_not_be_read_is_said(stranger: Client):
    html = stranger.get("/search/?price_min=xyz").content.decode()
    assert "Part of this address could not be read" in html
    assert "Part of this address" not in stranger.get("/search/?price_min=1,50").content.decode()


@given(
    st.dictionaries(
        st.sampled_from(
            ["q", "page", "price_min", "price_max", "sort", "brand", "a.x", "category"]
        ),
        st.text(max_size=40),
    )
)
def test_reading_an_address_never_fails_and_is_stable(values: dict[str, str]):
    data = QueryDict(mutable=True)
    data.update(values)
    first = listing_query(data)
    assert first.page >= 1
    assert first.sort in SORTS
    assert len(first.query) <= 200
    again = listing_query(QueryDict(first.page_base() + str(first.page)))
    assert (again, again.ignored) == (replace_ignored(first), ())


def replace_ignored(asked):
    return replace(asked, ignored=())


def test_searching_is_recorded_once_and_only_with_consent(agreed: Client, small_shop):
    before = Event.objects.filter(type="search").count()
    agreed.get("/search/?q=jam")
    agreed.get("/search/?q=jam", headers=HTMX)
    agreed.get("/search/?q=jam&page=2")
    Client().get("/search/?q=jam")
    events = Event.objects.filter(type="search")
    assert events.count() == before + 1
    assert events.get().query == "jam"


def test_suggestions_are_titles(stranger: Client):
    html = stranger.get("/suggestions/?q=jam").content.decode()
    assert sorted(re.findall(r'value="([^"]+)"', html)) == [
        "Apricot jam, 340 g",
        "Strawberry jam, 340 g",
    ]
    assert "<option" not in stranger.get("/suggestions/?q=j").content.decode()


def test_a_category_shows_its_branch(stranger: Client):
    response = stranger.get("/categories/dairy/")
    assert sorted(found(response)) == ["p0", "p1", "p2", "p3"]
    html = response.content.decode()
    assert "/categories/dairy-milk/" in html
    html = stranger.get("/categories/dairy-milk/").content.decode()
    crumbs = html.split('class="breadcrumbs"')[1].split("</nav>")[0]
    assert re.findall(r">([^<>]+)</a>", crumbs) == ["Home", "Dairy", "Milk"]


def test_an_empty_category_says_so(stranger: Client):
    Category.objects.create(name="Fish", path="Fish", slug="fish")
    html = stranger.get("/categories/fish/").content.decode()
    assert "There is nothing here yet." in html


def test_an_unknown_category_is_not_found(stranger: Client):
    response = stranger.get("/categories/none/")
    assert response.status_code == 404
    assert "This page is not here" in response.content.decode()
