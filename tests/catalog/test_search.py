"""Search finds by words, beginnings and meaning, narrows by facets, and no input breaks it."""

from __future__ import annotations

from dataclasses import astuple
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from catalog.categories import category_save
from catalog.models import AttributeType, Category, Product
from catalog.search import Facet, products_search
from catalog.search.fusion import reciprocal_rank_fusion
from catalog.search.index import text_index
from catalog.search.words import words_read
from catalog.services import product_save

pytestmark = pytest.mark.django_db


def add(external_id: str, title: str, **fields: Any) -> Product:
    brand = fields.pop("brand", None)
    category = fields.pop("category", None)
    return product_save(
        product=Product(
            external_id=external_id,
            title=title,
            **{"price": Decimal("10.00"), "stock": 5, "popularity": 0.0, **fields},
        ),
        brand=brand,
        category=category,
    )


@pytest.fixture
def shop():
    AttributeType.objects.create(key="colour", label="Colour", is_facet=True)
    AttributeType.objects.create(key="size", label="Size", kind="number", unit="ml", is_facet=True)
    AttributeType.objects.create(key="vegan", label="Vegan", kind="boolean", is_facet=True)
    AttributeType.objects.create(key="note", label="Note")
    add(
        "S1",
        "Green Tea Shampoo",
        brand="Verdant",
        category=("Beauty", "Hair", "Shampoo"),
        description="Mild care for every day.",
        attributes={"colour": "green", "size": 250, "vegan": True, "note": "x"},
        price=Decimal("4.99"),
        popularity=1.0,
    )
    add(
        "S2",
        "Repair Shampoo",
        brand="L'Oréal",
        category=("Beauty", "Hair", "Shampoo"),
        attributes={"colour": "white", "size": 250, "vegan": False},
        price=Decimal("12.50"),
        stock=0,
        popularity=3.0,
    )
    add(
        "C1",
        "Body cream",
        brand="Verdant",
        category=("Beauty", "Skin"),
        description="Best after shampoo and bath.",
        attributes={"colour": "white", "size": 12.5},
        price=Decimal("19.99"),
        popularity=2.0,
    )
    add("T1", "Earl Grey Tea", category=("Grocery",), price=None, popularity=4.0)
    add("X1", "Archived shampoo", status="archived")


def told(facet: Facet) -> list[tuple[Any, ...]]:
    return [astuple(option) for option in facet.options]


def found(**criteria: Any) -> list[str]:
    return [product.external_id for product in products_search(**criteria).products]


def test_title_counts_more_than_description(shop):
    result = products_search(query="shampoo")
    assert [p.external_id for p in result.products][-1] == "C1"
    assert {p.external_id for p in result.products} == {"S1", "S2", "C1"}
    assert (result.total, result.any_word) == (3, False)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sham", {"S1", "S2", "C1"}),
        ("SHAMPOOS", {"S1", "S2", "C1"}),
        ("green sham", {"S1"}),
        ("verdant", {"S1", "C1"}),
        ("loreal", set()),
        ("l'oreal", {"S2"}),
        ("L’ORÉAL shampoo", {"S2"}),
        ("oréal", {"S2"}),
        ("skin", {"C1"}),
        ("hair care", {"S1"}),
        ("tea", {"S1", "T1"}),
        ("the tea", {"S1", "T1"}),
        ("creams", {"C1"}),
        ("shamp tea", set()),
        ("zebra", set()),
        ("x note", set()),
    ],
)
def test_words_beginnings_accents_plurals(shop, query, expected):
    result = products_search(query=query)
    matched = {p.external_id for p in result.products} if not result.any_word else set()
    assert matched == expected


def test_without_a_product_that_has_all_words_any_word_counts(shop):
    result = products_search(query="purple tea kettle")
    assert result.any_word
    assert {p.external_id for p in result.products} == {"S1", "T1"}


def test_the_index_follows_products_brands_and_categories(shop):
    product = Product.objects.get(external_id="S1")
    product.title, product.description = "Oat soap", ""
    product_save(product=product)
    assert found(query="green") == []
    assert found(query="oat") == ["S1"]
    brand = product.brand
    brand.name = "Ozonic"
    brand.save()
    assert set(found(query="verdant")) == set()
    assert set(found(query="ozonic")) == {"S1", "C1"}
    hair = Category.objects.get(path="Beauty / Hair")
    hair.name = "Mane"
    category_save(category=hair)
    assert set(found(query="mane")) == {"S1", "S2"}
    product_save(product=product, brand="")
    assert set(found(query="ozonic")) == {"C1"}
    Product.objects.filter(external_id="C1").delete()
    assert set(found(query="ozonic")) == set()
    Product.objects.filter(external_id="S2").update(title="Renamed by an update")
    assert found(query="renamed") == ["S2"]


