"""Products that go together: one fact, whichever of the two texts tells it."""

from __future__ import annotations

import pytest

from catalog.models import Product
from kg.extraction.product_names import ProductNames
from kg.extraction.proposals import merged_confidence
from kg.extraction.run import facts_extract
from tests.kg.mined_facts import MakeProduct, figures, mined


@pytest.fixture
def pair(product: MakeProduct) -> tuple[Product, Product]:
    return (
        product("A", "Dark Roast Coffee", description="Goes well with our Oat Cookie Tin."),
        product("B", "Oat Cookie Tin"),
    )


def test_a_name_in_a_text_leads_to_the_product(pair: tuple[Product, Product]) -> None:
    facts_extract()
    [(said, fact)] = mined().items()
    assert said == "product:A complements product:B"
    assert fact.evidence == "Goes well with our Oat Cookie Tin."


def test_both_products_bear_witness_in_whatever_order_they_are_read(
    pair: tuple[Product, Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunks of one: the two sides are never read together."""
    monkeypatch.setattr("kg.extraction.run.CHUNK", 1)
    coffee, cookies = pair
    cookies.description = "Pairs well with our Dark Roast Coffee."
    cookies.save()
    assert figures(facts_extract()) == (1, 0, 1, 0)
    [fact] = mined().values()
    assert fact.confidence == merged_confidence([0.7, 0.7])
    assert fact.evidence.split("\n") == [
        "Goes well with our Oat Cookie Tin.",
        "Pairs well with our Dark Roast Coffee.",
    ]
    assert figures(facts_extract()) == (0, 0, 2, 0)
    assert figures(facts_extract(products=[cookies.pk])) == (0, 0, 1, 0)

    coffee.description = ""
    coffee.save()
    assert figures(facts_extract(products=[coffee.pk])) == (0, 1, 0, 0)
    fact.refresh_from_db()
    assert fact.evidence == "Pairs well with our Dark Roast Coffee."


def test_a_pair_that_no_text_names_any_more_is_withdrawn_by_reading_one_side(
    pair: tuple[Product, Product],
) -> None:
    _coffee, cookies = pair
    cookies.description = "Pairs well with our Dark Roast Coffee."
    cookies.save()
    facts_extract()
    Product.objects.update(description="")
    assert figures(facts_extract(products=[cookies.pk])) == (0, 0, 0, 1)


def test_reading_one_side_does_not_touch_the_other_sides_own_facts(
    pair: tuple[Product, Product],
) -> None:
    coffee, cookies = pair
    coffee.description += " Organic."
    coffee.save()
    facts_extract()
    assert figures(facts_extract(products=[cookies.pk])) == (0, 0, 1, 0)
    assert len(mined()) == 2


def test_a_name_that_fits_two_products_or_none_is_counted_and_proposes_nothing(
    pair: tuple[Product, Product], product: MakeProduct
) -> None:
    product("C", "Oat Cookie Tin, large")
    product("D", "Cup", description="Goes well with our Marble Cake Stand.")
    report = facts_extract()
    assert report.unresolved == 2
    assert mined() == {}


def test_names_are_found_by_their_longest_part_and_their_brand() -> None:
    names = ProductNames(
        [
            ("1", "Vanilla Ice Cream", "Meadow"),
            ("2", "Vanilla Ice Cream", "Hilltop"),
            ("3", "Cherry Pie", "Meadow"),
            ("4", "Cherry Pie Filling", "Orchard"),
        ]
    )
    assert names.find("vanilla ice cream", beside="3") == "1"
    assert names.find("vanilla ice cream", beside="4") is None
    assert names.find("Cherry Pie Filling every morning", beside="1") == "4"
    assert names.find("cherry", beside="1") is None
    assert names.find("vanilla ice cream", beside="1") == "2"
    assert names.find("", beside="1") is None
