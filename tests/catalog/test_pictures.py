# ruff: noqa: E501 - a table is read by its columns
"""Pictures are drawn for every group: valid, small, the same every time, and safe to serve."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pictures import GROUPS, PLAIN, draw, group_for, group_title
from catalog.pictures.palette import palette_for

SVG = "{http://www.w3.org/2000/svg}"
#: Everything that an SVG could use to run or fetch something.
ACTIVE = re.compile(r"<script|<image|<foreignObject|\son\w+=|javascript:|style=|href=\"(?!#)")


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_is_a_small_square_svg_with_a_title(group):
    svg = draw(group, "Galmere", "1029743", "12 × 12 oz")

    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.attrib["viewBox"] == "0 0 400 400"
    assert root.findtext(f"{SVG}title") == f"{GROUPS[group].title}, Galmere"
    assert len(svg.encode()) <= 3_400
    assert not ACTIVE.search(svg)
    used = set(re.findall(r"url\(#(\w+)\)|href=\"#(\w+)\"", svg))
    assert {a or b for a, b in used} <= set(re.findall(r'id="(\w+)"', svg))


def test_the_same_product_is_drawn_the_same_way():
    assert draw("soft-drink", "Tolgarth", "7", "2 litres") == draw(
        "soft-drink", "Tolgarth", "7", "2 litres"
    )


def test_products_of_one_group_differ_by_brand_by_seed_and_by_size():
    pictures = {
        draw("soft-drink", "Tolgarth", "7"),
        draw("soft-drink", "Dilridge", "7"),
        draw("soft-drink", "Tolgarth", "8"),
        draw("soft-drink", "Tolgarth", "7", "2 litres"),
    }

    assert len(pictures) == 4


def test_a_brand_has_one_colour_whatever_it_is_on():
    milk, soap = palette_for(208, "Tolgarth", "1", ""), palette_for(338, "Tolgarth", "2", "1 oz")

    assert (milk.main, milk.deep) == (soap.main, soap.deep)


def test_an_unknown_group_is_a_parcel():
    assert draw("no-such-group", "Galmere", "1") == draw(PLAIN, "Galmere", "1")
    assert group_title("no-such-group") == "Everything else"


def test_markup_in_a_brand_or_size_stays_text():
    attack = '"><script>alert(1)</script>'

    svg = draw("can-soup", attack, attack, "<b>&1</b>")

    root = ElementTree.fromstring(svg)
    assert root.findtext(f"{SVG}title") == f"Soup, {attack}"
    assert {child.tag for child in root.iter()} & {f"{SVG}script", f"{SVG}b"} == set()
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts == ["<b>&1</b>", '"><script>alert(1)</scri']


@given(st.sampled_from(sorted(GROUPS)), st.text(), st.text(), st.text())
def test_no_text_breaks_a_picture(group, brand, seed, size):
    ElementTree.fromstring(draw(group, brand, seed, size).encode("utf-8"))


@pytest.mark.parametrize(
    ("path", "title", "group"),
    [
        (("Dairy & eggs", "Milk & cream", "Fresh milk"), "House brand fresh milk, 1 gallon", "milk-jug"),
        (("Dairy & eggs", "Milk & cream", "Fresh milk"), "House brand fresh milk, 1 quart", "milk"),
        (("Dairy & eggs", "Eggs", "Large eggs"), "House brand large eggs, pack of 12", "egg"),
        (("Drinks", "Soft drinks", "Soft drink, 12 to 18 cans"), "Targlen soft drink, 12 to 18 cans", "soft-drink-pack"),
        (("Fruit & vegetables", "Bananas & tropical fruit", "Bananas"), "Bananas", "banana"),
        (("Fruit & vegetables", "Apples & pears", "Granny Smith apples"), "Granny Smith apples", "apple-green"),
        (("Food cupboard", "Canned fruit", "Apple sauce"), "House brand apple sauce", "apple-sauce"),
        (("Breakfast", "Jam, honey & peanut butter", "Peanut butter"), "Tolgarth peanut butter, 18 oz", "peanut-butter"),
        (("Frozen", "Frozen bread & breakfast", "Frozen garlic bread"), "Frozen garlic bread", "frozen-bread"),
        (("Pets", "Cat", "Dry cat food"), "Dilridge dry cat food, 18 lb", "cat-dry"),
        (("Snacks & sweets", "Crackers", "Cheese crackers"), "Larhaven cheese crackers", "cracker"),
        (("Beauty", "Makeup", "Nails", "Nail Polish"), "OPI Nail Lacquer, Simmer and Shimmer", "nail-polish"),
        (("Beauty", "Makeup", "Nails", "Top & Base Coats"), "Seche Vite Dry Fast Top Coat", "nail-polish"),
        (("Beauty", "Skin Care", "Face", "Creams & Moisturizers"), "BB Cream Diamond Collection", "cream-jar"),
        (("Beauty", "Hair Care", "Shampoos"), "Waterless Foam Shampoo", "shampoo"),
        (("Beauty", "Fragrance", "Women's", "Eau de Toilette"), "Eau de toilette spray", "perfume"),
        (("Beauty", "Tools & Accessories", "Mirrors"), "Lighted mirror", "mirror"),
        (("Gifts",), "White hanging heart T-light holder", "candle"),
        (("Gifts",), "Regency cakestand 3 tier", "tableware"),
        (("Gifts",), "Photo frame linen and lace large", "frame"),
        (("Gifts",), "Lunch bag woodland", "bag"),
        (("Music", "Artists"), "Massive Attack", "music"),
        (("Films", "Drama"), "A long evening", "film"),
        (("News", "Local"), "Bridge opens", "article"),
        (("Travel", "Cities"), "Three days by the sea", "trip"),
        (("Oddities",), "Qwertz", "parcel"),
        ((), "", "parcel"),
    ],
)  # fmt: skip
def test_words_of_a_product_name_its_picture(path, title, group):
    assert group_for(path, title) == group