def test_installing_again_fills_the_index_from_what_is_there(shop):
    # PostgreSQL alters no table that still owes checks.
    connection.check_constraints()
    text_index().install(connection)
    assert set(found(query="sham")) == {"S1", "S2", "C1"}
    add("N1", "New shampoo")
    assert set(found(query="sham")) == {"S1", "S2", "C1", "N1"}


def test_conditions(shop):
    hair = Category.objects.get(path="Beauty / Hair")
    assert set(found(category=hair)) == {"S1", "S2"}
    assert set(found(category=Category.objects.get(path="Beauty"))) == {"S1", "S2", "C1"}
    assert set(found(brands=["Verdant"])) == {"S1", "C1"}
    assert set(found(brands=["Verdant", "L'Oréal"])) == {"S1", "S2", "C1"}
    assert set(found(price_min=Decimal("4.99"), price_max=Decimal("12.50"))) == {"S1", "S2"}
    assert set(found(in_stock=True)) == {"S1", "C1", "T1"}
    assert set(found(attributes={"colour": ["white"]})) == {"S2", "C1"}
    assert set(found(attributes={"colour": ["white", "green"], "size": ["250"]})) == {"S1", "S2"}
    assert set(found(attributes={"size": ["12.5"]})) == {"C1"}
    assert set(found(attributes={"vegan": ["true"]})) == {"S1"}
    assert found(attributes={"size": ["large"]}) == []
    # Attributes that are no filter, or do not exist, are passed over.
    assert len(found(attributes={"note": ["y"], "nothing": ["z"], "colour": []})) == 4
    assert found(query="shampoo", category=hair, brands=["Verdant"]) == ["S1"]


def test_orders(shop):
    assert found() == ["T1", "S2", "C1", "S1"]
    assert found(sort="popular", query="shampoo") == ["S2", "C1", "S1"]
    assert found(sort="price") == ["S1", "S2", "C1", "T1"]
    assert found(sort="-price") == ["C1", "S2", "S1", "T1"]
    assert found(sort="new") == ["T1", "C1", "S2", "S1"]


def test_meaning_joins_and_reorders(shop):
    # The words find S1 and T1; meaning brings C1 in and the product of both lists to the top.
    words_only = found(query="tea")
    assert set(words_only) == {"S1", "T1"}
    second = words_only[1]
    fused = found(query="tea", meaning=[second, "C1", "unknown", "X1"])
    assert fused == [second, words_only[0], "C1"]
    assert found(query="!!!", meaning=["C1"]) == ["C1"]
    assert found(query="!!!") == []


def test_facets(shop):
    facets = {facet.key: facet for facet in products_search().facets}
    assert list(facets) == ["category", "brand", "price", "stock", "colour", "size", "vegan"]
    assert told(facets["category"]) == [
        ("beauty", "Beauty", 3, False),
        ("grocery", "Grocery", 1, False),
    ]
    assert told(facets["brand"]) == [
        ("Verdant", "Verdant", 2, False),
        ("L'Oréal", "L'Oréal", 1, False),
    ]
    assert [(o.value, o.count) for o in facets["price"].options] == [("2-4.99", 1), ("10-19.99", 2)]
    assert facets["price"].options[0].label == "USD 2 to 5"
    assert told(facets["stock"]) == [("1", "In stock", 3, False)]
    assert told(facets["colour"]) == [("white", "white", 2, False), ("green", "green", 1, False)]
    assert told(facets["size"]) == [("250", "250 ml", 2, False), ("12.5", "12.5 ml", 1, False)]
    assert told(facets["vegan"]) == [("false", "No", 1, False), ("true", "Yes", 1, False)]


def test_a_facet_counts_without_its_own_choice(shop):
    result = products_search(
        brands=["Verdant"],
        attributes={"colour": ["green"]},
        price_max=Decimal("4.99"),
        price_min=Decimal("2"),
        in_stock=True,
    )
    facets = {facet.key: facet for facet in result.facets}
    assert result.total == 1
    assert told(facets["brand"]) == [("Verdant", "Verdant", 1, True)]
    assert told(facets["colour"]) == [("green", "green", 1, True)]
    assert [(o.value, o.count, o.selected) for o in facets["price"].options] == [
        ("2-4.99", 1, True)
    ]
    assert facets["stock"].options[0].selected
    facets = {f.key: f for f in products_search(attributes={"colour": ["green"]}).facets}
    assert told(facets["colour"]) == [("white", "white", 2, False), ("green", "green", 1, True)]
    assert told(facets["size"]) == [("250", "250 ml", 1, False)]
    # A choice that nothing has is shown, so that it can be taken back.
    facets = {f.key: f for f in products_search(brands=["Nobody"]).facets}
    assert told(facets["brand"])[-1] == ("Nobody", "Nobody", 0, True)


def test_category_facet_goes_down_level_by_level(shop):
    beauty = Category.objects.get(path="Beauty")
    facets = {facet.key: facet for facet in products_search(category=beauty).facets}
    assert told(facets["category"]) == [
        ("beauty-hair", "Hair", 2, False),
        ("beauty-skin", "Skin", 1, False),
    ]
    leaf = Category.objects.get(path="Beauty / Skin")
    assert "category" not in {facet.key for facet in products_search(category=leaf).facets}


def queries_of_a_full_search() -> int:
    with CaptureQueriesContext(connection) as context:
        result = products_search(
            query="shampoo",
            brands=["Verdant"],
            in_stock=True,
            price_max=Decimal(100),
            attributes={"colour": ["green", "white"], "size": ["250"]},
            meaning=["S1", "C1"],
        )
        for product in result.products[:24]:
            assert product.brand is not None
            assert product.category is not None
            assert product.first_images == []  # type: ignore[attr-defined]
    return len(context)


def test_the_number_of_queries_does_not_grow(shop):
    before = queries_of_a_full_search()
    assert before <= 12
    for number in range(30):
        AttributeType.objects.create(key=f"a{number}", label=str(number), is_facet=True)
        add(
            f"N{number}",
            f"Shampoo {number}",
            brand="Verdant",
            category=("Beauty", f"C{number}"),
            attributes={"colour": "green", "size": 250, f"a{number}": "v"},
        )
    assert queries_of_a_full_search() == before


def test_pages_do_not_overlap(shop):
    for number in range(40):
        add(f"N{number}", "Shampoo again")
    products = products_search(query="shampoo").products
    pages = [p.external_id for start in range(0, 45, 10) for p in products[start : start + 10]]
    assert len(pages) == len(set(pages)) == 43


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.one_of(
        st.text(max_size=250),
        st.text(alphabet="\"'*():-^+&|!<>\\\x00 AND OR NOT NEAR title tea é茶İß", max_size=40),
    )
)
@example('"')
@example("tea AND")
@example("title:tea* NEAR(a b)")
@example("\x00\ud800")
@example("<-> | & ! :* 'tea'")
@example("x" * 10_000)
def test_no_query_breaks_the_syntax(db, query):
    if not Product.objects.exists():
        add("T1", "Earl Grey Tea")
    for any_word in (False, True):
        if words := words_read(query):
            text_index().best(words, limit=5, any_word=any_word)
    assert products_search(query=query).total in (0, 1)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.text(
            st.characters(categories=["L", "Nd"], max_codepoint=0xFFFF), min_size=1, max_size=8
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_title_of_one_script_is_found_by_its_own_words(db, words):
    """Latin, Greek, Cyrillic and Chinese titles are found by what they say."""
    alphabets = ("abcxyzéüñøß", "αβγώ", "абвйё", "茶护发汉字")
    title = " ".join(
        "".join(
            alphabets[ord(c) % 4 if i == 0 else ord(word[0]) % 4][ord(c) % 4]
            for i, c in enumerate(word)
        )
        for word in words
    )
    product = Product.objects.filter(external_id="T").first() or add("T", "x")
    Product.objects.filter(pk=product.pk).update(title=title)
    result = products_search(query=title.upper() if "ß" not in title else title)
    assert (result.total, result.any_word) == (1, False)


def test_words_are_read_in_singular_and_plural():
    assert words_read("Berries for the boxes").forms == (("berries", "berry"), ("boxes", "box"))
    assert words_read("glass").forms == (("glass", "glasses"),)
    assert words_read("100ml tea").forms == (("100ml",), ("tea",))
    assert words_read("the").forms == (("the",),)
    assert not words_read(" -- ")
    assert len(words_read("a1 " * 100).forms) == 12


def test_fusion_by_hand():
    # b: 1/62 + 1/61; a: 1/61; c: 1/62.
    assert reciprocal_rank_fusion(["a", "b"], ["b", "c"]) == ["b", "a", "c"]
    assert reciprocal_rank_fusion([], []) == []
